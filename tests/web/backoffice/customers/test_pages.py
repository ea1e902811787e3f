"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, BulkPage, DetailPage, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "customers"
    pages = (
        ListPage("customers"),
        DetailPage("black_box"),
        ListPage("groups"),
        FormPage("new_customer", proposes=True),
        FormPage("new_group", proposes=True),
        BulkPage("moves"),
        BulkAct("customers_giving"),
        DetailPage("giving", about="giving", proposes=True),
        Act("giving_run", about="giving"),
        Act("giving_stop", about="giving"),
        Part("giving_progress", about="giving"),
        DetailPage("move", about="move"),
        Act("run_move", about="move"),
        Act("undo_move", about="move"),
        Act("stop_move", about="move"),
        Act("schedule_move", about="move"),
        Act("call_off_move", about="move"),
        Part("move_progress", about="move"),
        DetailPage("move_leaving", about="move"),
        Part("move_before", about="move"),
        DetailPage("group", about="group"),
        FormPage("edit_group", about="group", edits=("internal_description", "rank")),
        Act("delete_group", about="group"),
        DetailPage("customer", about="customer"),
        DetailPage("credit", about="customer"),
        FormPage("edit_customer", about="customer", edits=("last_name", "first_name")),
        FormPage("business_number", about="customer", edits=("name",)),
        FormPage("new_address", about="customer", proposes=True),
        FormPage("hold_for", about="customer", proposes=True),
        Act("suspend", about="customer"),
        Act("save_tags", about="customer"),
        Act("add_note", about="customer"),
        Act("standing_note", about="customer", edits=("text",), shown_on="customer"),
        Act("sign_in_link", about="customer"),
        Act("see_as", about="customer"),
        Act("change_group", about="customer"),
        Act("change_credit", about="customer"),
        Act("take_mailbox_back", about="customer"),
        Act("reinstate", about="suspended"),
        FormPage("edit_address", about="customer's address", edits=("line2", "company")),
        FormPage("same_addresses", about="customer"),
        Act("remove_address", about="customer's address"),
        Act("restore_address", about="customer's address"),
    )
