"""Wine that lies ready at the estate: for one who was told today, and for one who was reminded."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.delivery.states import MethodKind
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.operations import mark_ready, remind_of_pickups
from tirage.fulfilment.operations.pickups import pickup_day
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: How long ago the one who was reminded was told.
LONG_AGO = timedelta(days=5)


def lay_ready(now: datetime, actor: Actor) -> None:
    """The two that were placed first of those that wait to be picked up, the first of them long ago."""
    waiting = Order.objects.filter(
        method__kind=MethodKind.PICKUP.value,
        state=OrderState.PLACED.value,
        awaits_compliance=False,
        attention="",
    )
    first, second = waiting.order_by("placed_at", "pk")[:2]
    told = max(now - LONG_AGO, first.placed_at or now)
    mark_ready(order_reference=first.reference, actor=actor, now=told)
    # Whenever the order was placed: today is the day of its reminder.
    Pickup.objects.filter(order=first).update(remind_on=pickup_day(now))
    remind_of_pickups(now=now)
    mark_ready(order_reference=second.reference, actor=actor, now=now - timedelta(hours=2))
