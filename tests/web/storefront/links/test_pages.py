"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ShopPages


class TestPages(ShopPages):
    place = "links"
    pages = (
        FormPage("pay", about="pay link", is_open=True),
        FormPage("card_link", about="card link", is_open=True),
        FormPage("unsubscribe", about="unsubscribe link", is_open=True),
        DetailPage("order_status", about="status link", is_open=True),
        Act("pay_order", about="own order"),
    )
