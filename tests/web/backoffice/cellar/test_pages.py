"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ListPage, StaffPages


class TestPages(StaffPages):
    place = "cellar"
    pages = (
        ListPage("cellar"),
        FormPage("new_wine", proposes=True),
        DetailPage("wine", about="wine"),
        FormPage("edit_wine", about="wine", edits=("variety", "appellation")),
        FormPage("new_vintage", about="wine", proposes=True),
        FormPage("edit_vintage", about="vintage", edits=("note", "cases_made")),
        FormPage("new_sku", about="vintage", proposes=True),
        Act("set_label", about="vintage"),
        DetailPage("sku", about="sku"),
        FormPage("edit_sku", about="sku", edits=("code", "price_minor"), named_by="code"),
        Act("book_stock", about="sku"),
        Act("switch_sku", about="sku"),
    )
