"""Wine that a customer gives another: offered here, and accepted, refused or taken back on the offer's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.states import TransferPolicy
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.futures.holding import holdings_of
from tirage.futures.models import Acceptance, Transfer
from tirage.futures.states import TransferState
from tirage.futures.transferring import (
    accept_transfer,
    giveable,
    propose_transfer,
    refuse_transfer,
    withdraw_transfer,
)
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context

STATES = {
    TransferState.PROPOSED: "Waits for an answer",
    TransferState.ACCEPTED: "Accepted; we look at it",
    TransferState.APPROVED: "Done",
    TransferState.REFUSED: "Refused",
    TransferState.WITHDRAWN: "Taken back",
    TransferState.EXPIRED: "Its time was over",
}
#: Of those that are over, the latest so many are shown.
_SHOWN = 20


class GiveForm(forms.Form):
    wine = forms.ChoiceField(label="Wine")
    pieces = forms.IntegerField(label="Pieces", min_value=1, max_value=10_000)
    to_email = forms.EmailField(
        label="E-mail of whoever gets it",
        max_length=254,
        help_text="They accept with their own sign-in. Who isn’t on our list yet signs up first.",
    )
    message = forms.CharField(
        label="A word to them", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    signature = forms.CharField(
        label="Your full name, as your signature",
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, wines: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wine"].choices = wines  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Given:
    """An offer as one of the two sees it."""

    one: Transfer
    title: str
    state: str
    is_mine: bool


def transfers_of(customer: Customer) -> list[Given]:
    """What the customer offers or is offered, the newest first; one statement."""
    return [_given(one, customer) for one in _own(customer).order_by("-pk")[:_SHOWN]]


def _own(customer: Customer) -> QuerySet[Transfer]:
    mine = Q(order__customer=customer) | Q(receiver=customer) | Q(receiver=None, to_email=customer.email)
    return Transfer.objects.filter(mine).select_related("order__customer", "lot__sku", "receiver")


def _given(one: Transfer, customer: Customer) -> Given:
    title = f"{one.pieces} × {full_title(one.lot.sku.name, one.lot.sku.format_name)}"
    return Given(one, title, STATES[TransferState(one.state)], one.order.customer_id == customer.pk)


def can_give() -> bool:
    return current_winery().transfers != TransferPolicy.OFF


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Offers pieces of a lot to somebody; ``wine`` names an order and a lot of it."""
    found = giveable(holdings_of(customer)) if can_give() else []
    wines = [
        (
            f"{one.order.reference}:{part.lot.reference}",
            f"{full_title(part.lot.sku.name, part.lot.sku.format_name)}, lot {part.lot.name} ({free})",
        )
        for one, part, free in found
    ]
    form = GiveForm(request.POST or None, wines=wines, initial={"wine": request.GET.get("wine", "")})
    if form.is_valid():
        order, _, lot = form.cleaned_data["wine"].partition(":")
        words = {name: form.cleaned_data[name] for name in ("pieces", "to_email", "message", "signature")}
        try:
            made = propose_transfer(
                order_reference=order,
                lot_reference=lot,
                **words,
                actor=customer_actor(request),
                now=read_clock(),
            )
        except DomainError as refused:
            _show(form, refused)
        else:
            messages.success(request, f"Offered to {made.to_email}. It stays yours until they accept it.")
            return redirect("storefront:transfer", made.reference)
    context = page_context(request, form=form, wines=wines, can_give=can_give())
    return render(request, "storefront/futures/give.html", context, status=422 if form.errors else 200)


def _show(form: forms.Form, refused: DomainError) -> None:
    for name, words in (refused.fields or {"": refused.message}).items():
        form.add_error(name if name in form.fields else None, words)


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """One offer, for who made it and for whom it is."""
    one = _own(customer).filter(reference=reference).first()
    if one is None:
        raise Http404("no such offer")
    problem = ""
    if request.method == "POST":
        try:
            return _act(request, customer, one)
        except DomainError as refused:
            problem = refused.message
            one = _own(customer).get(pk=one.pk)
    given = _given(one, customer)
    kept = Acceptance.objects.filter(order=one.order_id).first()
    context = page_context(
        request,
        given=given,
        one=one,
        problem=problem,
        signature=request.POST.get("signature", "")[:160],
        terms=kept.terms if kept else "",
        can_answer=not given.is_mine
        and one.state == TransferState.PROPOSED
        and one.expires_at > read_clock(),
        can_withdraw=given.is_mine and one.state in (TransferState.PROPOSED, TransferState.ACCEPTED),
        link=request.build_absolute_uri(reverse("storefront:transfer", args=[one.reference])),
        needs_approval=current_winery().transfers == TransferPolicy.APPROVED,
    )
    return render(request, "storefront/futures/transfer.html", context, status=422 if problem else 200)


def _act(request: HttpRequest, customer: Customer, one: Transfer) -> HttpResponse:
    actor, now, act = customer_actor(request), read_clock(), request.POST.get("act", "")
    if act == "accept":
        signature = request.POST.get("signature", "")
        done = accept_transfer(
            reference=one.reference, customer=customer, signature=signature, actor=actor, now=now
        )
        words = (
            "It is yours."
            if done.state == TransferState.APPROVED
            else "You accepted it. We look at it and write."
        )
        messages.success(request, words)
    elif act == "refuse":
        refuse_transfer(reference=one.reference, reason="", actor=actor, now=now)
        messages.success(request, "You refused it. It stays where it was.")
    elif act == "withdraw":
        withdraw_transfer(reference=one.reference, actor=actor, now=now)
        messages.success(request, "You took the offer back.")
    return redirect("storefront:transfer", one.reference)
