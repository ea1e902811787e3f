"""My futures, their certificate, and its check by a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tirage.catalog.rules import full_title
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.futures.holding import Held, Holding, certificate_for, holding_of, holdings_of
from tirage.futures.models import Certificate, Lot
from tirage.futures.states import LotStage
from tirage.orders.models import Order
from tirage.storefront.frame.identity import customer_required, open_page, page_context, shop_time
from tirage.storefront.futures.settling import settlement_of

#: The way of wine from its order to its customer; where a lot is, the steps before it are done.
TIMELINE = ("Ordered", "Élevage", "Bottled", "Arrived", "Settlement", "On its way")
_AT = {LotStage.ELEVAGE: 1, LotStage.BOTTLED: 2, LotStage.ARRIVED: 3}


@dataclass(frozen=True, slots=True)
class Step:
    words: str
    is_done: bool
    is_here: bool


@customer_required()
@require_safe
def futures(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What the customer has, when it may come, what is paid and what is still to come."""
    rows = [_holding_words(one) for one in holdings_of(customer)]
    return render(request, "storefront/futures/futures.html", page_context(request, rows=rows))


@customer_required()
@require_safe
def certificate(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """The certificate of one order, to be printed."""
    order = get_object_or_404(Order, reference=reference, customer=customer)
    try:
        made = certificate_for(order, now=read_clock())
    except DomainError as refused:
        raise Http404(refused.message) from None
    return render(
        request, "storefront/futures/certificate.html", _certificate_words(request, made, is_own=True)
    )


@open_page
@require_safe
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """What a certificate proves, for anybody who has its reference; whose it is, it doesn't say."""
    found = Certificate.objects.select_related("order").filter(reference=reference.upper()).first()
    if found is None:
        context = page_context(request, reference=reference[:40])
        return render(request, "storefront/futures/unknown.html", context, status=404)
    return render(
        request, "storefront/futures/certificate.html", _certificate_words(request, found, is_own=False)
    )


def _certificate_words(request: HttpRequest, made: Certificate, *, is_own: bool) -> dict[str, Any]:
    held = holding_of(made.order)
    return page_context(
        request,
        certificate=made,
        is_own=is_own,
        owner=made.order.recipient if is_own else "",
        held=[_held_words(one) for one in held.held] if held else [],
        is_paid=held is not None and not held.to_come,
        check_url=request.build_absolute_uri(reverse("storefront:check_certificate", args=[made.reference])),
        at=shop_time(request),
    )


def _holding_words(one: Holding) -> dict[str, Any]:
    locale = current_winery().locale
    return {
        "order": one.order,
        "held": [_held_words(held) for held in one.held],
        "paid": say_money(one.paid, locale),
        "to_come": say_money(one.to_come, locale) if one.to_come else "",
        "settlement": settlement_of(one.order),
    }


def _held_words(one: Held) -> dict[str, Any]:
    return {
        "title": full_title(one.lot.sku.name, one.lot.sku.format_name),
        "format": one.lot.sku.format_name,
        "vintage": one.lot.sku.vintage.year,
        "pieces": one.pieces,
        "lot": one.lot,
        "window": _window(one.lot),
        "steps": _steps(one.lot),
    }


def _window(lot: Lot) -> str:
    first, last = f"{lot.window_from:%B %Y}", f"{lot.window_until:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _steps(lot: Lot) -> list[Step]:
    here = _AT[LotStage(lot.stage)]
    return [Step(words, place < here, place == here) for place, words in enumerate(TIMELINE)]
