"""What may be a slip in an address, as a form asks about it: suggestions to take, or what was typed to keep.

The person decides; nothing is corrected by itself. Works as radio buttons, so it needs no JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tirage.core.errors import DomainError
from tirage.customers.operations.addresses import AddressDoubtful
from tirage.places import find_doubt, normalise_country, normalise_postal_code, normalise_state

#: The name of the answer, and what one begins with that keeps what was typed.
MEANT, _SURE = "meant", "sure:"
_COLUMNS = ("city", "state", "postal_code")


@dataclass(frozen=True, slots=True)
class Question:
    """``choices``: what is sent, and its words."""

    words: str
    choices: tuple[tuple[str, str], ...]


def meant_changes(answer: str) -> dict[str, str]:
    """The columns of a suggestion that was taken; nothing otherwise."""
    if answer.startswith(_SURE):
        return {}
    sent = parse_qsl(answer[:400])
    return {name: "".join(filter(str.isprintable, value))[:120] for name, value in sent if name in _COLUMNS}


def sure_mark(answer: str) -> str:
    """What the operation takes for ``sure``."""
    return answer.removeprefix(_SURE)[:400] if answer.startswith(_SURE) else ""


def question_about(values: Mapping[str, Any], refused: DomainError) -> Question | None:
    """What to ask beside a refusal; None where nothing can be suggested."""
    country = normalise_country(str(values.get("country") or "US"))
    doubt = find_doubt(
        country=country,
        city=str(values.get("city") or ""),
        state=normalise_state(country, str(values.get("state") or "")),
        postal_code=normalise_postal_code(country, str(values.get("postal_code") or "")),
    )
    if doubt is None:
        return None
    choices = [(urlencode(one.changes), f"Use {one.words}") for one in doubt.suggestions]
    if isinstance(refused, AddressDoubtful):
        choices.append((_SURE + refused.mark, "Keep it as I typed it"))
    return Question(doubt.message, tuple(choices)) if choices else None
