"""A gateway whose list and our books disagree, as after a restored backup, for the tests about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.actors import system
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Comparison, Finding, Payment, PaymentMethod
from tirage.payments.operations import begin_comparison, continue_comparison
from tirage.payments.protocol import GatewayResult

EVER = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}


def compare(now: datetime, **period: datetime) -> Comparison:
    """A whole comparison."""
    run = begin_comparison(**(EVER | period), actor=system(), now=now)
    while run.finished_at is None:
        run = continue_comparison(comparison=run, steps=100, now=now)
    return run


def stray_charge(
    card: PaymentMethod, minor: int, key: str = "PAY-QQQQQQQQ", order: str = "", *, held: bool = False
) -> GatewayResult:
    """Money that the gateway took, or set aside, and that the books never knew of or have forgotten."""
    gateway = gateway_for("test")
    ask = gateway.authorise if held else gateway.charge
    return ask(
        token=card.token,
        amount=Money(minor, "USD"),
        idempotency_key=key,
        description=order,
        return_url="",
    )


def paid_order(world: World, customer: Customer | None = None) -> tuple[Order, Payment]:
    """A placed order that the gateway has charged."""
    placing = buy(world, customer or world.ben, {"CAB23": 2}, world.now)
    order = Order.objects.get(reference=placing.order_reference)
    return order, Payment.objects.get(order=order)


def the_finding(**facts: Any) -> Finding:
    return Finding.objects.get(**facts)


def books() -> list[tuple[Any, ...]]:
    """All that could have moved."""
    payments = Payment.objects.order_by("id").values_list("reference", "state", "kind", "amount_minor")
    orders = Order.objects.order_by("id").values_list("reference", "state", "owed_minor", "paid_minor")
    return [*payments, *orders]
