"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, DetailPage, FormPage, ListPage, Part, StaffPages
from tirage.staff.permissions import Permission


class TestPages(StaffPages):
    place = "releases"
    pages = (
        ListPage("releases"),
        FormPage("new_release"),
        DetailPage("release", about="release"),
        FormPage("edit_release", about="release"),
        DetailPage("release_mails", about="release"),
        Act("release_mails_again", about="release"),
        FormPage("clone_release", about="release"),
        FormPage("delete_release", about="release"),
        FormPage("delete_offer", about="offer"),
        FormPage("new_offer", about="release"),
        DetailPage("offer", about="offer"),
        DetailPage("check_offer", about="offer"),
        FormPage("edit_offer", about="offer"),
        FormPage("offer_items", about="offer", saves=Permission.EDIT_OFFERS),
        FormPage("allowances", about="offer", saves=Permission.EDIT_OFFERS),
        FormPage("invitations", about="offer", saves=Permission.EDIT_OFFERS),
        Act("preview_offer", about="offer"),
        Part("invitations_progress", about="offer"),
        Act("activate_offer", about="offer"),
        Act("deactivate_offer", about="offer"),
        Act("copy_items", about="offer"),
        Part("export_items", about="offer's file"),
        Part("export_links", about="offer's file"),
        Act("remove_allowance", about="allowance"),
    )
