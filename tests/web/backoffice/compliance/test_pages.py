"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, ListPage, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "compliance"
    pages = (
        ListPage("compliance"),
        FormPage("order_compliance", about="order in compliance", saves=Permission.OVERRIDE_RULES),
        Act("order_compliance_again", about="order in compliance"),
    )
