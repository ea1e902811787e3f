"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, ListPage, StaffPages


class TestPages(StaffPages):
    place = "payments"
    pages = (
        ListPage("payments"),
        ListPage("daily_totals"),
        DetailPage("payment", about="payment", proposes=True),
        Act("payment_ask_bank", about="payment"),
        Act("payment_answer", about="payment"),
        Act("payment_refund", about="payment"),
    )
