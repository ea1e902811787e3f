"""docs/import.md lists the columns that are known, and stays true.

To renew it: python -m tests.rooms.imports.test_docs
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tirage.tables.matching import Field
from tirage.tables.order_columns import ORDER_FIELDS
from tirage.tables.synonyms import CUSTOMER_FIELDS, OFFER_ITEM_FIELDS, SKU_FIELDS, STOCK_FIELDS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "import.md"
BEGIN = "<!-- columns: written by tests/rooms/imports/test_docs.py -->\n"
KINDS = {
    "customers": CUSTOMER_FIELDS,
    "skus": SKU_FIELDS,
    "stock": STOCK_FIELDS,
    "offer-items": OFFER_ITEM_FIELDS,
    "orders": ORDER_FIELDS,
}
SHOWN = 14


def tables() -> str:
    return BEGIN + "\n".join(_table(kind, fields) for kind, fields in KINDS.items())


def _table(kind: str, fields: tuple[Field, ...]) -> str:
    lines = [f"### {kind}", "", "| field | name for `--map` | other names of the column |", "|---|---|---|"]
    lines += [_line(field) for field in fields]
    return "\n".join(lines) + "\n"


def _line(field: Field) -> str:
    label = f"*{field.label}*" if field.ignored else field.label + (" (required)" if field.required else "")
    more = len(field.synonyms) - SHOWN
    names = ", ".join(field.synonyms[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"| {label} | `{field.name}` | {names} |"


@pytest.mark.once
def test_the_document_names_every_column_that_is_known() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.endswith(tables()), "run: python -m tests.rooms.imports.test_docs"


if __name__ == "__main__":
    words = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)[0]
    DOCUMENT.write_text(words + tables(), encoding="utf-8")
