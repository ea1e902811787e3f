"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, Part, ShopPages


class TestPages(ShopPages):
    place = "checkout"
    pages = (
        # Nothing of theirs is about to open.
        FormPage("plan", proposes=True, answers=(302,)),
        Act("take_plan"),
        FormPage("checkout"),
        Act("place"),
        Part("payment_return", about="own payment"),
        Act("give_up_payment", about="own payment"),
    )
