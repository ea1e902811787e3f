"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, StaffPages


class TestPages(StaffPages):
    place = "tour"
    pages = (
        DetailPage("tour"),
        Act("tour_step"),
        Act("tour_leave"),
    )
