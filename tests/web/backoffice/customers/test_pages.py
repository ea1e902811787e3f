"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkPage, DetailPage, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "customers"
    pages = (
        ListPage("customers"),
        ListPage("groups"),
        FormPage("new_customer"),
        FormPage("new_group"),
        BulkPage("moves"),
        DetailPage("move", about="move"),
        Act("run_move", about="move"),
        Act("undo_move", about="move"),
        Part("move_before", about="move"),
        DetailPage("group", about="group"),
        FormPage("edit_group", about="group"),
        Act("delete_group", about="group"),
        DetailPage("customer", about="customer"),
        DetailPage("credit", about="customer"),
        FormPage("edit_customer", about="customer"),
        FormPage("new_address", about="customer"),
        Act("suspend", about="customer"),
        Act("save_tags", about="customer"),
        Act("add_note", about="customer"),
        Act("standing_note", about="customer"),
        Act("sign_in_link", about="customer"),
        Act("see_as", about="customer"),
        Act("change_group", about="customer"),
        Act("change_credit", about="customer"),
        Act("reinstate", about="suspended"),
        FormPage("edit_address", about="customer's address"),
        Act("remove_address", about="customer's address"),
    )
