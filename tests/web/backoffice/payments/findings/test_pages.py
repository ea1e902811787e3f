"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, ListPage, StaffPages


class TestPages(StaffPages):
    place = "payments.findings"
    pages = (
        ListPage("findings"),
        Act("findings_compare"),
        DetailPage("finding", about="finding"),
        Act("finding_attach", about="finding"),
        Act("finding_give_back", about="finding"),
        Act("finding_book", about="finding"),
        Act("finding_looked_into", about="finding"),
    )
