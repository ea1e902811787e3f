"""The page of an offer: its wines with what was just typed, or why there are none just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString

from tirage.checkout.meanwhile import cart_shown
from tirage.checkout.operations import hold_minimums, minimums_of, note_look
from tirage.checkout.queries import load_offer_page, load_set_aside, with_banks
from tirage.checkout.rules import OfferPage
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.joining.queries import standing_of
from tirage.offers.models import Offer
from tirage.offers.rules import OfferStatus
from tirage.parts.hands import Carried, carried_in
from tirage.storefront.frame.forms import BOTTLES, WISH, agreed_items, read_quantities
from tirage.storefront.frame.identity import current_visit, customer_actor, page_context, shop_time
from tirage.storefront.offer.aside import Aside, asides_of, faults_of_kept, kept_rows, kept_words
from tirage.storefront.offer.black_box import is_own, record_offer, record_set_aside
from tirage.storefront.offer.early import early_words
from tirage.storefront.offer.listing import strip_of, wines_of
from tirage.storefront.offer.taking import select, taking_of
from tirage.storefront.offer.volume import volume_words
from tirage.storefront.offer.whole import add_order_of, whole_allocation
from tirage.storefront.offer.wines import closed_words, faults_of_rows, offer_words, wine_rows, with_problems
from tirage.wishes.queries import what_lacks

#: What the form of the page is about.
CART = "cart"
#: Asks for the wines of an offer of which there is a plan.
WINES = "wines"
_CLOSED_PAGES = {
    OfferStatus.NONE: "storefront/offer/none.html",
    OfferStatus.NOT_YET: "storefront/offer/not_yet.html",
    OfferStatus.CLOSED: "storefront/offer/closed.html",
}


def show_offer(
    request: HttpRequest,
    customer: Customer,
    *,
    problem: str = "",
    refusal: DomainError | None = None,
    news: str = "",
    status: int = 200,
    first_look: bool = False,
) -> HttpResponse:
    """The offer page; steppers keep what was just sent, whatever became of it.

    With ``first_look`` it is kept that the customer has seen it, once, and the purchase minimums may be held, where
    the winery wants that.
    """
    now = shop_time(request)
    preview = _previewed(request)
    page = load_offer_page(customer, now, preview=preview)
    if first_look and _is_planned(request, page):
        return redirect("storefront:plan")
    if first_look and _is_seen_first(request, page):
        note_look(customer=customer, page=page, now=now)
    if first_look and _holds_minimums(request, page):
        hold_minimums(customer=customer, actor=customer_actor(request), now=now)
        page = load_offer_page(customer, now)
    has_set_aside = page.offer is None or page.offer.has_set_aside
    asides = asides_of(customer, now) if has_set_aside else ()
    if page.offer is None or (page.status is not OfferStatus.OPEN and preview is None):
        problem = problem or (refusal.message if refusal else "")
        record_offer(request, customer, page, (), problem=problem, now=now)
        return _show_closed(request, page, now, asides, problem, status)
    page = replace(page, items=with_banks(page.items, customer.pk))
    wrong = refusal.fields if refusal else {}
    wished = _typed(request, WISH) or _asked_for(request)
    rows = wine_rows(page, now, _typed(request, BOTTLES), wished, agreed_items(request.POST))
    rows = with_problems(rows, wrong)
    faults = faults_of_rows(rows)
    said = problem or (refusal.message if refusal else "")
    record_offer(request, customer, page, rows, problem=said, now=now)
    order_reference = add_order_of(customer, page, now)
    words = offer_words(page, rows, now)
    selection = select(page, rows)
    taking = taking_of(page, rows, selection, is_held=bool(words["held_until"]))
    context = page_context(
        request,
        **words,
        selection=selection,
        taking=taking,
        wines=wines_of(rows),
        strip=strip_of(rows),
        volume=volume_words(customer, page, now),
        lacks=what_lacks(customer.pk, now) if words["has_promises"] else None,
        whole=whole_allocation(page, order_reference, taking),
        add_to=order_reference,
        asides=asides,
        now=now,
        problem="" if faults else said,
        faults=faults,
        news=news,
        shown_field=cart_field(page, request.POST if request.method == "POST" else None),
        is_test=page.is_test,
    )
    return render(request, "storefront/offer/offer.html", context, status=status)


def show_set_aside(
    request: HttpRequest,
    customer: Customer,
    reference: str,
    *,
    problem: str = "",
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    """Bottles that are set aside for the customer; once they are bought, let go or over, the page that says so."""
    now = shop_time(request)
    page = load_set_aside(customer, reference, now)
    wrong = refusal.fields if refusal else {}
    typed = _typed(request, BOTTLES)
    rows = kept_rows(page, typed, wrong)
    said = problem or (refusal.message if refusal else "")
    record_set_aside(request, customer, page, typed, problem=said, now=now)
    context = page_context(
        request,
        offer=page.offer,
        rows=rows,
        reference=reference,
        is_paying=bool(page.cart and page.cart.pending_order_reference),
        is_over=page.status is not OfferStatus.OPEN or not rows,
        bottles=sum(item.limits.maximum - item.used for item in page.items),
        faults=faults_of_kept(rows),
        problem="" if wrong else said,
        now=now,
        **kept_words(page, now),
    )
    return render(request, "storefront/offer/set_aside.html", context, status=status)


def cart_field(page: OfferPage, sent: Mapping[str, str] | None = None) -> SafeString:
    """The hidden field of what a page shows as the cart; where its steppers stay as sent, what it showed before."""
    carried = carried_in(sent, CART) if sent is not None else None
    return Carried(CART, cart_shown(page) if carried is None else carried).field


def _show_closed(
    request: HttpRequest,
    page: OfferPage,
    now: datetime,
    asides: Sequence[Aside],
    problem: str,
    status: int,
) -> HttpResponse:
    context = page_context(request, **closed_words(page, now), now=now, asides=asides, problem=problem)
    if page.status is OfferStatus.NOT_YET and context["customer"]:
        context |= early_words(page, context["customer"], now)
    if page.status is OfferStatus.NONE and context["customer"]:
        context["standing"] = standing_of(context["customer"], now)
    return render(request, _CLOSED_PAGES[page.status], context, status=status)


def _typed(request: HttpRequest, prefix: str) -> Mapping[int, int]:
    try:
        return read_quantities(request.POST, prefix)
    except DomainError:
        return {}


def _asked_for(request: HttpRequest) -> Mapping[int, int]:
    """Wishes that a link brings back: they were typed and not kept."""
    try:
        return read_quantities(request.GET, WISH)
    except DomainError:
        return {}


def _is_planned(request: HttpRequest, page: OfferPage) -> bool:
    """Whether the customer planned what to take of it, has taken nothing yet, and doesn’t ask for the wines."""
    offer, waits = page.offer, page.cart is None or not page.cart.lines
    is_asked = WINES in request.GET or not is_own(request)
    return bool(offer and offer.has_plan and page.status is OfferStatus.OPEN and waits and not is_asked)


def _is_seen_first(request: HttpRequest, page: OfferPage) -> bool:
    offer = page.offer
    return offer is not None and not offer.was_seen and page.status is OfferStatus.OPEN and is_own(request)


def _holds_minimums(request: HttpRequest, page: OfferPage) -> bool:
    """Only for the customers themselves: staff who look as them take nothing from anybody."""
    is_first = page.status is OfferStatus.OPEN and page.cart is None
    return current_winery().strict_minimums and is_own(request) and is_first and bool(minimums_of(page))


def _previewed(request: HttpRequest) -> Offer | None:
    visit = current_visit(request)
    if visit is None or visit.seen is None or not visit.seen.offer_reference:
        return None
    return Offer.objects.filter(reference=visit.seen.offer_reference).first()
