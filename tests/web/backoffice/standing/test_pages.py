"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "standing"
    pages = (
        ListPage("standing_orders"),
        FormPage("new_standing", proposes=True),
        DetailPage("standing_order", about="standing"),
        Act("standing_order_pause", about="standing"),
        Act("standing_order_resume", about="standing"),
        Act("standing_order_end", about="standing"),
        DetailPage("standing_runs"),
        DetailPage("standing_run", about="standing run"),
        Act("standing_start", about="standing run"),
        Act("standing_stop", about="standing run"),
        Act("standing_again", about="standing run"),
        Act("standing_look", about="standing run"),
        Part("standing_progress", about="standing run"),
    )
