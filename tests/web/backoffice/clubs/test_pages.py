"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, StaffPages


class TestPages(StaffPages):
    place = "clubs"
    pages = (
        DetailPage("clubs"),
        FormPage("new_club", proposes=True),
        DetailPage("club", about="club"),
        FormPage("edit_club", about="club", edits=("description", "terms")),
        Act("club_add_member", about="club"),
        DetailPage("club_member", about="club member"),
        Act("club_member_ways", about="club member"),
        Act("club_member_pause", about="club member"),
        Act("club_member_resume", about="club member"),
        Act("club_fee_back", about="club member"),
        Act("club_undo", about="club step"),
        Act("club_member_leave", about="club member"),
    )
