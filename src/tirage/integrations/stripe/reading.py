"""Reading what Stripe sends, in events and in answers, as bytes from elsewhere: every part has a shape and bounds.

Objects of Stripe's library and plain dicts are read alike.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from tirage.core.money import Money
from tirage.payments.protocol import GatewayTimeout

#: Beyond every amount that a card pays, and well inside the database's columns.
MOST_MINOR = 10**14
#: The end of the year 2199, in Stripe's seconds.
_LAST_SECOND = 7_258_118_399
_NAME = re.compile(r"[!-~]+")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


class Unreadable(GatewayTimeout):
    """Not of the shape that Stripe's documents give; ``str()`` names the part. As good as no answer: it says nothing
    about money."""


def read_json(body: bytes) -> Any:
    """What a body says. Raises Unreadable."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the body is no JSON") from None


def look(found: Any, *path: str) -> Any:
    """What is at ``path``; None as soon as something is missing (older objects lack parts)."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else getattr(found, name, None)
        if found is None:
            return None
    return found


def name_at(found: Any, *path: str, most: int = 120) -> str:
    """An identifier, a state, a code or a key of ours; never empty. Raises Unreadable."""
    text = look(found, *path)
    if not isinstance(text, str) or len(text) > most or not _NAME.fullmatch(text):
        raise Unreadable(f"{'.'.join(path)} is no name")
    return text


def name_or_none(found: Any, *path: str, most: int = 120) -> str:
    """The same, empty where there is nothing. Raises Unreadable."""
    return "" if look(found, *path) in (None, "") else name_at(found, *path, most=most)


def words_at(found: Any, *path: str, most: int) -> str:
    """A text for people, cut to ``most`` letters, without what can't be printed; empty where there is none.
    Raises Unreadable."""
    text = look(found, *path)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Unreadable(f"{'.'.join(path)} is no text")
    return "".join(letter for letter in text[: most * 2] if letter.isprintable())[:most]


def whole_at(found: Any, *path: str, least: int = 0, most: int = MOST_MINOR) -> int:
    """A whole number within bounds. Raises Unreadable."""
    number = look(found, *path)
    if type(number) is not int or not least <= number <= most:
        raise Unreadable(f"{'.'.join(path)} is no number between {least} and {most}")
    return number


def moment_at(found: Any, *path: str) -> datetime:
    """Stripe counts seconds. Raises Unreadable."""
    return datetime.fromtimestamp(whole_at(found, *path, most=_LAST_SECOND), tz=UTC)


def money_at(found: Any, name: str = "amount") -> Money:
    """An amount with the object's currency. Raises Unreadable."""
    currency = look(found, "currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise Unreadable("currency is none")
    return Money(whole_at(found, name), currency.upper())


def rows_of(found: Any, *path: str) -> list[Any]:
    """The rows of a list. Raises Unreadable."""
    rows = look(found, *path)
    if not isinstance(rows, list):
        raise Unreadable(f"{'.'.join(path)} is no list")
    return rows


def id_at(found: Any, name: str) -> str:
    """What another object is called, shown by name or whole; empty where there is none. Raises Unreadable."""
    there = look(found, name)
    return name_or_none(found, name) if there is None or isinstance(there, str) else name_at(there, "id")


def note_at(found: Any, name: str) -> str:
    """Our own note on one of Stripe's objects; anybody may write there, and what we didn't write isn't ours."""
    text = look(found, "metadata", name)
    return text if isinstance(text, str) and len(text) <= 120 and _NAME.fullmatch(text) else ""
