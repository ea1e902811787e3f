"""Another card for what is still to come of wine en primeur, with the words that the customer agrees to."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.core.clock import read_clock
from tirage.core.dated import say_date
from tirage.core.errors import DomainError
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.futures.cards import ORDERS, Ending, ToCome, ending_cards, name_card, orders_to_come
from tirage.futures.ordering import say_mandate
from tirage.storefront.checkout.card_fields import allow_card_sources, card_faults, card_fields
from tirage.storefront.checkout.typed_card import save_typed, status_of
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context

#: How far ahead a customer is shown what a card won't do for.
AHEAD = 366


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def later_card(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Fields for a card, what it will be charged for, and the mandate beside the button."""
    refused, status = None, 200
    if request.method == "POST":
        try:
            return _save(request, customer)
        except DomainError as refusal:
            refused, status = refusal, status_of(refusal.code)
    now = read_clock()
    orders = orders_to_come(customer)
    endings = ending_cards(now, within=AHEAD, customer=customer) if orders else []
    context = page_context(
        request,
        orders=orders,
        due=[_words(one) for ending in endings for one in ending.due],
        ending=_say_ending(endings[0]) if endings else "",
        mandate=say_mandate(ORDERS),
        card_fields=card_fields(customer, refused, request.POST),
        faults=card_faults(refused),
        key=secrets.token_hex(8),
    )
    page = render(request, "storefront/futures/later_card.html", context, status=status)
    return allow_card_sources(page)


def _save(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The gateway keeps the card first; then it is named for the orders."""
    saved = save_typed(request, customer, make_default=True)
    with transaction.atomic():
        name_card(customer=customer, card=saved, actor=customer_actor(request), now=read_clock())
    messages.success(request, f"Thank you. From now on we charge your {saved.label}.")
    return redirect("storefront:futures")


def _words(one: ToCome) -> tuple[str, str, str]:
    amount = say_money(one.amount, current_winery().locale) if one.amount else "Delivery, duty and taxes"
    return one.order.reference, say_date(one.on), amount


def _say_ending(one: Ending) -> str:
    if one.card is None:
        return "No card of yours is saved that we could charge."
    return f"Your {one.card.label} expires at the end of {one.end}, before {say_date(one.on)}."
