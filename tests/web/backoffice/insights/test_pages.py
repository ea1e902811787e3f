"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import DetailPage, StaffPages


class TestPages(StaffPages):
    place = "insights"
    pages = (DetailPage("insights"), DetailPage("insight_quadrant"))
