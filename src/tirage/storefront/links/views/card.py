"""Another card by a mailed link, signed out; what waits to be paid is charged to it at once, or when asked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.changes.collecting import next_card, retry_collection
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.payments.models import Collection, PaymentMethod
from tirage.payments.operations import count_card_try, find_card_link, open_payment, reconcile_payment
from tirage.payments.queries import saved_cards
from tirage.payments.rules import is_hard_decline
from tirage.payments.states import OPEN, CollectionState, PaymentState
from tirage.storefront.checkout.bank import bank_page, is_ours
from tirage.storefront.checkout.card_fields import card_faults, card_fields
from tirage.storefront.checkout.till import card_words
from tirage.storefront.frame.identity import page_context
from tirage.storefront.links.by_link import by_link, keep_card, page_by_link, status_of


@dataclass(frozen=True, slots=True)
class Owed:
    """Money that waits for a card: ``waiting`` while the bank has not decided, at ``action_url`` if it asks.

    ``refused``: the card that there is was declined for good; only another one helps.
    """

    collection: Collection
    order: str
    amount: Money
    waiting: bool
    refused: bool
    action_url: str

    @property
    def is_payable(self) -> bool:
        return not (self.waiting or self.refused)


@page_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def card_link(request: HttpRequest, token: str) -> HttpResponse:
    """The card that there is, fields for another, and what waits for it."""
    now = read_clock()
    found = find_card_link(token=token, now=now)
    if found is None or not found.is_live:
        ending = "expired" if found else "unknown"
        context = page_context(request, ending=ending, reference="") | {"customer": None}
        return render(request, "storefront/links/pay_ending.html", context, status=410 if found else 404)
    if request.method != "POST":
        return _show(request, found.customer)
    act = _pay if request.POST.get("act") == "pay" else _save
    return act(request, found.customer)


def _save(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The new card is offered first from now on, and what is open is tried with it within minutes."""
    try:
        count_card_try(customer=customer, actor=by_link(request, customer), now=read_clock())
        keep_card(request, customer, make_default=True)
    except DomainError as refused:
        return _show(request, customer, card_refusal=refused, status=status_of(refused))
    return redirect(f"{request.path}?saved=1")


def _pay(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Charges what waits, now, to the card that the page named, whichever card each was declined with. The first that
    the bank asks about, or declines, ends the round.
    """
    actor, now = by_link(request, customer), read_clock()
    try:
        count_card_try(customer=customer, actor=actor, now=now)
        for one in _owed(request, customer):
            if not one.is_payable:
                continue
            attempt = retry_collection(
                collection_reference=one.collection.reference,
                card_reference=request.POST.get("card", "")[:40],
                return_url=settings.SITE_URL + request.path,
                actor=actor,
                now=now,
            )
            if attempt.status == "needs_customer" and is_ours(attempt.action_url):
                return redirect(attempt.action_url)
            if attempt.status == "declined":
                said = (attempt.message or "Your bank declined this card.").rstrip(".")
                return _show(request, customer, problem=f"{said}. Nothing was charged.", status=402)
    except DomainError as refused:
        return _show(request, customer, problem=refused.message, status=status_of(refused))
    return redirect(f"{request.path}?paid=1")


def _owed(request: HttpRequest, customer: Customer) -> list[Owed]:
    """What is open of the customer's, each asked about at the bank where an attempt has no outcome yet."""
    collections = Collection.objects.select_related("order", "payment_method").filter(
        order__customer=customer, state=CollectionState.OPEN.value
    )
    rows = [_one_owed(request, customer, collection) for collection in collections.order_by("id")]
    return [row for row in rows if row]


def _one_owed(request: HttpRequest, customer: Customer, collection: Collection) -> Owed | None:
    payment = open_payment(order_id=collection.order_id, purpose=collection.purpose)
    if payment:
        reconcile_payment(payment=payment, actor=by_link(request, customer), now=read_clock())
        collection.refresh_from_db(fields=["state"])
        if collection.state != CollectionState.OPEN:
            return None
    waiting = payment is not None and payment.state in {state.value for state in OPEN}
    asks = payment is not None and payment.state == PaymentState.NEEDS_CUSTOMER
    return Owed(
        collection,
        collection.order.reference,
        Money(collection.amount_minor, collection.currency),
        waiting,
        collection.attempts > 0 and is_hard_decline(collection.decline_code),
        bank_page(payment) if payment and asks else "",
    )


def _show(
    request: HttpRequest,
    customer: Customer,
    *,
    problem: str = "",
    card_refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    owed = _owed(request, customer)
    payable = next((one for one in owed if one.is_payable), None)
    to_pay_with = next_card(payable.collection, read_clock()) if payable else None
    context: dict[str, Any] = page_context(
        request,
        card=_present_card(customer, owed, to_pay_with),
        owed=owed,
        can_pay=to_pay_with is not None,
        saved=request.GET.get("saved") == "1",
        paid=request.GET.get("paid") == "1" and not owed,
        problem=problem,
        key=secrets.token_hex(8),
        faults=card_faults(card_refusal),
        card_fields=card_fields(customer, card_refusal, request.POST),
    )
    return render(request, "storefront/links/card_link.html", context | {"customer": None}, status=status)


def _present_card(
    customer: Customer, owed: Sequence[Owed], to_pay_with: PaymentMethod | None
) -> dict[str, Any] | None:
    """The card that is charged next, else the one that was declined, else the first."""
    own = owed[0].collection.payment_method if owed else None
    card = to_pay_with or (
        own if own and not own.removed_at else saved_cards(customer.pk, read_clock()).first()
    )
    return card_words([card], read_clock())[0] if card else None
