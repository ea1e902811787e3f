"""A list large enough that something can stand out: customers in places, with orders, refunds and wishes."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from tests.world import World
from tirage.customers.models import Customer, Group, Membership
from tirage.insights.models import Placement
from tirage.orders.models import Order
from tirage.wishes.models import Wish

#: ZIP, state, county, metro and the point of places that are told apart.
SEATTLE = ("98101", "WA", "53033", "42660", 47.61, -122.33)
DALLAS = ("75201", "TX", "48113", "19100", 32.79, -96.80)
NEW_YORK = ("10001", "NY", "36061", "35620", 40.75, -74.0)
DENVER = ("80202", "CO", "08031", "19740", 39.75, -105.0)


def people(world: World, many: int, place: tuple[str, str, str, str, float, float]) -> list[Customer]:
    """So many active customers who live there."""
    zip_code, state, county, metro, latitude, longitude = place
    known = Customer.objects.count()
    made = Customer.objects.bulk_create(
        Customer(
            email=f"crowd{known + at}@example.com",
            first_name=f"Guest {known + at}",
            signed_up_at=world.now - timedelta(days=2_000),
        )
        for at in range(many)
    )
    Placement.objects.bulk_create(
        Placement(
            customer=one,
            country="US",
            state=state,
            zip_code=zip_code,
            county=county,
            metro=metro,
            latitude=latitude,
            longitude=longitude,
            precision="zip",
            coverage="placed",
            placed_at=world.now,
        )
        for one in made
    )
    return made


def buys(customer: Customer, at: datetime, minor: int = 300_00, bottles: int = 6) -> Order:
    """An order that stands, as it is counted; not saved."""
    return Order(
        customer=customer,
        state="placed",
        currency="USD",
        made_at=at,
        placed_at=at,
        owed_minor=minor,
        paid_minor=minor,
        wine_minor=minor,
        bottle_count=bottles,
    )


def bought(orders: list[Order]) -> None:
    """Saves them, and keeps the customers' own figures."""
    Order.objects.bulk_create(orders)
    for customer in {order.customer_id: order.customer for order in orders}.values():
        own = [order for order in orders if order.customer_id == customer.pk]
        Customer.objects.filter(pk=customer.pk).update(
            orders_count=len(own),
            lifetime_minor=sum(order.wine_minor for order in own),
            first_order_at=min(order.placed_at for order in own if order.placed_at),
            last_order_at=max(order.placed_at for order in own if order.placed_at),
        )


def wish(world: World, customer: Customer, asked: int, granted: int = 0) -> Wish:
    return Wish.objects.create(
        customer=customer,
        offer_item=world.item(world.premier_offer, world.cabernet),
        kind="request",
        asked=asked,
        granted=granted,
        made_at=world.now - timedelta(days=10),
        changed_at=world.now - timedelta(days=10),
    )


def joined(world: World, customers: list[Customer], group: Group) -> None:
    Membership.objects.bulk_create(
        Membership(customer=one, group=group, kind=group.kind, since=world.now) for one in customers
    )


def quiet(world: World, seed: int = 4) -> dict[str, list[Customer]]:
    """Four places in which chance alone decides who spends more than the year before, and when."""
    chance = Random(seed)
    homes = {
        "seattle": people(world, 40, SEATTLE),
        "dallas": people(world, 60, DALLAS),
        "new york": people(world, 60, NEW_YORK),
        "denver": people(world, 60, DENVER),
    }
    orders = []
    for customers in homes.values():
        for one in customers:
            for _ in range(4):
                at = world.now - timedelta(days=chance.uniform(2, 720))
                orders.append(buys(one, at, chance.randrange(100_00, 500_00)))
    bought(orders)
    return homes
