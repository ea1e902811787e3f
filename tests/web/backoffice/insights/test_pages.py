"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "insights"
    pages = (
        DetailPage("insights"),
        DetailPage("insight_quadrant"),
        Part("insights_export", about="insights_file"),
        DetailPage("saved_places"),
        FormPage("draw_place"),
        Act("delete_saved_place", about="saved_place", shown_on="saved_places"),
    )
