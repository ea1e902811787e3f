"""An offer's allowance ladder: its rules, what they come to, and the allowances that it writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.frame.acting import MomentField, choose, refusals_in, refusals_said
from tirage.backoffice.releases.offer_page import found_offer, offer_context
from tirage.core.clock import read_clock
from tirage.core.texts import say_count
from tirage.customers.models import Customer
from tirage.offers.models import Offer
from tirage.offers.operations import MOST_BOTTLES
from tirage.parts.hands import EditForm
from tirage.staff.permissions import Permission, require, staff_actor, staff_required
from tirage.tiers.ladders import apply_ladder, earlier_releases, save_ladder, undo_ladder, values_of
from tirage.tiers.models import Ladder
from tirage.tiers.planning import LadderPlan, plan_ladder
from tirage.tiers.states import LadderState

#: Customers who gain and lose most that the page names.
NAMED = 12


def _pieces(label: str, help_text: str, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=0, max_value=MOST_BOTTLES, **options
    )


class LadderForm(EditForm):
    based_on = forms.ChoiceField(label="Based on", help_text="What they took of the same wines then.")
    counts_grants = forms.BooleanField(label="Granted wishes count as taken", required=False, initial=True)
    rise = _pieces("More for who took all", "Pieces of each wine on top of what they took.", initial=0)
    least = _pieces("At least, for who took some", "Pieces of each wine.", initial=0)
    most = _pieces("At most", "Pieces of each wine; 0 for no bound.", initial=0)
    passed_wish_only = forms.BooleanField(
        label="Who took none may only wish",
        required=False,
        initial=True,
        help_text="Else they have the group’s limits.",
    )
    newcomers = _pieces(
        "For who wasn’t offered it then", "Pieces of each wine; empty for the group’s limits.", required=False
    )
    guaranteed_until = MomentField(
        label="Kept for them until",
        required=False,
        help_text="Afterwards what nobody took is free. The bottles have to cover it. Empty: while the offer is open.",
    )
    is_told = forms.BooleanField(
        label="Tell each customer beside the wine, with the step to the next rung",
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, offer: Offer, **options: Any) -> None:
        super().__init__(*args, **options)
        choose(self, "based_on", [(one.reference, one.name) for one in earlier_releases(offer)])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_OFFERS)
def ladder(request: HttpRequest, reference: str) -> HttpResponseBase:
    found, now = found_offer(reference), read_clock()
    present = (
        Ladder.objects.filter(offer=found)
        .select_related("based_on", "offer__release", "offer__group")
        .first()
    )
    if request.method == "POST":
        require(request, Permission.EDIT_OFFERS)
    form = LadderForm(
        request.POST or None,
        offer=found,
        initial=values_of(present) if present else None,
        about=f"ladder:{found.pk}" if present else None,
    )
    if form.is_valid():
        with refusals_in(form):
            save_ladder(
                offer=found, values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, "You saved the ladder’s rules. Nobody’s allowance has changed yet.")
            return redirect("backoffice:ladder", reference)
    context: dict[str, Any] = {"form": form, "ladder": present, "is_written": False}
    if present is not None:
        plan = plan_ladder(present, now)
        context |= {
            "plan": plan,
            "is_written": present.state != LadderState.DRAFT,
            "is_ended": present.state == LadderState.ENDED,
            "gaining": _named(plan, rising=True),
            "losing": _named(plan, rising=False),
        }
    return render(
        request, "backoffice/tiers/ladder.html", {**offer_context(request, found, "ladder"), **context}
    )


def _named(plan: LadderPlan, *, rising: bool) -> list[tuple[Customer, int, int]]:
    """The customers who gain, or lose, most over all wines: before, after."""
    sign = 1 if rising else -1
    totals = [
        (customer, before, after)
        for customer, (before, after) in plan.totals().items()
        if (after - before) * sign > 0
    ]
    first = sorted(totals, key=lambda one: (-abs(one[2] - one[1]), one[0]))[:NAMED]
    people = Customer.objects.in_bulk([one[0] for one in first])
    return [(people[customer], before, after) for customer, before, after in first]


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def write_ladder(request: HttpRequest, reference: str) -> HttpResponse:
    """Writes the allowances that the page showed."""
    found = Ladder.objects.filter(offer=found_offer(reference)).first()
    if found is None:
        messages.error(request, "Save the ladder’s rules first.")
        return redirect("backoffice:ladder", reference)
    with refusals_said(request):
        plan = apply_ladder(
            ladder=found, seen=request.POST.get("seen", ""), actor=staff_actor(request), now=read_clock()
        )
        messages.success(request, f"You wrote {len(plan.written):,} allowances by the ladder.")
    return redirect("backoffice:ladder", reference)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def take_back_ladder(request: HttpRequest, reference: str) -> HttpResponse:
    """Gives the group's limits back, where nobody changed what the ladder wrote."""
    found = Ladder.objects.filter(offer=found_offer(reference)).first()
    if found is None:
        messages.error(request, "There is no ladder to take back.")
        return redirect("backoffice:ladder", reference)
    with refusals_said(request):
        gone = undo_ladder(ladder=found, actor=staff_actor(request), now=read_clock())
        messages.success(
            request, f"You took back {say_count(gone, 'allowance', 'allowances')}. Limits by hand stay."
        )
    return redirect("backoffice:ladder", reference)
