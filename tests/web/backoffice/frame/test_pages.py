"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, StaffPages


class TestPages(StaffPages):
    place = "frame"
    pages = (Act("columns", about="list", lost=302), Act("choice", about="list", lost=302))
