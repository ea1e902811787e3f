"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "settings"
    pages = (
        FormPage("settings"),
        FormPage("money_settings"),
        FormPage("look"),
        FormPage("cancel_reasons"),
        DetailPage("security"),
        FormPage("team_invite"),
        FormPage("mails", saves=Permission.EDIT_SETTINGS),
        ListPage("sent_mails"),
        BulkAct("mails_again"),
        DetailPage("running"),
        ListPage("team"),
        FormPage("mail", about="mail"),
        Part("mail_preview", about="mail"),
        Act("mail_restore", about="mail"),
        FormPage("member", about="member"),
        Act("member_invite", about="member"),
        Act("member_factor", about="member"),
        Act("member_sessions", about="member"),
    )
