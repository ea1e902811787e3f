"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, ShopPages


class TestPages(ShopPages):
    place = "door"
    pages = (
        DetailPage("home", is_open=True, answers=(302,)),
        FormPage("sign_in", is_open=True, answers=(302,)),
        FormPage("sign_in_code", is_open=True, answers=(302,)),
        FormPage("sign_in_passkey", is_open=True, answers=(302,)),
        FormPage("sign_in_link", about="sign-in link", is_open=True, lost=410, answers=(302,)),
        FormPage("campaign_link", about="campaign link", is_open=True, lost=410, answers=(302,)),
        Act("sign_out", is_open=True),
        DetailPage("privacy", is_open=True),
        DetailPage("terms", is_open=True),
        Part("robots", is_open=True),
        Part("manifest", is_open=True),
        Act("stop_seeing", is_open=True),
        FormPage("adult"),
    )
