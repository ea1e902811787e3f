"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ShopPages


class TestPages(ShopPages):
    place = "standing"
    pages = (
        DetailPage("standing", proposes=True),
        FormPage("standing_agree", answers=(302,)),
        Act("standing_choose", about="own standing run"),
        Act("standing_skip", about="own standing run"),
        Act("standing_unskip", about="own standing run"),
        Act("standing_pause"),
        Act("standing_resume"),
        Act("standing_end"),
    )
