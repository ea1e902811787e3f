"""Wishes, and runs that grant them."""

from django.urls import path

from tirage.backoffice.wishes import answering, bulk, comparing, granting, second_offer, unused, views
from tirage.backoffice.wishes.policies import views as policies

urlpatterns = [
    path("releases/<slug:reference>/unused/", unused.unused, name="unused"),
    path("releases/<slug:reference>/unused/people/", unused.people, name="unused_people"),
    path("releases/<slug:reference>/unused/offer/", second_offer.second_offer, name="second_offer"),
    path("releases/<slug:reference>/unused/give", unused.give_to_people, name="unused_give"),
    path("releases/<slug:reference>/unused/stock", unused.back_to_stock, name="unused_stock"),
    *bulk.TAKING_BACK.urls(),
    path("releases/unused/<slug:reference>/undo", unused.undo_reallocation, name="undo_reallocation"),
    path("wishes/", views.wishes, name="wishes"),
    *(address for act in bulk.BULK for address in act.urls()),
    path("wishes/grant", granting.wishes_grant, name="wishes_grant"),
    path("wishes/grants/", granting.grants, name="grants"),
    path("wishes/grants/new/", granting.new_grant, name="new_grant"),
    path("wishes/grants/<slug:reference>/", granting.grant_run, name="grant_run"),
    path("wishes/grants/<slug:reference>/adjust", granting.grant_adjust, name="grant_adjust"),
    path("wishes/grants/<slug:reference>/rules/", comparing.grant_rules, name="grant_rules"),
    path("wishes/grants/<slug:reference>/rule", comparing.grant_rule, name="grant_rule"),
    path("wishes/grants/<slug:reference>/start", granting.grant_start, name="grant_start"),
    path("wishes/grants/<slug:reference>/stop", granting.grant_stop, name="grant_stop"),
    path("wishes/grants/<slug:reference>/again", granting.grant_again, name="grant_again"),
    path("wishes/grants/<slug:reference>/progress", granting.grant_progress, name="grant_progress"),
    path("wishes/grants/<slug:reference>/certificate", granting.grant_certificate, name="grant_certificate"),
    path("wishes/grants/<slug:reference>/export", granting.grant_export, name="grant_export"),
    path("wishes/policies/", policies.policies, name="policies"),
    path("wishes/policies/new/", policies.new_policy, name="new_policy"),
    path("wishes/policies/<slug:reference>/", policies.policy, name="policy"),
    path("wishes/policies/<slug:reference>/edit/", policies.edit_policy, name="edit_policy"),
    path(
        "wishes/policies/<slug:reference>/simulation/", policies.policy_simulation, name="policy_simulation"
    ),
    path("wishes/policies/<slug:reference>/undo/", policies.policy_undo, name="policy_undo"),
    path("wishes/policies/<slug:reference>/wait", policies.policy_wait, name="policy_wait"),
    path("wishes/policies/<slug:reference>/draft", policies.policy_draft, name="policy_draft"),
    path("wishes/policies/<slug:reference>/begin", policies.policy_begin, name="policy_begin"),
    path("wishes/policies/<slug:reference>/stop", policies.policy_stop, name="policy_stop"),
    path("wishes/policies/<slug:reference>/go-on", policies.policy_go_on, name="policy_go_on"),
    path("wishes/policies/<slug:reference>/leave-out", policies.policy_leave_out, name="policy_leave_out"),
    path("wishes/policies/<slug:reference>/free", policies.policy_free, name="policy_free"),
    path("wishes/policies/<slug:reference>/delete", policies.policy_delete, name="policy_delete"),
    path("wishes/policies/<slug:reference>/progress", policies.policy_progress, name="policy_progress"),
    path("wishes/<slug:reference>/", answering.wish, name="wish"),
    path("wishes/<slug:reference>/grant", answering.wish_grant, name="wish_grant"),
    path("wishes/<slug:reference>/decline", answering.wish_decline, name="wish_decline"),
    path("wishes/<slug:reference>/take-back", answering.wish_take_back, name="wish_take_back"),
]
