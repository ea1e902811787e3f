"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "packing"
    pages = (
        ListPage("packing"),
        BulkAct("pack_choose"),
        ListPage("pack_rows"),
        FormPage("pack_answer", about="change asked for"),
        DetailPage("batch", about="batch in preview"),
        Act("batch_freeze", about="batch in preview"),
        Part("batch_progress", about="batch"),
        Act("batch_dissolve", about="batch"),
        Act("batch_leave", about="batch"),
        Act("batch_print", about="batch"),
        Part("batch_print_progress", about="batch"),
        Part("batch_paper", about="batch's paper"),
        FormPage("order_recall", about="packed order"),
    )
