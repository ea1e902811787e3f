"""Past releases for planning: many members, and orders as the ledger keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.world import World
from tirage.catalog.models import Sku
from tirage.customers.models import Customer, Group, Membership
from tirage.offers.models import Offer, OfferItem, Release
from tirage.orders.models import Order, OrderChange, OrderLine

DAY = timedelta(days=1)


def add_members(world: World, group: Group, count: int) -> list[Customer]:
    """So many more members of the group, who have been there for long."""
    customers = Customer.objects.bulk_create(
        Customer(
            email=f"{group.name}{number}@example.com".lower(),
            first_name=group.name,
            last_name=str(number),
            signed_up_at=world.now - 300 * DAY,
        )
        for number in range(count)
    )
    Membership.objects.bulk_create(
        Membership(customer=one, group=group, kind=group.kind, since=world.now - 200 * DAY)
        for one in customers
    )
    return customers


def order(customer: Customer, offer: Offer, at: datetime, pieces: dict[Sku, int], **facts: Any) -> Order:
    """An order of the offer, placed then."""
    state = facts.pop("state", "placed")
    placed = Order.objects.create(
        customer=customer,
        release=offer.release,
        offer=offer,
        group=offer.group,
        state=state,
        currency="USD",
        made_at=at,
        placed_at=at,
        **facts,
    )
    add_lines(placed, at, pieces)
    return placed


def add_lines(placed: Order, at: datetime, pieces: dict[Sku, int]) -> None:
    """A change of the order that adds (or, negative, takes) pieces."""
    change = OrderChange.objects.create(
        order=placed,
        number=placed.changes.count() + 1,
        kind="change",
        at=at,
        actor_label="Ana",
        difference_minor=0,
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=placed, change=change, sku=sku, quantity=number, unit_price_minor=sku.price_minor)
        for sku, number in pieces.items()
    )


def plan_again(world: World, opens_at: datetime, **changes: Any) -> Release:
    """A draft of a later release with the world's offers of Premier and Estate again; ``changes`` to all items."""
    release = Release.objects.create(name=f"Again {opens_at:%Y-%m-%d %H}", made_at=world.now)
    for offer in (world.premier_offer, world.estate_offer):
        items = list(offer.items.order_by("position"))
        copy = Offer.objects.create(
            release=release, group=offer.group, opens_at=opens_at, closes_at=opens_at + 8 * DAY
        )
        for item in items:
            item.pk, item.offer = None, copy
            for name, value in changes.items():
                setattr(item, name, value)
        OfferItem.objects.bulk_create(items)
    return release
