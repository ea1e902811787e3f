"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, StaffPages


class TestPages(StaffPages):
    place = "segments"
    pages = (
        DetailPage("segments"),
        DetailPage("build_filter", proposes=True),
        FormPage("new_segment", proposes=True),
        FormPage("new_list", proposes=True),
        DetailPage("segment", about="segment", proposes=True),
        FormPage("edit_segment", about="segment", edits=("name", "note")),
        Act("delete_segment", about="segment"),
        DetailPage("customer_list", about="customer list"),
        Act("delete_list", about="customer list"),
        DetailPage("customer_segments", about="customer"),
    )
