"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "settings"
    pages = (
        FormPage("settings", edits=("name", "legal_name")),
        FormPage("money_settings", edits=("pay_link_days", "staff_change_hours")),
        FormPage("joining_settings", edits=("sign_up_words",)),
        FormPage("standing_settings", edits=("told_days", "kept_days")),
        FormPage("look", edits=("accent", "ink")),
        FormPage("house_words", edits=("terms", "privacy")),
        FormPage("cancel_reasons", edits=("reason-0-name", "reason-1-name")),
        DetailPage("security"),
        FormPage("team_invite", proposes=True),
        FormPage("mails", saves=Permission.EDIT_SETTINGS, proposes=True),
        ListPage("sent_mails"),
        BulkAct("mails_again"),
        ListPage("log"),
        DetailPage("running"),
        Act("job_again", about="job"),
        Act("job_let_go", about="job"),
        ListPage("team"),
        FormPage("mail", about="mail", edits=("subject", "body")),
        Part("mail_preview", about="mail"),
        Act("mail_restore", about="mail"),
        FormPage("mail_layout", edits=("source",)),
        Part("mail_layout_preview"),
        Act("mail_layout_restore"),
        FormPage("member", about="member", edits=("name",)),
        Act("member_invite", about="member"),
        Act("member_factor", about="member"),
        Act("member_sessions", about="member"),
    )
