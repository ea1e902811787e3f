"""A winery that charges at shipment, for tests: orders whose money is set aside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.core.states import ChargeWhen
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.models import TestCard, TestCharge
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import send_charge, settle_result, start_charge
from tirage.payments.states import PaymentKind


def charge_at_shipment() -> None:
    """From now on money is set aside when ordered, and taken when shipped."""
    Winery.objects.update(charge_when=ChargeWhen.AT_SHIPMENT.value)
    forget_winery()


def set_aside(
    world: World, customer: Customer, wanted: dict[str, int], now: datetime, **changes: Any
) -> Order:
    """An order whose money is set aside."""
    charge_at_shipment()
    placing = buy(world, customer, wanted, now, **changes)
    assert placing.status == "placed"
    return Order.objects.get(reference=placing.order_reference)


def set_more_aside(world: World, order: Order, minor: int, now: datetime) -> Payment:
    """Another authorisation of the order, as a change that adds bottles makes it."""
    started = start_charge(
        order_id=order.pk,
        payment_method_id=world.ben_card.pk,
        token=world.ben_card.token,
        gateway="test",
        amount=Money(minor, order.currency),
        description=order.reference,
        kind=PaymentKind.AUTHORISE,
        actor=world.staff,
        now=now,
    )
    result = send_charge(started, return_url="/orders/")
    settle_result(payment_id=started.id, result=result, actor=world.staff, now=now)
    return Payment.objects.get(pk=started.id)


def held_at_the_bank() -> int:
    """What the test gateway keeps set aside on all cards, whatever its time."""
    held = TestCharge.objects.filter(kind="authorise", state="settled", captured_minor=0)
    return sum(held.values_list("amount_minor", flat=True))


def taken_at_the_bank() -> int:
    """Everything the test gateway took, net of what it gave back."""
    rows = TestCharge.objects.values_list("captured_minor", "refunded_minor")
    return sum(captured - refunded for captured, refunded in rows)


def make_card(behaviour: str) -> None:
    """Every saved card behaves so from now on."""
    TestCard.objects.update(behaviour=behaviour)
