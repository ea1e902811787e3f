"""*Choose before nine*: a plan of what to take, and the one press that tries to take and order all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.checkout.models import OpeningPlan
from tirage.checkout.operations.looking import note_look
from tirage.checkout.operations.planning import (
    PlanWays,
    as_planned,
    drop_plan,
    keep_plan,
    pieces_of,
    plan_of,
    take_plan,
)
from tirage.checkout.queries import load_offer_page
from tirage.checkout.rules import ItemView, OfferPage
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.offers.rules import OfferStatus
from tirage.parts.faults import Fault
from tirage.parts.hands import Carried
from tirage.parts.wording import say_moment
from tirage.storefront.checkout.till import (
    CHECKOUT,
    NEW,
    UNCHOSEN,
    Choice,
    Till,
    card_words,
    lines_of,
    open_till,
    read_choice,
    till_words,
)
from tirage.storefront.checkout.views import after_placing, place_cart, show_checkout
from tirage.storefront.frame.forms import BOTTLES, read_quantities
from tirage.storefront.frame.identity import customer_actor, customer_required, page_context, shop_time
from tirage.storefront.offer.black_box import answered, is_own, record_press
from tirage.storefront.offer.wines import item_name, label_url, progress_words, say_bottles

#: Of the form at the opening.
_FORM = "plan-form"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A wine as a choice: a stepper without a word about stock."""

    id: int
    name: str
    price: str
    price_minor: int
    units: int
    label_url: str
    quantity: int
    maximum: int
    multiple: int
    least: int
    limit: str
    problem: str


@customer_required(adult=True)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What is planned, to be changed until the offer opens; then what it comes to, with the one button."""
    if request.method != "POST":
        return show_plan(request, customer)
    actor, now = customer_actor(request), read_clock()
    try:
        if request.POST.get("act") == "drop":
            return _drop(request, customer, now)
        keep_plan(
            customer=customer,
            quantities=read_quantities(request.POST, BOTTLES),
            ways=_ways(read_choice(request.POST)),
            actor=actor,
            now=now,
        )
    except DomainError as refusal:
        return show_plan(request, customer, refusal=refusal, status=422)
    messages.success(request, "Your plan is kept. Nothing is held for you before the offer opens.")
    return redirect("storefront:plan")


def _drop(request: HttpRequest, customer: Customer, now: datetime) -> HttpResponse:
    offer = load_offer_page(customer, now).offer
    if offer:
        drop_plan(customer=customer, offer_id=offer.id, actor=customer_actor(request), now=now)
        messages.info(request, "Your plan is forgotten.")
    return redirect("storefront:offer")


@customer_required(adult=True, back="storefront:plan")
@require_POST
def take(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The one press: all of it is held, and ordered if all of it is there; else what is there waits at the checkout."""
    pressed, choice = read_clock(), read_choice(request.POST)
    page = load_offer_page(customer, pressed)
    found = plan_of(customer, page.offer.id) if page.offer else None
    if page.offer is None or found is None:
        messages.info(
            request, "There is no plan to take any more. What it brought is in your cart or your orders."
        )
        return redirect("storefront:checkout")
    pieces, gone = _within(page, found)
    try:
        outcome = take_plan(
            customer=customer, plan=found, pieces=pieces, actor=customer_actor(request), now=pressed
        )
    except DomainError as refusal:
        record_press(request, customer, "plan", refusal=refusal.message, at=pressed)
        return show_plan(request, customer, refusal=refusal, status=422)
    short = [*gone, *outcome.moved, *(one.message for one in outcome.shortages)]
    answered(request, *short)
    record_press(request, customer, "plan", at=pressed)
    if short or request.POST.get("act") != "order":
        return _to_choice(request, choice, short, has_some=outcome.expires_at is not None)
    cart = load_offer_page(customer, read_clock()).cart
    try:
        placing = place_cart(request, customer, choice, attempt=cart.attempt if cart else 0)
    except DomainError as refusal:
        record_press(request, customer, "place", refusal=refusal.message, at=pressed)
        return show_checkout(request, customer, choice, refusal=refusal, status=422)
    record_press(request, customer, "place", at=pressed)
    return after_placing(request, customer, choice, placing)


def _within(page: OfferPage, plan: OpeningPlan) -> tuple[dict[int, int], list[str]]:
    """What of a plan the offer's rules let be taken now, and what they don't any more, in words."""
    pieces, said = {}, []
    for id, wanted in pieces_of(plan).items():
        item = page.item(id)
        pieces[id] = min(wanted, item.cap) if item else 0
        if item is None:
            said.append("A wine of your plan isn’t in the offer any more.")
        elif pieces[id] < wanted:
            said.append(f"{item.full_name}: you may take {item.cap} now, and had planned {wanted}.")
    return {id: count for id, count in pieces.items() if count}, said


def _to_choice(request: HttpRequest, choice: Choice, short: Sequence[str], *, has_some: bool) -> HttpResponse:
    """What is gone is said; the rest is held, and is ordered or not."""
    for words in short:
        messages.warning(request, words)
    if not has_some:
        return redirect("storefront:offer")
    if short:
        messages.info(request, "The rest is held for you. Nothing is ordered yet.")
    chosen = {"address": choice.address, "method": choice.method, "card": choice.card}
    return redirect(f"{reverse('storefront:checkout')}?{urlencode(chosen)}")


def show_plan(
    request: HttpRequest, customer: Customer, *, refusal: DomainError | None = None, status: int = 200
) -> HttpResponse:
    """The plan's page, or the way to the offer where there is nothing to plan and nothing planned."""
    now = shop_time(request)
    page = load_offer_page(customer, now)
    found = plan_of(customer, page.offer.id) if page.offer else None
    is_open = page.status is OfferStatus.OPEN
    can_plan = page.status is OfferStatus.NOT_YET and page.offer is not None and page.offer.shown_early
    if page.offer is None or not (can_plan or (is_open and found)):
        if refusal:
            messages.warning(request, refusal.message)
        return redirect("storefront:offer")
    if is_open and not page.offer.was_seen and is_own(request):
        note_look(customer=customer, page=page, now=now)
    pieces = _pieces(request, page, found)
    till = open_till(customer, as_planned(page, pieces), _choice(request, found), now)
    winery, wrong = current_winery(), refusal.fields if refusal else {}
    words = _words(till, now) | {
        "offer": page.offer,
        "opens_words": say_moment(page.offer.opens_at, winery.time_zone, winery.locale),
        "now": now,
        "plan": found,
        "rows": _rows(page, pieces, wrong),
        "faults": _faults(refusal),
        "is_test": page.is_test,
        # The header counts what is in the cart, and nothing is.
        "cart_bottles": None,
    }
    context = page_context(request, **words)
    name = "taking" if is_open else "plan"
    return render(request, f"storefront/checkout/{name}.html", context, status=status)


def _pieces(request: HttpRequest, page: OfferPage, plan: OpeningPlan | None) -> Mapping[int, int]:
    """What was just typed, else what is planned, else what is usual."""
    try:
        typed = read_quantities(request.POST, BOTTLES)
    except DomainError:
        typed = {}
    if typed:
        return typed
    return pieces_of(plan) if plan else {item.offer_item_id: item.usual for item in page.items}


def _choice(request: HttpRequest, plan: OpeningPlan | None) -> Choice:
    if request.POST:
        return read_choice(request.POST)
    if plan is None:
        return Choice(credit=True)
    return Choice(address=plan.address, method=plan.method, card=plan.card, credit=plan.uses_credit)


def _ways(choice: Choice) -> PlanWays:
    """What was chosen of what is saved already."""
    address, method, card = ("" if one in (NEW, UNCHOSEN) else one for one in _chosen(choice))
    return PlanWays(address, method, card, choice.credit)


def _chosen(choice: Choice) -> tuple[str, str, str]:
    return choice.address, choice.method, choice.card


def _words(till: Till, now: datetime) -> dict[str, Any]:
    """What it comes to; the whole of the checkout's words only where it has wines."""
    locale = current_winery().locale
    known = till_words(till, now) if till.cart.lines else {}
    return {
        **known,
        "lines": lines_of(till.cart),
        "cart_words": say_bottles(till.cart.bottles),
        "choice": till.choice,
        "addresses": till.addresses,
        "address": till.address,
        "methods": [
            (one.reference, one.name, say_money(one.shipping, locale) if one.shipping else "Free")
            for one in (till.quote.methods if till.quote else ())
        ],
        "cards": card_words(till.cards, now),
        "card": next(
            (one for one in card_words(till.cards, now) if one["reference"] == till.choice.card), None
        ),
        "way": till.quote.chosen if till.quote else None,
        "unmet": [rule.text for rule in progress_words(till.cart.progress) if not rule.met],
        "problem": till.problem,
        "gone": till.gone,
        "is_ready": _is_ready(till),
        "shown_field": Carried(CHECKOUT, till.shown(), form=_FORM).field if till.cart.lines else "",
    }


def _is_ready(till: Till) -> bool:
    """Whether one press can order it: nothing is left to be read, typed or chosen."""
    is_paid = till.choice.card not in (NEW, UNCHOSEN) or (bool(till.choice.credit) and not till.to_pay)
    return till.can_place and is_paid and not till.is_in_bond and not till.page.is_test


def _rows(page: OfferPage, pieces: Mapping[int, int], wrong: Mapping[str, str]) -> list[PlanRow]:
    return [_row(item, pieces.get(item.offer_item_id, 0), wrong) for item in page.items if item.cap]


def _row(item: ItemView, quantity: int, wrong: Mapping[str, str]) -> PlanRow:
    steps = f", in {item.multiple}s" if item.multiple > 1 else ""
    least = f", at least {item.least}" if item.least else ""
    return PlanRow(
        id=item.offer_item_id,
        name=item_name(item),
        price=say_money(item.price, current_winery().locale),
        price_minor=item.price.minor,
        units=item.units,
        label_url=label_url(item.label_digest),
        quantity=quantity,
        maximum=item.cap,
        multiple=item.multiple,
        least=item.least,
        limit=f"of your {item.cap}{steps}{least}",
        problem=wrong.get(f"item-{item.offer_item_id}", ""),
    )


def _faults(refusal: DomainError | None) -> list[Fault]:
    if refusal is None:
        return []
    if not refusal.fields:
        return [Fault(refusal.message)]
    return [Fault(words, name.replace("item-", "b")) for name, words in refusal.fields.items()]
