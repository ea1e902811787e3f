"""An offer that isn't open yet: its moment for the calendar, and a mail before it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tirage.checkout.operations.opening import ask_for_reminder, drop_reminder
from tirage.checkout.queries import load_offer_page
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus
from tirage.storefront.frame.calendar import calendar_answer
from tirage.storefront.frame.identity import customer_actor, customer_required, shop_time
from tirage.storefront.offer.early import opening_entry
from tirage.storefront.offer.page import show_offer


@customer_required(adult=True)
@require_safe
def calendar(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The opening of the customer's next offer, as a file for a calendar."""
    now = shop_time(request)
    page = load_offer_page(customer, now)
    if page.offer is None or page.status is not OfferStatus.NOT_YET:
        raise Http404("no offer of this customer is about to open")
    return calendar_answer(page.offer.reference, [opening_entry(page.offer)], now=now)


@customer_required(adult=True, back="storefront:offer")
@require_POST
def remind_me(request: HttpRequest, customer: Customer) -> HttpResponse:
    """A mail before the offer opens, or none after all."""
    actor, now = customer_actor(request), read_clock()
    try:
        if request.POST.get("act") == "drop":
            drop_reminder(customer=customer, actor=actor, now=now)
            messages.info(request, "You get no reminder of it.")
        else:
            ask_for_reminder(customer=customer, actor=actor, now=now)
            messages.success(request, f"We write to {customer.email} half an hour before it opens.")
    except DomainError as refusal:
        return show_offer(request, customer, refusal=refusal, status=422)
    return redirect("storefront:offer")
