"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "insights.events"
    pages = (
        DetailPage("event_plans"),
        FormPage("new_event_plan", proposes=True),
        DetailPage("event_plan", about="event plan", proposes=True),
        FormPage("edit_event_plan", about="event plan", edits=("name", "rate")),
        Part("event_calendar", about="event plan"),
        Act("add_event_venue", about="event plan"),
        Act("remove_event_venue", about="event venue"),
        Act("place_event", about="event plan"),
        Act("keep_event_guests", about="event plan"),
        Act("remove_event_plan", about="event plan"),
        Act("restore_event_plan", about="event plan"),
    )
