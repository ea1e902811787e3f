"""The ways to a settlement, for tests that are about one step of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures
from tests.world import World
from tirage.changes.operations import Confirmed
from tirage.core.winery import local_time
from tirage.futures.settlement_models import Arrival, Settlement
from tirage.futures.settling.agreeing import agree
from tirage.futures.settling.arrivals import record_arrival
from tirage.futures.settling.asking import begin_settlements, preview
from tirage.futures.settling.reckoning import Choice, Costs, look_at
from tirage.futures.states import Precedence
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

OLDEST = Precedence.OLDEST


def arrive(futures: Futures, pieces: int, now: datetime | None = None, **changes: Any) -> Arrival:
    moment = now or futures.world.now
    facts: dict[str, Any] = {"arrived_on": local_time(moment).date(), "cost_minor": None, "note": ""}
    return record_arrival(
        lot=futures.lot, pieces=pieces, actor=futures.world.staff, now=moment, **facts | changes
    )


def due(futures: Futures, now: datetime | None = None) -> date:
    return local_time(now or futures.world.now).date() + timedelta(days=30)


def ask(futures: Futures, *orders: Order, now: datetime | None = None, **changes: Any) -> list[Settlement]:
    """Asks the customers of these orders, of all that can be settled without any."""
    covered = [one.order.pk for one in preview(futures.release, OLDEST).covered]
    facts: dict[str, Any] = {"precedence": OLDEST, "due_on": due(futures, now)}
    return begin_settlements(
        release=futures.release,
        order_ids=[order.pk for order in orders] or covered,
        actor=futures.world.staff,
        now=now or futures.world.now,
        **facts | changes,
    )


def home(world: World) -> Choice:
    """Ground to Ben's address in New York."""
    return Choice(world.ground.reference, world.ben_home.reference)


def shown(settlement: Settlement, choice: Choice, now: datetime) -> Costs:
    found = look_at(settlement, choice, now)
    assert not found.problem, found.problem
    return found


def agreed(
    world: World, settlement: Settlement, choice: Choice, now: datetime | None = None, **changes: Any
) -> Confirmed | None:
    moment = now or world.now
    customer = settlement.order.customer
    facts: dict[str, Any] = {
        "expected_minor": look_at(settlement, choice, moment).difference.minor,
        "payment_method": PaymentMethod.objects.filter(customer=customer, removed_at=None).first(),
    }
    return agree(
        settlement=settlement, choice=choice, actor=customer_actor(customer), now=moment, **facts | changes
    )
