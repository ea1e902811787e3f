"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, FormPage, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "settings.compliance"
    pages = (
        FormPage("compliance_settings", saves=Permission.EDIT_SETTINGS, edits=("city", "line1")),
        Act("try_compliance"),
    )
