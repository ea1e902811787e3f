"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "moving"
    pages = (
        Part("own_data", about="customer"),
        DetailPage("move_in", proposes=True),
        Act("moving_start"),
        Act("moving_cards"),
        Act("moving_take_back"),
        FormPage("moving_sums", proposes=True),
        DetailPage("moving_behind"),
        DetailPage("moving_releases"),
        Act("moving_sign"),
        Act("moving_open"),
        DetailPage("moving_run", about="moving in", proposes=True),
        Part("moving_progress", about="moving in"),
        Act("moving_stop", about="moving in"),
        Act("moving_go_on", about="moving in"),
    )
