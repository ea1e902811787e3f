"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "changes"
    pages = (
        ListPage("changes"),
        FormPage("change", about="change", saves=Permission.CHANGE_ORDERS, proposes=True),
        Part("change_wines", about="change"),
        Act("change_drop", about="change"),
        Act("change_card", about="change"),
        Act("change_split", about="change"),
        Act("order_for", about="customer"),
        Act("change_retry", about="change"),
        Act("change_ask_bank", about="change"),
        Act("order_change", about="order"),
    )
