"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import BulkAct, ListPage, StaffPages


class TestPages(StaffPages):
    place = "wishes"
    pages = (
        ListPage("wishes"),
        BulkAct("wishes_decline"),
    )
