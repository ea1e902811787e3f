"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "orders"
    pages = (
        ListPage("orders"),
        DetailPage("order", about="order"),
        Act("order_note", about="order"),
        Act("order_receipt", about="order"),
        Act("order_ask_bank", about="order"),
        Act("order_refund", about="order"),
        Act("order_attended", about="order"),
        FormPage("order_ship", about="order", saves=Permission.SHIP_UNPAID),
        FormPage("order_cancel", about="order"),
        FormPage("order_give_back", about="order"),
        BulkAct("ship_choose"),
        DetailPage("shipping", about="shipping"),
        Act("ship_run", about="shipping"),
    )
