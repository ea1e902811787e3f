"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import FormPage, StaffPages


class TestPages(StaffPages):
    place = "payments.offline"
    pages = (FormPage("order_payment", about="order", proposes=True),)
