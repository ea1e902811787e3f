"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "waiting"
    pages = (
        ListPage("waiting_list"),
        BulkAct("waiting_invite"),
        BulkAct("waiting_decline"),
        *(
            page
            for act in ("inviting_line", "declining_places")
            for page in (
                DetailPage(act, about=act, proposes=True),
                Act(f"{act}_run", about=act),
                Act(f"{act}_stop", about=act),
                Part(f"{act}_progress", about=act),
            )
        ),
        Act("invite_next"),
        FormPage("new_place"),
        DetailPage("place", about="place"),
        Act("place_promote", about="place"),
        Act("place_back", about="place"),
    )
