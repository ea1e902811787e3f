"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import DetailPage, FormPage, ListPage, Part, ShopPages


class TestPages(ShopPages):
    place = "orders"
    pages = (
        ListPage("cellar"),
        Part("cellar_file"),
        ListPage("orders"),
        DetailPage("order", about="own order"),
        DetailPage("receipt", about="own order"),
        # No day of it is known.
        Part("order_calendar", about="own order", answers=(404,)),
        FormPage("cancel_order", about="own order"),
        FormPage("ask_change", about="own packed order"),
    )
