"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, Part, ShopPages


class TestPages(ShopPages):
    place = "orders.changing"
    pages = (
        Act("begin_change", about="own order"),
        FormPage("change", about="own change", proposes=True),
        Part("change_return", about="change's payment"),
        Act("give_up_change", about="change's payment"),
    )
