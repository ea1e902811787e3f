"""Wine that customers give each other: the list, and the team's yes or no."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.cells import link_cell, number_cell, state_cell
from tirage.backoffice.frame.filters import ListFilters, choice_filter, search_filter
from tirage.backoffice.frame.lists import Column, RowList, list_page
from tirage.core.clock import read_clock
from tirage.futures.models import Transfer
from tirage.futures.states import TransferState
from tirage.futures.transferring import approve_transfer, refuse_transfer
from tirage.staff.permissions import Permission, require, staff_actor, staff_required

STATES = {
    TransferState.PROPOSED: "Waits for the other",
    TransferState.ACCEPTED: "Waits for you",
    TransferState.APPROVED: "Done",
    TransferState.REFUSED: "Refused",
    TransferState.WITHDRAWN: "Taken back",
    TransferState.EXPIRED: "Expired",
}


def _url(one: Transfer) -> str:
    return reverse("backoffice:transfer", args=[one.reference])


def _to(one: Transfer) -> str:
    return one.receiver.name if one.receiver else one.to_email


class TransferFilters(ListFilters):
    q = search_filter("Giver, address or wine")
    state = choice_filter("State", "state", choices=[(one.value, say) for one, say in STATES.items()])

    class Meta:
        model = Transfer
        fields: ClassVar[list[str]] = []

    def search(self, rows: QuerySet[Transfer], name: str, value: str) -> QuerySet[Transfer]:
        for word in value.split()[:6]:
            rows = rows.filter(
                Q(order__customer__search_text__icontains=word)
                | Q(to_email__icontains=word)
                | Q(lot__sku__name__icontains=word)
            )
        return rows


class TransferList(RowList[Transfer]):
    """Each offer, the newest first."""

    name = "transfers"
    noun_one = "transfer"
    noun_many = "transfers"
    filters = TransferFilters
    default_sort = "offered"
    template = "backoffice/futures/transfers.html"
    columns = (
        Column(
            "wine",
            "Wine",
            lambda one: link_cell(f"{one.pieces} × {one.lot.sku}", _url(one)),
            lambda one: str(one.lot.sku),
            ("lot__sku__name", "lot__sku__millilitres", "id"),
            kind="main",
        ),
        Column(
            "state",
            "State",
            lambda one: state_cell(one.state, STATES[TransferState(one.state)]),
            lambda one: STATES[TransferState(one.state)],
        ),
        Column("giver", "From", lambda one: one.order.customer.name),
        Column("to", "To", _to),
        Column("order", "Order", lambda one: one.order.reference, shown=False),
        Column(
            "offered",
            "Offered",
            lambda one: f"{one.proposed_at:%b %d, %Y}",
            sort=("-proposed_at", "-id"),
            wide=True,
        ),
        Column(
            "pieces",
            "Pieces",
            lambda one: number_cell(one.pieces),
            lambda one: one.pieces,
            ("-pieces", "id"),
            kind="aside",
        ),
    )

    def rows(self) -> QuerySet[Transfer]:
        return Transfer.objects.all()

    def load(self, rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
        return rows.select_related("order__customer", "receiver", "lot__sku")


TRANSFERS = TransferList()


class AnswerForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Why not",
        help_text="Only where you refuse it: both are told by mail.",
    )


@require_safe
@staff_required(Permission.SEE_ORDERS)
def transfers(request: HttpRequest) -> HttpResponseBase:
    return list_page(request, TRANSFERS, title="Transfers")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_ORDERS)
def transfer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One transfer: approved or refused, and what became of it."""
    rows = Transfer.objects.select_related("order__customer", "receiver", "lot__sku", "made")
    one = get_object_or_404(rows, reference=reference)
    form = AnswerForm(request.POST or None)
    if request.method == "POST":
        require(request, Permission.EDIT_ORDERS)
    if form.is_valid():
        with refusals_in(form):
            _answer(request, one, form.cleaned_data["reason"])
            return redirect("backoffice:transfer", reference)
    context: dict[str, Any] = {
        "one": one,
        "state": STATES[TransferState(one.state)],
        "form": form,
        "crumbs": [("Transfers", reverse("backoffice:transfers")), (one.reference, "")],
    }
    return render(request, "backoffice/futures/transfer.html", context, status=400 if form.errors else 200)


def _answer(request: HttpRequest, one: Transfer, reason: str) -> None:
    actor, now = staff_actor(request), read_clock()
    if request.POST.get("act") == "approve":
        approve_transfer(reference=one.reference, actor=actor, now=now)
        messages.success(
            request, f"{one.pieces} × {one.lot.sku} went over, with what was paid. Both are told."
        )
    else:
        refuse_transfer(reference=one.reference, reason=reason, actor=actor, now=now)
        messages.success(request, "You refused it. Both are told why.")
