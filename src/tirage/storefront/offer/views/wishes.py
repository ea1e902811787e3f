"""What the customer wished for, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tirage.catalog.rules import full_title
from tirage.checkout.queries import load_offer_page
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus
from tirage.offers.states import WishKind
from tirage.storefront.frame.forms import WISH, agreed_items, read_quantities
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context, shop_time
from tirage.storefront.offer.answered import Answered, answer_of, lines_of
from tirage.storefront.offer.black_box import answered, record_press, record_wishes, wish_shown
from tirage.storefront.offer.wines import decision_words
from tirage.wishes.models import Wish
from tirage.wishes.operations import set_wish, withdraw_wish
from tirage.wishes.queries import what_lacks, wish_price
from tirage.wishes.states import WishState
from tirage.wishes.wording import price_words, promise_words


@customer_required()
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Wishes with their answers; open ones can be changed while their offer is open, and withdrawn always."""
    if request.method != "POST":
        return _show(request, customer)
    pressed, name = read_clock(), "withdraw" if "withdraw" in request.POST else "change_wish"
    try:
        words = _withdraw(request, customer) if "withdraw" in request.POST else _change(request, customer)
    except DomainError as refusal:
        record_press(request, customer, name, refusal=refusal.message, at=pressed)
        return _show(request, customer, problem=refusal.message, status=422)
    answered(request, words)
    record_press(request, customer, name, at=pressed)
    messages.success(request, words)
    return redirect("storefront:wishes")


def _withdraw(request: HttpRequest, customer: Customer) -> str:
    withdraw_wish(
        customer=customer,
        wish_reference=request.POST["withdraw"][:40],
        actor=customer_actor(request),
        now=read_clock(),
    )
    return "Your wish is withdrawn."


def _change(request: HttpRequest, customer: Customer) -> str:
    asked = read_quantities(request.POST, WISH)
    open_ones = Wish.objects.filter(customer=customer, offer_item__in=asked, state=WishState.OPEN.value)
    before = dict(open_ones.values_list("offer_item", "asked"))
    for item, quantity in asked.items():
        set_wish(
            customer=customer,
            offer_item_id=item,
            quantity=quantity,
            agreed=item in agreed_items(request.POST) or request.POST.get("agreed") == "1",
            actor=customer_actor(request),
            now=read_clock(),
        )
    return "Your wish stays as it is." if before == asked else "Your wish is changed."


def _show(request: HttpRequest, customer: Customer, *, problem: str = "", status: int = 200) -> HttpResponse:
    found = Wish.objects.filter(customer=customer).select_related(
        "offer_item__sku", "offer_item__offer__release", "order"
    )
    page = load_offer_page(customer, shop_time(request))
    limits = (
        {item.offer_item_id: item.wish_maximum for item in page.items}
        if page.status is OfferStatus.OPEN
        else {}
    )
    now = shop_time(request)
    wishes = list(found.order_by("-id"))
    lines = lines_of(wishes)
    rows = [_row(wish, answer_of(wish, lines.get(wish.pk, [])), limits, request.POST, now) for wish in wishes]
    shown = [
        wish_shown(
            sku_id=row["wish"].offer_item.sku_id,
            asked=row["wish"].asked,
            maximum=row["maximum"],
            words=(row["release"], row["answered"].state, row["answered"].words),
        )
        for row in rows
    ]
    record_wishes(request, customer, page, shown, problem=problem, now=now)
    promises = any(row["is_open"] and row["is_promise"] for row in rows)
    lacks = what_lacks(customer.pk, now) if promises else None
    context = page_context(
        request, rows=rows, lacks=lacks, problem=problem, can_wish=bool(limits) and any(limits.values())
    )
    return render(request, "storefront/offer/wishes.html", context, status=status)


def _row(
    wish: Wish, answered: Answered, limits: dict[int, int], typed: QueryDict, now: datetime
) -> dict[str, Any]:
    """What the page says of a wish; in its form what was ``typed``, if that was refused or sent without a sign-in."""
    sku = wish.offer_item.sku
    is_open = wish.state == WishState.OPEN and not answered.is_under_way
    winery, offer = current_winery(), wish.offer_item.offer
    is_promise = wish.kind == WishKind.PROMISE
    price = wish_price(wish, winery.currency)
    return {
        "price": price_words(price, wish.asked - wish.granted, winery.locale, is_promise=is_promise)
        if is_open
        else "",
        "least": max(wish.granted, 1),
        "decision": decision_words(offer.release.wishes_decided_on, offer.closes_at, winery, now)
        if is_open
        else "",
        "rule": offer.release.wish_rule if is_open else "",
        "agreement": promise_words(price, winery.locale) if is_promise else "",
        "wish": wish,
        "item": wish.offer_item_id,
        "asked": typed.get(f"{WISH}{wish.offer_item_id}", wish.asked),
        "agrees": f"{WISH}{wish.offer_item_id}" not in typed or wish.offer_item_id in agreed_items(typed),
        "name": full_title(sku.name, sku.format_name),
        "release": wish.offer_item.offer.release.name,
        "answered": answered,
        "maximum": limits.get(wish.offer_item_id, 0) if is_open else 0,
        "is_open": is_open,
        "is_promise": is_promise,
        "order_reference": wish.order.reference if wish.order else "",
    }
