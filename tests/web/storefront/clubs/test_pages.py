"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ShopPages


class TestPages(ShopPages):
    place = "clubs"
    pages = (
        DetailPage("clubs"),
        FormPage("join_club", about="open club", proposes=True),
        FormPage("club_fee", about="own club", answers=(302,), proposes=True),
        FormPage("club_ways", about="own club", proposes=True),
        Act("pause_club", about="own club"),
        Act("resume_club", about="own club"),
        Act("leave_club", about="own club"),
    )
