"""docs/backoffice.md has the table of roles, and it stays true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tirage.staff.permissions import GRANTS, ROLE_WORDS, Permission
from tirage.staff.states import Role

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "backoffice.md"
BEGIN = "<!-- roles: written by tests/web/staff/test_docs.py -->\n"
END = "<!-- end of roles -->\n"

#: Each permission as the document says it.
WORDS = {
    Permission.ENTER: "Home and search",
    Permission.SEE_CUSTOMERS: "Look at customers",
    Permission.EDIT_CUSTOMERS: "Change customers, addresses, notes and tags; suspend; mail a sign-in link",
    Permission.SEE_AS_CUSTOMER: "See the shop as a customer",
    Permission.SEE_GROUPS: "Look at groups",
    Permission.EDIT_GROUPS: "Change groups; add and move customers",
    Permission.SEE_ORDERS: "Look at orders",
    Permission.EDIT_ORDERS: "Note, and (with refunds) cancel orders",
    Permission.COLLECT: "Collect money: try cards again, send pay links, ask for cards, let it go",
    Permission.SEE_PAYMENTS: "Look at payments and daily totals",
    Permission.CHANGE_ORDERS: "Change orders that haven't shipped: bottles, address, delivery",
    Permission.ORDER_FOR_CUSTOMERS: "Order for a customer on the line",
    Permission.DISCOUNT: "Give discounts; correct charges",
    Permission.OVERRIDE_RULES: "Set allowance and checkout rules aside, with a reason",
    Permission.SHIP_ORDERS: "Mark orders as shipped or handed over",
    Permission.SHIP_UNPAID: "Ship an order whose money is missing, with a reason",
    Permission.REFUND: "Give money back, also what a change makes less; see to what the gateway's list found",
    Permission.RECORD_PAYMENTS: "Record a cheque, a transfer or cash for an order",
    Permission.GIVE_AWAY: "Make (part of) an order a gift of the house",
    Permission.EDIT_CREDIT: "Give store credit and take it back",
    Permission.SEE_WISHES: "Look at wishes",
    Permission.EDIT_WISHES: "Answer wishes",
    Permission.SEE_CELLAR: "Look at wines and stock",
    Permission.EDIT_CELLAR: "Change wines, vintages, skus and labels",
    Permission.EDIT_STOCK: "Book stock",
    Permission.SEE_OFFERS: "Look at releases and offers",
    Permission.EDIT_OFFERS: "Change releases and offers; open, close, invite",
    Permission.SEE_INSIGHTS: "Look at insights: where customers are and what they come to",
    Permission.SEE_SETTINGS: "Look at the settings",
    Permission.EDIT_SETTINGS: "Change the settings",
    Permission.MANAGE_TEAM: "Change the team",
    Permission.IMPORT: "Import (what they may change)",
    Permission.EXPORT: "Export lists",
    Permission.EXPORT_EVERYTHING: "Have everything written into one file, and fetch it",
    Permission.ERASE_CUSTOMERS: "Erase a customer",
}


def roles_table() -> str:
    heads = [str(ROLE_WORDS[role][0]) for role in Role]
    lines = [f"| may | {' | '.join(heads)} |", "|---|" + ":-:|" * len(heads)]
    lines += [_line(permission) for permission in Permission]
    return BEGIN + "\n" + "\n".join(lines) + "\n\n" + END


def _line(permission: Permission) -> str:
    marks = ["●" if permission in GRANTS[role] else "" for role in Role]
    return f"| {WORDS[permission]} | {' | '.join(marks)} |"


def renewed(text: str) -> str:
    """The document with the table of now."""
    before, _, rest = text.partition(BEGIN)
    return before + roles_table() + rest.partition(END)[2]


@pytest.mark.once
def test_the_table_of_roles_is_that_of_the_code() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(text) == text, f"Put this into docs/backoffice.md:\n{roles_table()}"
