"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, ShopPages


class TestPages(ShopPages):
    place = "offer"
    pages = (
        DetailPage("offer", proposes=True),
        FormPage("cart", answers=(302,)),
        Act("tell_me", answers=(404,)),
        FormPage("wishes"),
        FormPage("set_aside", about="own set aside", proposes=True),
        # Nothing of theirs is about to open.
        Part("opening_calendar", answers=(404,)),
        Act("remind_me"),
        Part("label", about="label", is_open=True),
    )
