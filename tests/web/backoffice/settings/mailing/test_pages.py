"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, Part, StaffPages


class TestPages(StaffPages):
    place = "settings.mailing"
    pages = (
        DetailPage("mailing_lists"),
        FormPage("new_mailing_list", proposes=True),
        DetailPage("mailing_list", about="mailing list"),
        FormPage("edit_mailing_list", about="mailing list", edits=("every", "definition")),
        Act("sync_mailing_list", about="mailing list"),
        Act("tell_mailing_list", about="mailing list"),
        Act("forget_mailing_list", about="mailing list"),
        DetailPage("mailing_run", about="mailing run"),
        Act("stop_mailing_run", about="mailing run"),
        Act("mailing_run_again", about="mailing run"),
        Part("mailing_run_progress", about="mailing run"),
    )
