"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "leaving"
    pages = (
        FormPage("erase", about="customer", proposes=True),
        DetailPage("erasure_asks", proposes=True),
        Act("refuse_erasing", about="erasure ask"),
        DetailPage("move_out"),
        Act("move_out_begin"),
        Part("move_out_progress", about="everything"),
        Part("move_out_file", about="everything"),
        Act("move_out_let_go", about="everything"),
    )
