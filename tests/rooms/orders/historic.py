"""An order made into one of a former system, for tests of what may be done with those."""

from __future__ import annotations

from datetime import datetime

from tirage.orders.models import Order
from tirage.orders.states import Channel, OrderState
from tirage.payments.models import Payment
from tirage.payments.states import HISTORY


def as_history(order: Order, now: datetime) -> Order:
    """The same order, shipped and paid, as if it had come with the history; its bottles aren't looked after."""
    Payment.objects.filter(order=order).update(gateway=HISTORY, payment_method=None)
    Order.objects.filter(pk=order.pk).update(
        channel=Channel.HISTORY.value,
        state=OrderState.SHIPPED.value,
        shipped_at=now,
        release=None,
        offer=None,
    )
    order.refresh_from_db()
    return order
