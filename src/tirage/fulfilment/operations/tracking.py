"""A tracking number that is known later than the wine has left: carriers give many at once, in the evening."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.delivery.states import MethodKind
from tirage.fulfilment.operations.shipping import MOST_TRACKING
from tirage.orders.history import refuse_history
from tirage.orders.models import Order
from tirage.orders.states import OrderState


def set_tracking(
    *, order_reference: str, tracking: str, shown: str | None = None, actor: Actor, now: datetime
) -> Order:
    """Sets, corrects or (empty) takes away the number of an order that went by a carrier.

    ``shown``: the number that whoever writes has seen. Locks the order. Records ``order.tracked``. Raises DomainError
    ``not_found``, ``tracking_too_long``, Conflict ``not_shipped``, ``overtaken``, ``history``.
    """
    number = tracking.strip()
    if len(number) > MOST_TRACKING:
        words = f"A tracking number has at most {MOST_TRACKING} characters."
        raise DomainError("tracking_too_long", words, {"tracking": words})
    with transaction.atomic():
        order = lock_row(Order.objects.filter(reference=order_reference))
        if order is None:
            raise DomainError("not_found", "There is no such order.")
        refuse_history(order.channel)
        if order.step != OrderState.SHIPPED or (order.method and not MethodKind(order.method.kind).is_sent):
            raise Conflict("not_shipped", "Only an order that a carrier has taken has a tracking number.")
        if number == order.tracking:
            return order
        if shown is not None and shown != order.tracking:
            words = f"The number is {order.tracking or 'taken away'} by now. Look at it again."
            raise Conflict("overtaken", words)
        order.tracking = number
        order.save(update_fields=["tracking"])
        record_event(
            EventName.ORDER_TRACKED,
            "order",
            order.pk,
            text=f"set the tracking number {number}" if number else "took the tracking number away",
            data={"tracking": number},
            customer_id=order.customer_id,
            actor=actor,
            now=now,
        )
    return order
