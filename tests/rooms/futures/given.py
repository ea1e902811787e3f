"""Ben's wine en primeur, paid in full, and Ana who gets some of it."""

from __future__ import annotations

from datetime import datetime

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.world import World
from tirage.customers.models import Customer
from tirage.futures.models import Transfer
from tirage.futures.transferring import accept_transfer, propose_transfer
from tirage.orders.models import Order


def paid(world: World, pieces: int = 12) -> tuple[Futures, Order]:
    """All is paid at once."""
    futures = begin(world)
    return futures, order_of(buy(futures, world.ben, pieces))


def offer(
    futures: Futures, order: Order, pieces: int = 3, to: str = "", now: datetime | None = None
) -> Transfer:
    return propose_transfer(
        order_reference=order.reference,
        lot_reference=futures.lot.reference,
        pieces=pieces,
        to_email=to or futures.world.ana.email,
        message="For your birthday.",
        signature="Ben Baker",
        actor=customer_actor(order.customer),
        now=now or futures.world.now,
    )


def sign(one: Transfer, customer: Customer, now: datetime) -> Transfer:
    return accept_transfer(
        reference=one.reference,
        customer=customer,
        signature=customer.name,
        actor=customer_actor(customer),
        now=now,
    )
