"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "insights.tours"
    pages = (
        DetailPage("tours"),
        FormPage("new_tour", proposes=True),
        DetailPage("road_tour", about="tour plan"),
        FormPage("edit_tour", about="tour plan", edits=("name", "rate")),
        Act("tour_again", about="tour plan"),
        Part("tour_calendar", about="tour plan"),
        Act("remove_tour", about="tour plan"),
        Act("restore_tour", about="tour plan"),
    )
