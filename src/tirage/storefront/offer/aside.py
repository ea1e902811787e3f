"""What the pages say of bottles that are set aside for a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from tirage.checkout.models import Cart
from tirage.checkout.operations.setting_aside import live_set_aside
from tirage.checkout.rules import OfferPage
from tirage.checkout.splitting import may_go_on
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.delivery.days import say_date
from tirage.parts.faults import Fault
from tirage.parts.wording import say_bottles, say_moment
from tirage.standing.models import StandingLine
from tirage.storefront.offer.wines import item_name, label_url


@dataclass(frozen=True, slots=True)
class Aside:
    """Bottles set aside, as the other pages point to them."""

    reference: str
    bottles: str
    wines: str
    verb: str
    until: datetime
    until_words: str
    #: The day from which it may go, where the customer split it off an order that couldn't go all at once.
    split_on: str


def asides_of(customer: Customer, now: datetime) -> Sequence[Aside]:
    """What is set aside for a customer to buy just now; four statements, one where nothing is.

    What a standing order holds is ordered by itself in a moment.
    """
    carts = live_set_aside(customer.pk, now)
    if not carts:
        return []
    by_run = set(StandingLine.objects.filter(cart__in=carts).values_list("cart", flat=True))
    return [_aside(cart) for cart in carts if cart.pk not in by_run]


def _aside(cart: Cart) -> Aside:
    winery, lines = current_winery(), list(cart.lines.all())
    if cart.kept_until is None:
        raise ValueError("an ordinary cart")
    bottles = sum(line.kept * line.offer_item.sku.units for line in lines)
    return Aside(
        cart.reference,
        say_bottles(bottles, winery.locale),
        ", ".join(f"{line.kept} × {line.offer_item.sku.name}" for line in lines),
        "is" if bottles == 1 else "are",
        cart.kept_until,
        say_moment(cart.kept_until, winery.time_zone, winery.locale),
        say_date(may_go_on(cart.kept_until)) if cart.is_split else "",
    )


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One wine of what is set aside; ``quantity`` of ``kept`` pieces are wanted."""

    id: int
    name: str
    size: str
    price: str
    price_minor: int
    units: int
    label_url: str
    kept: int
    multiple: int
    quantity: int
    limit: str
    problem: str


def kept_rows(page: OfferPage, typed: Mapping[int, int], wrong: Mapping[str, str]) -> Sequence[KeptRow]:
    """The wines that are set aside, with what was typed of them and what was wrong with it."""
    locale = current_winery().locale
    return [
        KeptRow(
            id=item.offer_item_id,
            name=item_name(item),
            size=item.format_name,
            price=say_money(item.price, locale),
            price_minor=item.price.minor,
            units=item.units,
            label_url=label_url(item.label_digest),
            kept=item.cap,
            multiple=item.multiple,
            quantity=typed.get(item.offer_item_id, item.in_cart),
            limit=f"of {item.cap} set aside for you"
            + (f", in {item.multiple}s" if item.multiple > 1 else ""),
            problem=wrong.get(f"item-{item.offer_item_id}", ""),
        )
        for item in page.items
    ]


def faults_of_kept(rows: Sequence[KeptRow]) -> list[Fault]:
    return [Fault(row.problem, f"b{row.id}", row.name) for row in rows if row.problem]


def kept_words(page: OfferPage, now: datetime) -> dict[str, Any]:
    """Until when, for the countdown and in words."""
    until = page.offer.kept_until if page.offer else None
    if until is None:
        return {"until": None, "until_words": "", "split_on": ""}
    winery, is_split = current_winery(), page.offer is not None and page.offer.is_split
    return {
        "until": until,
        "until_words": say_moment(until, winery.time_zone, winery.locale),
        "split_on": say_date(may_go_on(until)) if is_split else "",
    }


def aside_of(request: HttpRequest) -> str:
    """Which bottles set aside a page of the checkout is about; empty for the customer's cart."""
    return (request.POST.get("aside") or request.GET.get("aside", ""))[:40]


def with_aside(address: str, reference: str) -> str:
    """An address that stays with the bottles it is about."""
    if not reference:
        return address
    return f"{address}{'&' if '?' in address else '?'}aside={reference}"
