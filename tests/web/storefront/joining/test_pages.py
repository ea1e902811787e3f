"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ShopPages


class TestPages(ShopPages):
    place = "joining"
    pages = (
        FormPage("join", is_open=True, answers=(302,)),
        DetailPage("join_asked", is_open=True),
        FormPage("join_confirm", about="sign-up link", is_open=True, lost=410, answers=(302,)),
        DetailPage("waiting"),
        Act("waiting_accept"),
        Act("waiting_leave"),
    )
