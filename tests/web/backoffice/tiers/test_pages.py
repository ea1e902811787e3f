"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "tiers"
    pages = (
        DetailPage("tiering", proposes=True),
        Act("draft_tiering"),
        DetailPage("tiering_people"),
        DetailPage("pinned_customers"),
        DetailPage("compare_tiering", proposes=True),
        FormPage("move_sheet", proposes=True),
        Part("export_move_sheet", about="file kind"),
        FormPage("group_criteria", about="group", edits=("rank", "internal_description")),
        DetailPage("group_history", about="group"),
        DetailPage("customer_tier", about="customer"),
        DetailPage("customer_groups", about="customer"),
        Act("pin_customer", about="customer"),
        Act("unpin_customer", about="customer"),
        FormPage("ladder", about="offer", saves=Permission.EDIT_OFFERS, proposes=True),
        Act("write_ladder", about="offer"),
        Act("take_back_ladder", about="offer"),
    )
