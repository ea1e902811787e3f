"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "rehearsals"
    pages = (
        DetailPage("rehearsals", about="release", proposes=True),
        Act("rehearsal_start", about="release"),
        DetailPage("rehearsal", about="rehearsal"),
        FormPage("what_if", about="rehearsal", proposes=True),
        Act("rehearsal_stop", about="rehearsal"),
        Act("rehearsal_remove", about="rehearsal"),
        Part("rehearsal_progress", about="rehearsal"),
    )
