"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "orders"
    pages = (
        ListPage("orders"),
        DetailPage("order", about="order", proposes=True),
        Act("order_note", about="order"),
        Act("order_receipt", about="order"),
        Act("order_ask_bank", about="order"),
        Act("order_refund", about="order"),
        Act("order_attended", about="order"),
        Act("order_ready", about="order"),
        Act("order_tracking", about="order"),
        FormPage("order_ship", about="order", saves=Permission.SHIP_UNPAID, proposes=True),
        FormPage("order_cancel", about="order", proposes=True),
        FormPage("order_give_back", about="order", proposes=True),
        BulkAct("ship_choose"),
        DetailPage("shipping", about="shipping", proposes=True),
        Act("ship_run", about="shipping"),
        Act("ship_stop", about="shipping"),
        Part("ship_progress", about="shipping"),
    )
