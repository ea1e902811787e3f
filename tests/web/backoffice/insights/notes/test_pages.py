"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "insights.notes"
    pages = (
        DetailPage("insight_notes"),
        Act("insight_notes_mail"),
        Act("insight_look", shown_on="insight_notes"),
        Act("insight_look_stop", about="note search"),
        Part("insight_look_progress", about="note search"),
        FormPage("insight_note", about="note", saves=Permission.EDIT_GROUPS, proposes=True),
        Act("insight_note_done", about="note"),
        Act("insight_note_dismiss", about="note"),
        Act("insight_note_take_up", about="settled note"),
        DetailPage("empty_quarters"),
    )
