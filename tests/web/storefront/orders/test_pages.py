"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import DetailPage, FormPage, ListPage, ShopPages


class TestPages(ShopPages):
    place = "orders"
    pages = (
        ListPage("orders"),
        DetailPage("order", about="own order"),
        DetailPage("receipt", about="own order"),
        FormPage("cancel_order", about="own order"),
    )
