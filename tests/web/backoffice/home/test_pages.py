"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import DetailPage, ListPage, StaffPages


class TestPages(StaffPages):
    place = "home"
    pages = (
        DetailPage("home"),
        ListPage("search"),
    )
