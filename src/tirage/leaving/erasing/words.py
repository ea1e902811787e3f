"""A person's words: what is looked for everywhere, and what takes its place. Nothing here asks the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tirage.leaving.erasing.table import ERASED

#: Shorter ones stand in words of others.
SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Words:
    """``unique`` are this person's alone, so that they mean nobody else wherever they stand; ``own`` are all of them,
    which mean the person in rows that are theirs. ``alias`` stands for an e-mail address.
    """

    own: tuple[str, ...]
    unique: tuple[str, ...]
    alias: str

    def pattern(self, *, is_own: bool) -> re.Pattern[str]:
        """The longest first, none within a longer word."""
        words = sorted(self.own if is_own else self.unique, key=len, reverse=True)
        any_of = "|".join(re.escape(one) for one in words) or r"(?!)"
        return re.compile(rf"(?<!\w)(?:{any_of})(?!\w)", re.IGNORECASE)

    def as_json(self) -> dict[str, Any]:
        return {"own": list(self.own), "unique": list(self.unique), "alias": self.alias}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Words:
        return cls(tuple(data["own"]), tuple(data["unique"]), data["alias"])


def telling_words(words: Iterable[str]) -> tuple[str, ...]:
    """Those that tell somebody: an address, a number, a name of more than one word. ``Ana`` alone is anybody."""
    found = {one.strip() for one in words}
    return tuple(sorted(one for one in found if len(one) >= SHORTEST and re.search(r"[@\s\d]", one)))


def erased_from(value: Any, pattern: re.Pattern[str], alias: str) -> Any:
    """The same text or JSON without the person; equal to ``value`` when nobody was in it."""
    if isinstance(value, str):
        return pattern.sub(lambda found: alias if "@" in found[0] else ERASED, value)
    if isinstance(value, list):
        return [erased_from(one, pattern, alias) for one in value]
    if isinstance(value, dict):
        return {
            erased_from(name, pattern, alias): erased_from(one, pattern, alias) for name, one in value.items()
        }
    return value
