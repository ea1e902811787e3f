"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "releases"
    pages = (
        ListPage("releases"),
        FormPage("new_release", proposes=True),
        DetailPage("release", about="release"),
        FormPage("edit_release", about="release", edits=("note", "name")),
        FormPage(
            "release_grid",
            about="release",
            saves=Permission.EDIT_OFFERS,
            edits=("maximum-0-1", "wish-1-0"),
        ),
        DetailPage("release_report", about="release"),
        FormPage("release_goals", about="release", edits=("bottles-0", "money-0")),
        FormPage(
            "release_reminders",
            about="release",
            saves=Permission.EDIT_OFFERS,
            edits=("not_yet_hours", "cart_hours"),
        ),
        FormPage("offer_mail", about="offer's mail", saves=Permission.EDIT_OFFERS, proposes=True),
        Part("offer_mail_body", about="offer's mail"),
        DetailPage("print_offer", about="offer"),
        Part("export_report", about="release's report"),
        Act("import_grid", about="release"),
        Act("discard_grid_draft", about="grid draft"),
        Part("export_grid", about="release's file"),
        DetailPage("release_mails", about="release"),
        Act("release_mails_again", about="release"),
        FormPage("release_tests", about="release"),
        FormPage("clone_release", about="release", proposes=True),
        FormPage("delete_release", about="draft release"),
        FormPage("delete_offer", about="draft offer"),
        FormPage("new_offer", about="release", proposes=True),
        DetailPage("offer", about="offer", proposes=True),
        DetailPage("check_offer", about="offer"),
        FormPage("edit_offer", about="offer", edits=("title", "closes_at")),
        FormPage(
            "offer_items",
            about="offer",
            saves=Permission.EDIT_OFFERS,
            edits=("item-0-wish_maximum", "item-1-position"),
        ),
        FormPage("allowances", about="offer", saves=Permission.EDIT_OFFERS, proposes=True),
        FormPage("invitations", about="offer", saves=Permission.EDIT_OFFERS),
        Act("preview_offer", about="offer"),
        Act("order_from_offer", about="offer"),
        Part("invitations_progress", about="offer"),
        Act("invitations_stop", about="offer"),
        Act("activate_offer", about="offer"),
        Act("deactivate_offer", about="offer"),
        Act("copy_items", about="offer"),
        Part("export_items", about="offer's file"),
        Part("export_links", about="offer's file"),
        Act("remove_allowance", about="allowance"),
    )
