"""What a customer has of wine that isn't bottled yet, and the certificate by which anybody can check it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum

from tirage.core.errors import DomainError
from tirage.core.fields import wide
from tirage.core.money import Money, share_minor
from tirage.customers.models import Customer
from tirage.futures.models import Certificate, Commitment, Lot
from tirage.orders.models import Order, OrderCharge
from tirage.orders.states import ChargeKind, OrderState

_HELD = (OrderState.PLACED.value, OrderState.SHIPPED.value)


@dataclass(frozen=True, slots=True)
class Held:
    """So many pieces of a lot, and what they cost in bond, discounts taken off."""

    lot: Lot
    pieces: int
    cost: Money

    def cost_of(self, parts: Sequence[int]) -> list[Money]:
        """What so many pieces each of it cost, to the cent: all pieces together cost all of it."""
        rest = self.pieces - sum(parts)
        return [
            Money(minor, self.cost.currency) for minor in share_minor(self.cost.minor, [*parts, rest])[:-1]
        ]


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

    @property
    def cost(self) -> Money:
        """What its wine cost in bond, discounts taken off."""
        return Money(sum(one.cost.minor for one in self.held), self.order.currency)


#: Of an order and a lot: pieces, and their price before discounts.
_Row = tuple[int, int, int, int]


def holdings_of(customer: Customer) -> list[Holding]:
    """The customer's orders of wine en primeur, the newest first; four statements at most."""
    return _holdings(
        _summed(Commitment.objects.filter(line__order__customer=customer, line__order__state__in=_HELD))
    )


def _summed(rows: QuerySet[Commitment]) -> list[_Row]:
    wine = wide("pieces") * wide("line__unit_price_minor")
    sums = rows.values_list("line__order", "lot").annotate(sum=Sum("pieces"), wine=Sum(wine))
    return [(order_id, lot_id, int(pieces), int(minor)) for order_id, lot_id, pieces, minor in sums]


def holding_of(order: Order) -> Holding | None:
    """What one order has; None where it has nothing (any more)."""
    if order.state not in _HELD:
        return None
    found = _holdings(_summed(Commitment.objects.filter(line__order=order)))
    return found[0] if found else None


def _holdings(rows: Sequence[_Row]) -> list[Holding]:
    kept = sorted((row for row in rows if row[2] > 0), key=lambda row: row[1])
    if not kept:
        return []
    orders = Order.objects.select_related("release").in_bulk({row[0] for row in kept})
    lots = Lot.objects.select_related("sku__vintage__wine").in_bulk({row[1] for row in kept})
    given = _discounts(list(orders))
    return [
        Holding(
            order, _held([row for row in kept if row[0] == order.pk], lots, given[order.pk], order.currency)
        )
        for order in sorted(orders.values(), key=lambda one: one.pk, reverse=True)
    ]


def _discounts(order_ids: Sequence[int]) -> dict[int, dict[int | None, int]]:
    """What makes wine cheaper, by order, then by the sku that it is for, or none; negative. One statement."""
    found: dict[int, dict[int | None, int]] = defaultdict(dict)
    rows = OrderCharge.objects.filter(order__in=order_ids, kind=ChargeKind.DISCOUNT.value)
    for order_id, sku_id, minor in rows.values_list("order", "sku").annotate(sum=Sum("amount_minor")):
        found[order_id][sku_id] = int(minor)
    return found


def _held(
    rows: Sequence[_Row], lots: Mapping[int, Lot], given: Mapping[int | None, int], currency: str
) -> list[Held]:
    """Discounts for one wine go to it, all others to all wine in proportion to what it still comes to."""
    costs = [minor for *_, minor in rows]
    for sku_id, minor in sorted(given.items(), key=lambda one: one[0] is None):
        own = [sku_id in (None, lots[row[1]].sku_id) for row in rows]
        weights = [max(cost, 0) if is_own else 0 for cost, is_own in zip(costs, own, strict=True)]
        if sum(weights):
            shares = share_minor(minor, weights)
            costs = [cost + share for cost, share in zip(costs, shares, strict=True)]
    return [
        Held(lots[row[1]], row[2], Money(max(cost, 0), currency))
        for row, cost in zip(rows, costs, strict=True)
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
