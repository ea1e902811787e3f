"""What a customer has of wine that isn't bottled yet, and the certificate by which anybody can check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum

from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.futures.models import Certificate, Commitment, Lot
from tirage.orders.models import Order
from tirage.orders.states import OrderState

_HELD = (OrderState.PLACED.value, OrderState.SHIPPED.value)


@dataclass(frozen=True, slots=True)
class Held:
    """So many pieces of a lot."""

    lot: Lot
    pieces: int


@dataclass(frozen=True, slots=True)
class Holding:
    """An order's wine by lot, what is paid of it and what is still to come of its price."""

    order: Order
    held: Sequence[Held]

    @property
    def paid(self) -> Money:
        return Money(self.order.paid_minor, self.order.currency)

    @property
    def to_come(self) -> Money:
        return Money(max(int(self.order.balance_minor), 0), self.order.currency)


def holdings_of(customer: Customer) -> list[Holding]:
    """The customer's orders of wine en primeur, the newest first; three statements at most."""
    rows = Commitment.objects.filter(line__order__customer=customer, line__order__state__in=_HELD)
    return _holdings(list(rows.values_list("line__order", "lot").annotate(sum=Sum("pieces"))))


def holding_of(order: Order) -> Holding | None:
    """What one order has; None where it has nothing (any more)."""
    if order.state not in _HELD:
        return None
    rows = Commitment.objects.filter(line__order=order)
    found = _holdings(list(rows.values_list("line__order", "lot").annotate(sum=Sum("pieces"))))
    return found[0] if found else None


def _holdings(rows: Sequence[tuple[int, int, int]]) -> list[Holding]:
    kept = [(order_id, lot_id, int(pieces)) for order_id, lot_id, pieces in rows if pieces > 0]
    if not kept:
        return []
    orders = Order.objects.select_related("release").in_bulk({order_id for order_id, _, _ in kept})
    lots = Lot.objects.select_related("sku__vintage__wine").in_bulk({lot_id for _, lot_id, _ in kept})
    return [
        Holding(
            order,
            [
                Held(lots[lot], pieces)
                for own, lot, pieces in sorted(kept, key=lambda row: row[1])
                if own == order.pk
            ],
        )
        for order in sorted(orders.values(), key=lambda one: one.pk, reverse=True)
    ]


def certificate_for(order: Order, *, now: datetime) -> Certificate:
    """The order's certificate, made when it is first asked for. Raises DomainError ``nothing_held``."""
    if holding_of(order) is None:
        raise DomainError("nothing_held", "This order has no wine that could be certified.")
    try:
        with transaction.atomic():
            return Certificate.objects.get_or_create(order=order, defaults={"made_at": now})[0]
    except IntegrityError:
        # Another window was a moment faster.
        return Certificate.objects.get(order=order)
