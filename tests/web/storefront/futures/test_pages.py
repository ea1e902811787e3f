"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import DetailPage, FormPage, Part, ShopPages


class TestPages(ShopPages):
    place = "futures"
    pages = (
        DetailPage("futures"),
        Part("futures_file"),
        FormPage("new_portfolio"),
        FormPage("portfolio", about="own portfolio", edits=("name",)),
        FormPage("settle", about="own settlement", proposes=True),
        FormPage("later_card"),
        Part("settle_paid", about="own settlement"),
        FormPage("instead", about="own substitute", proposes=True),
        FormPage("another_format", about="own format", proposes=True),
        FormPage("give", proposes=True),
        FormPage("transfer", about="own transfer"),
        DetailPage("certificate", about="own futures"),
        Part("certificate_pdf", about="own futures"),
        DetailPage("check_certificate", about="certificate", is_open=True),
    )
