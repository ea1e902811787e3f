"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, StaffPages


class TestPages(StaffPages):
    place = "merging"
    pages = (
        DetailPage("duplicates"),
        FormPage("merge", about="customer", proposes=True),
        Act("end_alias", about="former"),
    )
