"""Taking the whole allocation, the usual or the rest in one tap, or into an order that is there already: in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tirage.changes.window import is_over
from tirage.checkout.allocation import Portion, bottles_left, full_portion, usual_portion
from tirage.checkout.rules import OfferPage
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.orders.queries import order_to_add_to
from tirage.storefront.offer.wines import say_bottles


class Button(NamedTuple):
    """One press: the ``act`` that it sends, and what it says."""

    act: str
    words: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What stands above the wines. ``facts`` are bottles and money of the first button."""

    title: str
    facts: str
    note: str
    buttons: Sequence[Button]


def whole_allocation(page: OfferPage, order_reference: str) -> Whole | None:
    """What one press would take, exactly; None when that is nothing. ``order_reference`` may be empty."""
    full, usual = full_portion(page), usual_portion(page)
    if page.offer is None or not full.bottles:
        return None
    left = bottles_left(page)
    bought = any(item.used for item in page.items)
    buttons = []
    if usual.bottles and not usual.unmet and dict(usual.pieces) != dict(full.pieces):
        buttons.append(Button("usual", f"Take my usual {usual.bottles}"))
    if not full.unmet:
        buttons.append(Button("all", _take(full.bottles, left, bought=bought)))
    if order_reference:
        buttons.append(Button("add_all", f"Add to my order {order_reference}"))
    first = usual if buttons and buttons[0].act == "usual" else full
    title = (
        "Your usual"
        if first is usual
        else "What is left of your allocation"
        if bought
        else "Your full allocation"
    )
    return Whole(title, _facts(first), _note(page, full, left, order_reference), buttons)


def add_order_of(customer: Customer, page: OfferPage, now: datetime) -> str:
    """The order that bottles of this offer can join; one statement where something was bought, else none."""
    if page.offer is None or not current_winery().customers_change_orders:
        return ""
    if not any(item.bought for item in page.items):
        return ""
    order = order_to_add_to(customer.pk, page.offer.release_id, test=page.is_test)
    return "" if order is None or is_over(order.release, now) else order.reference


def _take(bottles: int, left: int, *, bought: bool) -> str:
    if bottles < left:
        return f"Take the {say_bottles(bottles)} that {'is' if bottles == 1 else 'are'} free"
    if bought:
        return f"Take the last {say_bottles(bottles)}" if bottles > 1 else "Take the last bottle"
    return f"Take my full allocation: {say_bottles(bottles)}"


def _facts(portion: Portion) -> str:
    return f"{say_bottles(portion.bottles)} · {say_money(portion.amount, current_winery().locale)}"


def _note(page: OfferPage, full: Portion, left: int, order_reference: str) -> str:
    """Why fewer are offered than are allowed, and what stands in the way of ordering them."""
    short = ""
    if full.bottles < left:
        short = f"{full.bottles} of your {say_bottles(left)} {'is' if full.bottles == 1 else 'are'} free just now."
    return " ".join(part for part in (short, *(_rule(page, full, rule.rule) for rule in full.unmet)) if part)


def _rule(page: OfferPage, full: Portion, rule: str) -> str:
    if page.offer is None:
        return ""
    rules, locale = page.offer.rules, current_winery().locale
    if rule == "bottles_minimum":
        return f"An order of this offer begins at {rules.bottles_minimum} bottles."
    if rule == "spend_minimum":
        least = say_money(Money(rules.spend_minimum_minor, full.amount.currency), locale)
        return f"An order of this offer begins at {least} of wine."
    return f"One order takes at most {rules.bottles_maximum} bottles: choose yours below."
