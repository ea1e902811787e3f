"""Taking a split: what may go now stays in the cart, the rest is set aside for the customer until it may go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from tirage.checkout.operations.cart import LockedCart, hold_cart, lock_own_cart
from tirage.checkout.operations.setting_aside import SetAside, set_bottles_aside
from tirage.checkout.splitting import Split, kept_until, split_of
from tirage.checkout.volumes import Parcel, judge_parcel, parts_of
from tirage.core.actors import Actor
from tirage.core.again import again_when_taken
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.winery import local_time, start_of_day
from tirage.customers.models import Address, Customer
from tirage.delivery.days import say_date
from tirage.offers.models import Offer, OfferItem

#: The hour of the day on which the rest may go, at which its customer is reminded.
_MORNING = timedelta(hours=9)


@again_when_taken("checkout_cart")
def split_cart(
    *, customer: Customer, address_reference: str, expected: str, actor: Actor, now: datetime
) -> Split:
    """Leaves in the cart what may go to the address now, and sets the rest aside until a week after it may go.

    ``expected`` is the split that the page showed (``Split.key``). No bottle is free in between: both parts are held
    in one transaction. Locks cart, the address's place, stock. Records ``cart.split``. Raises DomainError as
    ``set_cart``, ``address_missing``, ``not_enough``, Conflict ``split_changed``; then nothing has changed.
    """
    with transaction.atomic():
        cart = lock_own_cart(customer, now)
        split = _split_now(cart, customer, address_reference, now)
        if split is None or split.key != expected:
            raise Conflict(
                "split_changed",
                "What may go there has changed since this page was opened. Nothing was split: look at it again.",
            )
        outcome = hold_cart(cart, dict(split.now), now)
        if outcome.shortages:
            raise DomainError("not_enough", outcome.shortages[0].message)
        _keep(cart, split, customer, now)
        record_event(
            EventName.CART_SPLIT,
            "customer",
            customer.pk,
            text=say_split(split.rest, split.on),
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
    return split


def _split_now(cart: LockedCart, customer: Customer, address_reference: str, now: datetime) -> Split | None:
    """With the cart locked, and the place."""
    address = Address.objects.filter(
        customer=customer, reference=address_reference, removed_at__isnull=True
    ).first()
    if address is None:
        raise DomainError("address_missing", "Choose where the wine goes.", {"address": "Choose an address."})
    view = cart.page.cart
    if view is None:
        return None
    parcel = Parcel(customer.pk, view.millilitres, parts_of(address), now, skus=view.skus)
    return split_of(cart.page, parcel, judge_parcel(parcel, locks=True))


def _keep(cart: LockedCart, split: Split, customer: Customer, now: datetime) -> None:
    if cart.page.offer is None:
        raise RuntimeError("an opened cart has an offer")
    prices = {item.offer_item_id: item.price.minor for item in cart.page.items}
    rest = [(item, pieces, prices[item]) for item, pieces in split.later]
    keep_rest(customer=customer, offer_id=cart.page.offer.id, rest=rest, on=split.on, now=now)


def keep_rest(
    *, customer: Customer, offer_id: int, rest: Sequence[tuple[int, int, int]], on: date, now: datetime
) -> None:
    """Sets aside what may go from a day on: offer item ids with pieces and the price of one.

    Inside the caller's transaction, which lets these bottles go where they were held until now. Locks and raises as
    ``set_bottles_aside``.
    """
    items = OfferItem.objects.select_related("sku").in_bulk([item for item, _, _ in rest])
    morning, until = start_of_day(on) + _MORNING, kept_until(on)
    set_bottles_aside(
        customer=customer,
        offer=Offer.objects.select_related("group").get(pk=offer_id),
        wines=[SetAside(items[item], pieces, price) for item, pieces, price in rest],
        kept_until=until,
        remind_at=morning if morning > now else until - timedelta(days=1),
        is_split=True,
        now=now,
    )


def say_split(bottles: int, on: date) -> str:
    """What the activity says of a split, after who did it."""
    kept = "1 bottle" if bottles == 1 else f"{bottles} bottles"
    until = say_date(local_time(kept_until(on)).date())
    return f"kept {kept} until {until} that may not go before {say_date(on)}"
