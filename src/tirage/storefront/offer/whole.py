"""What can be taken in one press besides what the main button takes, or put into an order that is there: in words."""

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
from tirage.storefront.offer.taking import USUAL, Taking, all_words, fill
from tirage.storefront.offer.wines import say_bottles


class Button(NamedTuple):
    """One press: the ``act`` that it sends, and what it says."""

    act: str
    words: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What stands above the wines, where there is something to say."""

    note: str
    buttons: Sequence[Button]


def whole_allocation(page: OfferPage, order_reference: str, taking: Taking) -> Whole | None:
    """What one press would take, exactly, besides what the main button takes; None when there is nothing to take or to
    say. ``order_reference`` may be empty.
    """
    full, usual = full_portion(page), usual_portion(page)
    if page.offer is None or not full.bottles:
        return None
    left = bottles_left(page)
    buttons = []
    if usual.bottles and not usual.unmet and usual.bottles not in {full.bottles, taking.bottles}:
        buttons.append(Button("usual", fill(USUAL, usual.bottles, usual.amount)))
    if not full.unmet and full.bottles != taking.bottles:
        buttons.append(Button("all", fill(all_words(page), full.bottles, full.amount)))
    if order_reference:
        buttons.append(Button("add_all", f"Add to my order {order_reference}"))
    note = _note(page, full, left, order_reference)
    return Whole(note, buttons) if buttons or note else None


def add_order_of(customer: Customer, page: OfferPage, now: datetime) -> str:
    """The order that bottles of this offer can join; one statement where something was bought, else none."""
    if page.offer is None or not current_winery().customers_change_orders:
        return ""
    if not any(item.bought for item in page.items):
        return ""
    order = order_to_add_to(customer.pk, page.offer.release_id, test=page.is_test)
    return "" if order is None or is_over(order.release, now) else order.reference


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
