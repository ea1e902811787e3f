"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "moving"
    pages = (
        DetailPage("move_in", proposes=True),
        Act("move_start"),
        Act("move_take_back"),
        FormPage("move_sums", proposes=True),
        DetailPage("move_behind"),
        Act("move_sign"),
        Act("move_open"),
        DetailPage("move_run", about="move", proposes=True),
        Part("move_progress", about="move"),
        Act("move_stop", about="move"),
        Act("move_go_on", about="move"),
    )
