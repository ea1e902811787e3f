"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "wishes"
    pages = (
        ListPage("wishes"),
        BulkAct("wishes_decline"),
        DetailPage("declining", about="declining", proposes=True),
        Act("declining_run", about="declining"),
        Act("declining_stop", about="declining"),
        Part("declining_progress", about="declining"),
    )
