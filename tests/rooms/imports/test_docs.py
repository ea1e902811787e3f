"""docs/import.md lists the columns that are known, and stays true.

To renew it: python -m tests.rooms.imports.test_docs
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tirage.imports.layouts.reading import layouts
from tirage.tables.headers import normalise_header
from tirage.tables.matching import Field, expected_headers
from tirage.tables.order_columns import ORDER_FIELDS
from tirage.tables.synonyms import CUSTOMER_FIELDS, OFFER_ITEM_FIELDS, SKU_FIELDS, STOCK_FIELDS
from tirage.tables.thing_columns import (
    CARD_FIELDS,
    CREDIT_FIELDS,
    MEMBER_FIELDS,
    STAY_FIELDS,
    SUPPRESSED_FIELDS,
    WISH_FIELDS,
)

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "import.md"
VENDORS = DOCUMENT.parent / "layouts"
BEGIN = "<!-- columns: written by tests/rooms/imports/test_docs.py -->\n"
KINDS = {
    "customers": CUSTOMER_FIELDS,
    "skus": SKU_FIELDS,
    "stock": STOCK_FIELDS,
    "offer-items": OFFER_ITEM_FIELDS,
    "orders": ORDER_FIELDS,
    "credit": CREDIT_FIELDS,
    "club-members": MEMBER_FIELDS,
    "group-stays": STAY_FIELDS,
    "wishes": WISH_FIELDS,
    "cards": CARD_FIELDS,
    "suppressed": SUPPRESSED_FIELDS,
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


#: Of a page: what stands between backticks and is no column.
NO_COLUMNS = {"R10233", "#", "name", "sku", "quantity", "total"}


@pytest.mark.once
@pytest.mark.parametrize("page", sorted(VENDORS.glob("*.md")), ids=lambda page: page.stem)
def test_the_page_of_each_vendor_says_what_its_layouts_take(page: Path) -> None:
    """Each column that tells a layout stands on its page, and each column of the page is known to one."""
    text = page.read_text(encoding="utf-8")
    mine = [
        one
        for one in layouts()
        if one.name.casefold() == page.stem and one.kind.value in ("orders", "customers")
    ]
    assert {one.kind.value for one in mine} == {"orders", "customers"}
    named = {normalise_header(one) for one in re.findall("`([^`]+)`", text) if not one.endswith(".toml")}
    assert {normalise_header(one) for layout in mine for one in layout.told_by} <= named
    known = {normalise_header(one) for layout in mine for one in (*layout.told_by, *layout.columns)}
    known |= {normalise_header(one) for one in NO_COLUMNS}
    known |= expected_headers((*ORDER_FIELDS, *CUSTOMER_FIELDS))
    assert {one for one in named - known if not re.fullmatch(r"item\d(sku|name|qty|price)", one)} == set()


if __name__ == "__main__":
    words = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)[0]
    DOCUMENT.write_text(words + tables(), encoding="utf-8")
