"""Lines of an order that stand side by side in its row: ``Item 1 SKU``, ``Item 1 Qty``, ``Item 2 SKU`` …"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial

from tirage.tables.derived import Derived

HEADER = "Lines side by side"
_PARTS = {
    "sku": "sku|product code|code|item number",
    "wine": "name|title|product|product name|product title|description|wine",
    "quantity": "qty|quantity|bottles|count",
    "unit_price": "price|unit price|cost|price each",
    "line_total": "total|line total|amount|subtotal|extended price",
    "vintage": "vintage|year",
    "format": "size|format|bottle size|volume",
}
_NAMES = {name: part for part, names in _PARTS.items() for name in names.split("|")}
_THING = r"(?:line ?item|order ?item|product(?: item)?|item|line|wine)"
_BEFORE = re.compile(rf"{_THING} ?#?(\d+) (.+)")
_BEHIND = re.compile(rf"(?:{_THING} )?([a-z ]+)")


def lines_side_by_side(headers: Sequence[str]) -> Derived | None:
    """A column of all of them as JSON; None where a file has no two of them."""
    found: dict[int, dict[str, int]] = {}
    for place, header in enumerate(headers):
        if (known := _read(header)) is not None:
            number, part = known
            found.setdefault(number, {}).setdefault(part, place)
    lines = [
        parts for _, parts in sorted(found.items()) if "quantity" in parts and {"sku", "wine"} & set(parts)
    ]
    if len(lines) < 2:
        return None
    sources = tuple(place for parts in lines for place in parts.values())
    return Derived(HEADER, sources, partial(_packed, [list(parts) for parts in lines]))


def _read(header: str) -> tuple[int, str] | None:
    text = " ".join(
        re.sub(r"[_\-./:]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", header)).casefold().split()
    )
    if (before := _BEFORE.fullmatch(text)) and before[2] in _NAMES:
        return int(before[1]), _NAMES[before[2]]
    # The number at the end is taken off first: a pattern for all of it would try every length of every part.
    name = text.rstrip("0123456789")
    number = text[len(name) :]
    behind = _BEHIND.fullmatch(name.rstrip().removesuffix("#").rstrip())
    if number and behind and behind[1] in _NAMES:
        return int(number[:9]), _NAMES[behind[1]]
    return None


def _packed(lines: list[list[str]], texts: Sequence[str]) -> str:
    cells = iter(texts)
    rows = [{part: next(cells).strip() for part in parts} for parts in lines]
    kept = [row for row in rows if row.get("quantity") and (row.get("sku") or row.get("wine"))]
    return json.dumps(kept) if kept else ""
