"""The pages of this place, each tried as what it is."""

from __future__ import annotations

from tests.web.declared import Act, BulkAct, DetailPage, FormPage, ListPage, Part, StaffPages


class TestPages(StaffPages):
    place = "wishes"
    pages = (
        ListPage("wishes"),
        BulkAct("wishes_decline"),
        BulkAct("wishes_grant"),
        BulkAct("wishes_archive"),
        BulkAct("wishes_restore"),
        *(
            page
            for act in ("archiving", "restoring")
            for page in (
                DetailPage(act, about=act, proposes=True),
                Act(f"{act}_run", about=act),
                Act(f"{act}_stop", about=act),
                Part(f"{act}_progress", about=act),
            )
        ),
        DetailPage("declining", about="declining", proposes=True),
        Act("declining_run", about="declining"),
        Act("declining_stop", about="declining"),
        Part("declining_progress", about="declining"),
        DetailPage("wish", about="wish", proposes=True),
        Act("wish_grant", about="wish"),
        Act("wish_decline", about="wish"),
        Act("wish_take_back", about="wish"),
        DetailPage("grants"),
        FormPage("new_grant", proposes=True),
        DetailPage("grant_run", about="grant_run", proposes=True),
        Act("grant_adjust", about="grant_run"),
        DetailPage("grant_rules", about="grant_run"),
        Act("grant_rule", about="grant_run"),
        Act("grant_start", about="grant_run"),
        Act("grant_stop", about="grant_run"),
        Act("grant_again", about="grant_run"),
        Part("grant_progress", about="grant_run"),
        Part("grant_certificate", about="grant_run"),
        Part("grant_export", about="grant_run"),
        DetailPage("policies"),
        FormPage("new_policy", proposes=True),
        DetailPage("policy", about="policy", proposes=True),
        FormPage("edit_policy", about="policy", proposes=True),
        DetailPage("policy_simulation", about="policy"),
        FormPage("policy_undo", about="policy", proposes=True, answers=(302,)),
        Act("policy_wait", about="policy"),
        Act("policy_draft", about="policy"),
        Act("policy_begin", about="policy"),
        Act("policy_stop", about="policy"),
        Act("policy_go_on", about="policy"),
        Act("policy_leave_out", about="policy"),
        Act("policy_free", about="policy"),
        Act("policy_delete", about="policy"),
        Part("policy_progress", about="policy"),
        DetailPage("unused", about="release"),
        DetailPage("unused_people", about="release"),
        FormPage("second_offer", about="release", proposes=True),
        Act("unused_stock", about="release"),
        Act("unused_give", about="release"),
        DetailPage("taking_back", about="taking_back"),
        Act("taking_back_run", about="taking_back"),
        Act("taking_back_stop", about="taking_back"),
        Part("taking_back_progress", about="taking_back"),
        Act("undo_reallocation", about="reallocation"),
    )
