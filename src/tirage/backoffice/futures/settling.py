"""Whose wine has come, and asking where it goes: previewed, asked, watched, taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.core.clock import read_clock
from tirage.core.texts import say_count
from tirage.core.winery import local_time
from tirage.futures.models import Settlement
from tirage.futures.settling.asking import begin_settlements, call_off, preview
from tirage.futures.settling.covering import Waiting
from tirage.futures.states import OPEN, Precedence, SettlementState
from tirage.offers.models import Release
from tirage.offers.states import ReleaseKind
from tirage.orders.states import OrderState
from tirage.parts.hands import Carried
from tirage.staff.permissions import Permission, staff_actor, staff_required

STATES = {
    SettlementState.ASKED: "Waits for the customer",
    SettlementState.KEPT: "Kept in the cellar",
    SettlementState.AGREED: "Being paid",
    SettlementState.SETTLED: "Settled",
    SettlementState.PERSON: "Your team decides",
    SettlementState.CALLED_OFF: "Called off",
}
#: Days that customers have to choose, unless somebody says otherwise; rows of each table.
USUAL, SHOWN = timedelta(days=30), 200


class AskForm(forms.Form):
    precedence = forms.ChoiceField(
        label="Whose first",
        choices=[
            (Precedence.OLDEST.value, "The oldest orders"),
            (Precedence.GROUP.value, "The first groups"),
        ],
        help_text="Where not all has come. Whole orders only: one that can’t be covered lets the next ones go.",
    )
    due_on = forms.DateField(
        label="Last day to choose",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Whoever hasn’t chosen by then keeps the wine in your cellar. They are reminded twice before.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_ORDERS)
def settling(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Which orders of a release can be settled now, and asking their customers."""
    release = get_object_or_404(Release, reference=reference)
    if release.kind != ReleaseKind.EN_PRIMEUR:
        raise Http404("nothing of this release is settled")
    now = read_clock()
    precedence = Precedence.GROUP if request.GET.get("precedence") == Precedence.GROUP else Precedence.OLDEST
    found = preview(release, precedence)
    shown = Carried(release.reference, {"orders": [one.order.pk for one in found.covered]})
    initial = {"due_on": local_time(now).date() + USUAL, "precedence": precedence.value}
    form = AskForm(request.POST or None, initial=initial)
    if form.is_valid():
        seen = Carried(release.reference, {"orders": []}, request.POST).values["orders"]
        with refusals_in(form):
            made = begin_settlements(
                release=release,
                order_ids=seen if isinstance(seen, list) else [],
                precedence=Precedence(form.cleaned_data["precedence"]),
                due_on=form.cleaned_data["due_on"],
                actor=staff_actor(request),
                now=now,
            )
            asked = say_count(len(made), "customer", "customers")
            messages.success(request, f"You asked {asked} where the wine goes; the mails are on their way.")
            return redirect("backoffice:settling", reference)
    context = {
        "release": release,
        "crumbs": _crumbs(release),
        "form": form,
        "carried": shown.field,
        "precedence": precedence.value,
        "precedences": AskForm.base_fields["precedence"].choices,  # type: ignore[attr-defined]
        "covered": [_row(one) for one in found.covered[:SHOWN]],
        "covered_count": len(found.covered),
        "waiting_count": len(found.waiting),
        "settlements": _settlements(release),
        "counts": _counts(release),
    }
    return render(request, "backoffice/futures/settling.html", context, status=400 if form.errors else 200)


@require_POST
@staff_required(Permission.EDIT_ORDERS)
def call_settlement_off(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes a question back."""
    found = get_object_or_404(Settlement.objects.select_related("order__release"), reference=reference)
    with refusals_said(request):
        call_off(settlement=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You took the question about {found.order.reference} back.")
    assert found.order.release is not None
    return redirect("backoffice:settling", found.order.release.reference)


def _crumbs(release: Release) -> list[tuple[str, str]]:
    here = reverse("backoffice:release", args=[release.reference])
    return [("Releases", reverse("backoffice:releases")), (release.name, here), ("Settling", "")]


def _row(one: Waiting) -> dict[str, Any]:
    return {"order": one.order, "pieces": sum(one.pieces.values())}


def _settlements(release: Release) -> list[dict[str, Any]]:
    """Those that the team decides about first."""
    decides = Case(When(state=SettlementState.PERSON.value, then=0), default=1)
    rows = Settlement.objects.filter(order__release=release).select_related("order__customer")
    return [
        {
            "settlement": one,
            "words": _words(one),
            "can_call_off": one.state in OPEN,
            "acts": _acts(one),
        }
        for one in rows.order_by(decides, "-pk")[:SHOWN]
    ]


def _is_to_transfer(one: Settlement) -> bool:
    return (
        one.state == SettlementState.SETTLED and bool(one.warehouse) and one.order.step == OrderState.PLACED
    )


def _words(one: Settlement) -> str:
    if one.warehouse and one.state == SettlementState.SETTLED:
        there = f"under bond to {one.warehouse}, account {one.account}"
        return f"To be transferred {there}" if _is_to_transfer(one) else f"Transferred {there}"
    return STATES[SettlementState(one.state)]


def _acts(one: Settlement) -> list[tuple[str, str]]:
    """What the team may do about it besides calling it off."""
    if _is_to_transfer(one):
        return [("transferred", "It was transferred")]
    found = [("ask", "Ask again")] if one.state in (SettlementState.PERSON, SettlementState.KEPT) else []
    return found + ([("keep", "Keep it")] if one.state == SettlementState.PERSON else [])


def _counts(release: Release) -> list[tuple[str, int]]:
    states = list(Settlement.objects.filter(order__release=release).values_list("state", flat=True))
    return [(words, states.count(state.value)) for state, words in STATES.items() if state.value in states]
