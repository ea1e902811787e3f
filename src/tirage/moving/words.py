"""What former systems call the state of an order, and which wine a title means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tirage.moving.drafts import Bottle
from tirage.tables.cleaning import parse_format
from tirage.tables.errors import CellError

#: Never placed: nothing to take over.
NEVER_PLACED = frozenset(
    "pending|pending payment|awaiting payment|failed|declined|draft|checkout draft|abandoned|cart|open cart|"
    "incomplete|quote|quoted|trash|expired|not submitted".split("|")
)
CANCELLED = frozenset({"cancelled", "canceled", "void", "voided", "deleted"})
REFUNDED = frozenset("refunded|fully refunded|returned|refund".split("|"))
#: Kinds of record that give something back.
GIVES_BACK = frozenset(
    "refund|return|refund order|return order|credit|credit memo|credit note|exchange return|refunded".split(
        "|"
    )
)
_YEAR = re.compile(r"\b(19[5-9][0-9]|20[0-9]{2})\b")
_SIZE = re.compile(r"\(?\b[0-9]+(?:[.,][0-9]+)?\s?(?:ml|cl|l|liters?|litres?)\b\)?", re.IGNORECASE)
USUAL = (750, 1)


def plain(text: str) -> str:
    """``Partially_Refunded`` as ``partially refunded``."""
    return " ".join(re.sub(r"[_\-]+", " ", text).casefold().split())


def bottle_of(row: Mapping[str, Any]) -> Bottle:
    """The wine of a row with a line; its title may hold vintage and size."""
    return _bottle(
        str(row.get("sku", "")),
        str(row.get("wine", "")),
        str(row.get("vintage", "")),
        str(row.get("format", "")),
    )


@lru_cache(maxsize=4096)
def _bottle(code: str, title: str, vintage: str, size: str) -> Bottle:
    millilitres, units = _format(size) or _format(_found(_SIZE, title)) or USUAL
    year = _found(_YEAR, vintage) or _found(_YEAR, title)
    name = _SIZE.sub("", _YEAR.sub("", title, count=1) if year else title)
    return Bottle(
        code, " ".join(name.strip(" ,-–|").split()), int(year) if year else None, millilitres, units
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(0).strip("()") if found else ""


def _format(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    try:
        found = parse_format(text, unit="ml")
    except CellError:
        return None
    return (found.millilitres, found.units) if found else None
