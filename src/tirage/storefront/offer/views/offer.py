"""The offer and the cart: look, hold, change, let go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from tirage.changes.operations import add_to_order
from tirage.checkout.allocation import full_portion
from tirage.checkout.meanwhile import lines_shown
from tirage.checkout.operations import (
    ask_to_be_told,
    empty_cart,
    retake_cart,
    set_cart,
    take_full_allocation,
)
from tirage.checkout.queries import load_offer_page
from tirage.checkout.rules import OfferPage
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.parts.hands import carried_in
from tirage.storefront.frame.forms import BOTTLES, WISH, WISH_BEFORE, agreed_items, read_quantities, stepped
from tirage.storefront.frame.identity import (
    customer_actor,
    customer_required,
)
from tirage.storefront.offer.black_box import answered, record_press
from tirage.storefront.offer.page import CART, show_offer
from tirage.storefront.offer.whole import add_order_of
from tirage.wishes.operations import set_wish


@customer_required(adult=True)
@require_safe
def offer(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The wines that are this customer's to take, or why there are none just now."""
    return show_offer(request, customer, first_look=request.method == "GET")


@customer_required(adult=True, back="storefront:offer")
def cart(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Every button of the offer page: hold, take all, take again, let go, wish. Looking leads to the checkout.

    A stepper pressed before scripts are there shows the page again, with its number changed and nothing taken.
    """
    if request.method != "POST":
        return redirect("storefront:checkout")
    if "step" in request.POST:
        request.POST = stepped(request.POST)  # type: ignore[assignment]
        return show_offer(request, customer)
    name, now = request.POST.get("act", "hold"), read_clock()
    name = name if name in _ACTS else "hold"
    try:
        response = _ACTS[name](request, customer)
    except DomainError as refusal:
        record_press(request, customer, name, refusal=refusal.message, at=now)
        return show_offer(request, customer, refusal=refusal, status=422)
    record_press(request, customer, name, at=now)
    return response


@customer_required(adult=True, back="storefront:offer")
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
        record_press(request, customer, "tell_me", refusal=refusal.message, at=now)
        return show_offer(request, customer, refusal=refusal, status=422)
    answered(request, item.full_name)
    record_press(request, customer, "tell_me", at=now)
    return show_offer(request, customer, news=f"We’ll write to you when {item.full_name} comes back.")


def _hold(request: HttpRequest, customer: Customer) -> HttpResponse:
    quantities = read_quantities(request.POST, BOTTLES)
    if not any(quantities.values()) and "had_cart" not in request.POST:
        return _wish(request, customer)
    outcome = set_cart(
        customer=customer,
        quantities=quantities,
        shown=_shown(request),
        actor=customer_actor(request),
        now=read_clock(),
    )
    said = [*outcome.moved, *(shortage.message for shortage in outcome.shortages)]
    has_some = outcome.expires_at is not None or any(quantities.values())
    return _after_hold(request, customer, said, has_some and not outcome.asked_about)


def _shown(request: HttpRequest) -> dict[int, int] | None:
    """The cart as the page showed it that was sent."""
    carried = carried_in(request.POST, CART)
    return None if carried is None else lines_shown(carried)


def _take_all(request: HttpRequest, customer: Customer, *, usual: bool = False) -> HttpResponse:
    outcome = take_full_allocation(
        customer=customer, usual=usual, actor=customer_actor(request), now=read_clock()
    )
    return _after_hold(request, customer, [shortage.message for shortage in outcome.shortages], True)


def _add(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What the steppers say, into the order that is there already; with none the change begins without them."""
    return _into_order(request, customer, load_offer_page(customer, read_clock()), None)


def _add_all(request: HttpRequest, customer: Customer) -> HttpResponse:
    page = load_offer_page(customer, read_clock())
    return _into_order(request, customer, page, full_portion(page).pieces if page.offer else {})


def _add_cart(request: HttpRequest, customer: Customer) -> HttpResponse:
    page = load_offer_page(customer, read_clock())
    lines = page.cart.lines if page.cart else ()
    return _into_order(request, customer, page, {line.item.offer_item_id: line.quantity for line in lines})


def _into_order(
    request: HttpRequest, customer: Customer, page: OfferPage, pieces: Mapping[int, int] | None
) -> HttpResponse:
    order_reference = add_order_of(customer, page, read_clock())
    if not order_reference:
        raise DomainError("no_order", "There is no order that these bottles could join any more.")
    _wish_aside(request, customer)
    draft = add_to_order(
        order_reference=order_reference,
        quantities=read_quantities(request.POST, BOTTLES) if pieces is None else pieces,
        actor=customer_actor(request),
        now=read_clock(),
    )
    return redirect("storefront:change", reference=draft.reference)


def _retake(request: HttpRequest, customer: Customer) -> HttpResponse:
    outcome = retake_cart(customer=customer, actor=customer_actor(request), now=read_clock())
    return _after_hold(request, customer, [shortage.message for shortage in outcome.shortages], True)


def _empty(request: HttpRequest, customer: Customer) -> HttpResponse:
    empty_cart(customer=customer, shown=_shown(request), actor=customer_actor(request), now=read_clock())
    messages.info(request, "Your cart is empty. Others can take the bottles now.")
    return redirect("storefront:offer")


def _wish(request: HttpRequest, customer: Customer) -> HttpResponse:
    _wish_what_changed(request, customer)
    return redirect("storefront:offer")


_ACTS: Mapping[str, Callable[[HttpRequest, Customer], HttpResponse]] = {
    "hold": _hold,
    "all": _take_all,
    "usual": partial(_take_all, usual=True),
    "add": _add,
    "add_all": _add_all,
    "add_cart": _add_cart,
    "retake": _retake,
    "empty": _empty,
    "wish": _wish,
}


def _after_hold(
    request: HttpRequest, customer: Customer, shortages: list[str], wants_some: bool
) -> HttpResponse:
    _wish_aside(request, customer)
    answered(request, *shortages)
    for message in shortages:
        messages.warning(request, message)
    return redirect("storefront:checkout" if wants_some else "storefront:offer")


def _wish_what_changed(request: HttpRequest, customer: Customer) -> None:
    """One operation a wish that differs from what the page showed; pages rarely change more than one."""
    changed = _wishes_changed(request)
    for item, quantity in changed.items():
        _set_wish(request, customer, item, quantity)
    if changed:
        messages.success(
            request, "Your wishes are saved." if any(changed.values()) else "Your wish is withdrawn."
        )


def _wish_aside(request: HttpRequest, customer: Customer) -> None:
    """Wishes that came along with bottles: those that can't be kept are said, with the way back to them, and are in
    nobody's way."""
    kept, refused = 0, {}
    try:
        changed = _wishes_changed(request)
    except DomainError as unreadable:
        messages.warning(request, f"Your wish is not kept yet. {unreadable.message}")
        return
    for item, quantity in changed.items():
        try:
            _set_wish(request, customer, item, quantity)
            kept += 1
        except DomainError as refusal:
            refused[item] = (quantity, refusal.message)
    if kept:
        messages.success(request, "Your wishes are kept.")
    answered(request, *(why for _, why in refused.values()))
    for item, (quantity, why) in refused.items():
        back = f"{reverse('storefront:offer')}?{WISH}{item}={quantity}#w{item}"
        words = 'Your wish is not kept yet. {} <a href="{}">Go back to the wish</a>.'
        messages.warning(request, format_html(words, why, back))


def _wishes_changed(request: HttpRequest) -> dict[int, int]:
    wanted, shown = read_quantities(request.POST, WISH), read_quantities(request.POST, WISH_BEFORE)
    return {item: quantity for item, quantity in wanted.items() if quantity != shown.get(item, 0)}


def _set_wish(request: HttpRequest, customer: Customer, item: int, quantity: int) -> None:
    set_wish(
        customer=customer,
        offer_item_id=item,
        quantity=quantity,
        agreed=item in agreed_items(request.POST) or request.POST.get("agreed") == "1",
        actor=customer_actor(request),
        now=read_clock(),
    )
