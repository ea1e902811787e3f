"""What mails about an order say of store credit."""

from __future__ import annotations

from typing import Any

from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.world import World
from tirage.checkout.operations import place_order
from tirage.core.money import Money
from tirage.notifications.rules import Rows
from tirage.notifications.values import order_values
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import give_credit, refund_payment, refund_to_credit


def said(world: World) -> list[tuple[str, str]]:
    """The rows under the total."""
    rows = order_values(Order.objects.get(), world.winery)["order.lines"]
    assert isinstance(rows, Rows)
    return list(rows.totals)


def buy_with_credit(world: World, minor: int) -> None:
    if minor:
        give_credit(
            customer=world.ben,
            amount=Money(minor, "USD"),
            reason="Corked",
            actor=world.staff,
            now=world.now,
        )
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now, use_credit=True)
    form["expected_total_minor"] -= minor
    assert place_order(**form).status == "placed"


def test_the_receipt_says_what_credit_paid(world: World) -> None:
    buy_with_credit(world, 35_00)
    total, credit = said(world)
    assert total[0] == "Total" and credit == ("From your store credit", "−$35.00")


def test_it_says_nothing_where_no_credit_was_used(world: World) -> None:
    buy_with_credit(world, 0)
    assert [name for name, _ in said(world)] == ["Total"]


def test_what_went_back_to_the_credit_is_not_said_again(world: World) -> None:
    buy_with_credit(world, 35_00)
    by_card, by_credit = Payment.objects.get(gateway="test"), Payment.objects.get(gateway="credit")
    facts: dict[str, Any] = {"reason": "Corked", "actor": world.staff, "now": world.now}
    refund_payment(payment_reference=by_credit.reference, amount_minor=15_00, **facts)
    refund_to_credit(payment_id=by_card.pk, amount=Money(50_00, "USD"), **facts)
    assert said(world)[1] == ("From your store credit", "−$20.00")
