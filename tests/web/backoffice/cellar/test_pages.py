"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ListPage, StaffPages


class TestPages(StaffPages):
    place = "cellar"
    pages = (
        ListPage("cellar"),
        FormPage("new_wine"),
        DetailPage("wine", about="wine"),
        FormPage("edit_wine", about="wine"),
        FormPage("new_vintage", about="wine"),
        FormPage("edit_vintage", about="vintage"),
        FormPage("new_sku", about="vintage"),
        Act("set_label", about="vintage"),
        DetailPage("sku", about="sku"),
        FormPage("edit_sku", about="sku"),
        Act("book_stock", about="sku"),
        Act("switch_sku", about="sku"),
    )
