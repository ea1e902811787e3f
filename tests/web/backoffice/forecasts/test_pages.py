"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import DetailPage, FormPage, StaffPages


class TestPages(StaffPages):
    place = "forecasts"
    pages = (
        DetailPage("forecast", about="release"),
        FormPage("suggest_maximums", about="draft release", proposes=True),
    )
