"""Wine en primeur that the team puts together for a customer: set aside until they agree to its terms and its plan.

Nobody agrees for somebody else, so nothing is ordered and nothing charged before the customer does it, at the checkout
that every buyer en primeur goes through, by a link in their mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tirage.checkout import statements
from tirage.checkout.models import Cart
from tirage.checkout.operations.setting_aside import (
    SetAside,
    own_cart_id,
    set_bottles_aside,
    take_set_aside_back,
)
from tirage.checkout.queries import page_of
from tirage.checkout.rules import ItemView, OfferPage
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.texts import say_count
from tirage.customers.models import Customer
from tirage.offers.models import Offer, OfferItem
from tirage.offers.states import ReleaseKind

#: How long bottles wait for their customer's word, at most.
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a customer's word, in pieces by wine."""

    cart: Cart
    wines: Sequence[tuple[str, int]]

    @property
    def pieces(self) -> int:
        return sum(pieces for _, pieces in self.wines)


def early_offers(now: datetime, customer: Customer | None = None) -> list[Offer]:
    """Open offers of wine en primeur, those of the customer's own group alone where one is named; one statement."""
    found = Offer.objects.filter(
        release__kind=ReleaseKind.EN_PRIMEUR.value,
        group__is_test=False,
        is_active=True,
        opens_at__lte=now,
        closes_at__gt=now,
    )
    if customer is not None:
        found = found.filter(group__memberships__customer=customer)
    return list(found.select_related("release", "group").order_by("closes_at", "pk"))


def page_for(customer: Customer, offer: Offer, now: datetime) -> OfferPage | None:
    """The offer as its customer sees it, with what they may still have of each wine."""
    row = statements.offer_by_id(customer.pk, offer.pk, now)
    return page_of(row, customer.pk, now) if row else None


def set_aside_for(
    *,
    customer: Customer,
    offer: Offer,
    pieces: Mapping[int, int],
    kept_until: datetime,
    actor: Actor,
    now: datetime,
) -> Cart:
    """Sets wine of an open offer en primeur aside for a customer, at its prices, and asks them by mail to agree to the
    terms and the plan (``pieces`` by offer item id). Nothing is charged before they do.

    Within what they may still have, so that nobody has more by asking twice: what waits for their word already counts.
    Locks the customer's cart of the release, stock. Records ``futures.set_aside``, reacts with it. Raises DomainError
    ``suspended``, ``offer_closed``, ``nothing_chosen``, ``aside_invalid`` by field, ``not_enough``.
    """
    if not customer.is_active:
        raise DomainError("suspended", "This customer is suspended. Reinstate the customer first.")
    if offer not in early_offers(now, customer):
        raise DomainError("offer_closed", "This offer isn’t open to the customer now.")
    with transaction.atomic():
        lock_row(
            Cart.objects.filter(pk=own_cart_id(customer_id=customer.pk, release_id=offer.release_id, now=now))
        )
        wanted = _wanted(customer, offer, pieces, kept_until, now)
        cart = set_bottles_aside(
            customer=customer,
            offer=offer,
            wines=wanted,
            kept_until=kept_until,
            remind_at=max(kept_until - timedelta(days=1), now),
            now=now,
        )
        count = say_count(sum(one.pieces for one in wanted), "piece", "pieces")
        text = f"set {count} of {offer.release.name} aside, until the customer agrees to the terms"
        _record(EventName.FUTURES_SET_ASIDE, cart, text, actor, now)
        react("futures.set_aside", cart_id=cart.pk, customer_id=customer.pk, now=now)
    return cart


def _wanted(
    customer: Customer, offer: Offer, pieces: Mapping[int, int], kept_until: datetime, now: datetime
) -> list[SetAside]:
    page = page_for(customer, offer, now)
    items = {one.offer_item_id: one for one in page.items} if page else {}
    waits = _waiting_by_item(customer.pk, offer.release_id, now)
    chosen = {key: count for key, count in pieces.items() if count}
    problems = {
        f"item-{key}": words
        for key, count in chosen.items()
        if (words := _problem(items.get(key), count, waits.get(key, 0)))
    }
    if not chosen:
        raise DomainError("nothing_chosen", "Choose at least one bottle.")
    if not now < kept_until <= now + timedelta(days=MOST_DAYS):
        problems["kept_until"] = f"Choose a time from now on, {MOST_DAYS} days ahead at most."
    if problems:
        raise DomainError("aside_invalid", " ".join(problems.values()), problems)
    rows = OfferItem.objects.select_related("sku").in_bulk(list(chosen))
    return [SetAside(rows[key], count, items[key].price.minor) for key, count in chosen.items()]


def _problem(item: ItemView | None, count: int, waits: int) -> str:
    if item is None:
        return "This wine isn’t in the offer any more."
    may = item.limits.allowance(bought=item.used, in_cart=item.in_cart) - waits
    if count > may:
        more = f"{may} more" if may > 0 else "no more"
        return f"{item.full_name}: they may have {more}. Give them an allowance of their own for more."
    if count % item.multiple:
        return f"{item.full_name} comes in {item.multiple}s."
    if count > item.free:
        return f"{item.full_name}: {max(item.free, 0)} are free now."
    return ""


def _waiting_by_item(customer_id: int, release_id: int, now: datetime) -> dict[int, int]:
    found: dict[int, int] = {}
    live = Cart.objects.filter(customer=customer_id, release=release_id, kept_until__gt=now)
    for key, kept in live.values_list("lines__offer_item", "lines__kept"):
        if key:
            found[key] = found.get(key, 0) + (kept or 0)
    return found


def waiting_for_word(now: datetime, customer: Customer | None = None) -> list[Waiting]:
    """What is set aside en primeur and waits for its customer's word, what ends first before the rest; three
    statements."""
    carts = Cart.objects.filter(
        release__kind=ReleaseKind.EN_PRIMEUR.value, kept_until__gt=now, lines__kept__gt=0
    )
    if customer is not None:
        carts = carts.filter(customer=customer)
    rows = carts.select_related("customer", "release").distinct().order_by("kept_until", "pk")
    return [
        Waiting(cart, [(str(line.offer_item.sku), line.kept) for line in cart.lines.all() if line.kept])
        for cart in rows.prefetch_related("lines__offer_item__sku")
    ]


def take_aside_back(*, cart: Cart, actor: Actor, now: datetime) -> None:
    """Ends the wait before its time; the bottles are free again. Locks cart, stock, wishes.

    Records ``futures.taken_back``. Raises Conflict ``checkout_under_way``; harmless where it has ended.
    """
    with transaction.atomic():
        live = Cart.objects.filter(pk=cart.pk, lines__kept__gt=0).exists()
        take_set_aside_back(cart_id=cart.pk, actor=actor, now=now)
        if live:
            _record(
                EventName.FUTURES_TAKEN_BACK,
                cart,
                "took back wine that waited for a customer’s word",
                actor,
                now,
            )


def _record(name: EventName, cart: Cart, text: str, actor: Actor, now: datetime) -> None:
    data = {"cart": cart.reference}
    key = cart.customer_id
    record_event(name, "customer", key, text=text, data=data, customer_id=key, actor=actor, now=now)
