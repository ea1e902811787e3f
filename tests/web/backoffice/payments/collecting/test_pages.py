"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "payments.collecting"
    pages = (
        ListPage("collect"),
        BulkAct("collect_retry"),
        DetailPage("trying", about="trying", proposes=True),
        Act("trying_run", about="trying"),
        Act("trying_stop", about="trying"),
        Part("trying_progress", about="trying"),
        DetailPage("collection", about="collection"),
        Act("collection_retry", about="collection"),
        Act("collection_link", about="collection"),
        Act("collection_card", about="collection"),
        Act("collection_let_go", about="collection"),
        Act("order_pay_link", about="order"),
    )
