"""The offer and the cart: look, hold, change, let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tirage.checkout.operations import (
    ask_to_be_told,
    empty_cart,
    hold_minimums,
    minimums_of,
    retake_cart,
    set_cart,
    take_full_allocation,
)
from tirage.checkout.queries import load_offer_page
from tirage.checkout.rules import OfferPage
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus
from tirage.storefront.frame.forms import BOTTLES, WISH, WISH_BEFORE, read_quantities
from tirage.storefront.frame.identity import (
    current_visit,
    customer_actor,
    customer_required,
    page_context,
    shop_time,
)
from tirage.storefront.offer.wines import closed_words, offer_words, wine_rows
from tirage.wishes.operations import set_wish

_CLOSED_PAGES = {
    OfferStatus.NONE: "storefront/offer/offer_none.html",
    OfferStatus.NOT_YET: "storefront/offer/offer_not_yet.html",
    OfferStatus.CLOSED: "storefront/offer/offer_closed.html",
}


@customer_required(adult=True)
@require_safe
def offer(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The wines that are this customer's to take, or why there are none just now."""
    return show_offer(request, customer, first_look=request.method == "GET")


@customer_required(adult=True)
def cart(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Every button of the offer page: hold, take all, take again, let go, wish. Looking leads to the checkout."""
    if request.method != "POST":
        return redirect("storefront:checkout")
    act = _ACTS.get(request.POST.get("act", "hold"), _hold)
    try:
        return act(request, customer)
    except DomainError as refusal:
        return show_offer(request, customer, problem=refusal.message, status=422)


@customer_required(adult=True)
@require_POST
def tell_me(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Keeps that the customer wants a mail when bottles of a wine come back; what was chosen stays chosen."""
    now = read_clock()
    page = load_offer_page(customer, now)
    item = next((item for item in page.items if item.code == request.POST.get("sku")), None)
    if item is None:
        return show_offer(request, customer, problem="This wine is no longer part of your offer.", status=404)
    try:
        ask_to_be_told(customer=customer, sku_id=item.sku_id, actor=customer_actor(request), now=now)
    except DomainError as refusal:
        return show_offer(request, customer, problem=refusal.message, status=422)
    return show_offer(request, customer, news=f"We will write to you when {item.name} comes back.")


def show_offer(
    request: HttpRequest,
    customer: Customer,
    *,
    problem: str = "",
    news: str = "",
    status: int = 200,
    first_look: bool = False,
) -> HttpResponse:
    """The offer page; steppers keep what was just sent, whatever became of it.

    With ``first_look`` the purchase minimums may be held, where the winery wants that.
    """
    now = shop_time(request)
    preview = _previewed(request)
    page = load_offer_page(customer, now, preview=preview)
    if first_look and _holds_minimums(request, page):
        hold_minimums(customer=customer, actor=customer_actor(request), now=now)
        page = load_offer_page(customer, now)
    if page.offer is None or (page.status is not OfferStatus.OPEN and preview is None):
        return _show_closed(request, page, now, status)
    rows = wine_rows(page, now, _typed(request, BOTTLES), _typed(request, WISH))
    context = page_context(
        request,
        **offer_words(page, rows, now),
        now=now,
        agreed=request.POST.get("agreed") == "1" or any(row.wished for row in rows),
        problem=problem,
        news=news,
    )
    return render(request, "storefront/offer/offer.html", context, status=status)


def _show_closed(request: HttpRequest, page: OfferPage, now: datetime, status: int) -> HttpResponse:
    context = page_context(request, **closed_words(page, now), now=now)
    return render(request, _CLOSED_PAGES[page.status], context, status=status)


def _hold(request: HttpRequest, customer: Customer) -> HttpResponse:
    _wish_what_changed(request, customer)
    quantities = read_quantities(request.POST, BOTTLES)
    if not any(quantities.values()) and "had_cart" not in request.POST:
        return redirect("storefront:offer")
    outcome = set_cart(
        customer=customer, quantities=quantities, actor=customer_actor(request), now=read_clock()
    )
    return _after_hold(
        request, [shortage.message for shortage in outcome.shortages], any(quantities.values())
    )


def _take_all(request: HttpRequest, customer: Customer) -> HttpResponse:
    outcome = take_full_allocation(customer=customer, actor=customer_actor(request), now=read_clock())
    return _after_hold(request, [shortage.message for shortage in outcome.shortages], True)


def _retake(request: HttpRequest, customer: Customer) -> HttpResponse:
    outcome = retake_cart(customer=customer, actor=customer_actor(request), now=read_clock())
    return _after_hold(request, [shortage.message for shortage in outcome.shortages], True)


def _empty(request: HttpRequest, customer: Customer) -> HttpResponse:
    empty_cart(customer=customer, actor=customer_actor(request), now=read_clock())
    messages.info(request, "Your cart is empty and the bottles are back with everybody else.")
    return redirect("storefront:offer")


def _wish(request: HttpRequest, customer: Customer) -> HttpResponse:
    _wish_what_changed(request, customer)
    return redirect("storefront:offer")


_ACTS = {"hold": _hold, "all": _take_all, "retake": _retake, "empty": _empty, "wish": _wish}


def _after_hold(request: HttpRequest, shortages: list[str], wants_some: bool) -> HttpResponse:
    for message in shortages:
        messages.warning(request, message)
    return redirect("storefront:checkout" if wants_some else "storefront:offer")


def _wish_what_changed(request: HttpRequest, customer: Customer) -> None:
    """One operation a wish that differs from what the page showed; pages rarely change more than one."""
    wanted, shown = read_quantities(request.POST, WISH), read_quantities(request.POST, WISH_BEFORE)
    changed = {item: quantity for item, quantity in wanted.items() if quantity != shown.get(item, 0)}
    for item, quantity in changed.items():
        set_wish(
            customer=customer,
            offer_item_id=item,
            quantity=quantity,
            agreed=request.POST.get("agreed") == "1",
            actor=customer_actor(request),
            now=read_clock(),
        )
    if changed:
        messages.success(
            request, "Your wishes are kept." if any(changed.values()) else "Your wish is withdrawn."
        )


def _typed(request: HttpRequest, prefix: str) -> Mapping[int, int]:
    if request.method != "POST":
        return {}
    try:
        return read_quantities(request.POST, prefix)
    except DomainError:
        return {}


def _holds_minimums(request: HttpRequest, page: OfferPage) -> bool:
    """Only for the customers themselves: staff who look as them take nothing from anybody."""
    visit = current_visit(request)
    is_own = visit is not None and visit.seen is None
    is_first = page.status is OfferStatus.OPEN and page.cart is None
    return current_winery().strict_minimums and is_own and is_first and bool(minimums_of(page))


def _previewed(request: HttpRequest) -> Offer | None:
    visit = current_visit(request)
    if visit is None or visit.seen is None or not visit.seen.offer_reference:
        return None
    return Offer.objects.filter(reference=visit.seen.offer_reference).first()
