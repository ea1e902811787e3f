"""From which payments money would go back: said before it does."""

from __future__ import annotations

from typing import Any

from tests.world import World, save_test_card
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.queries import giving_back


def paid(world: World, order: Order, minor: int, **more: Any) -> Payment:
    facts: dict[str, Any] = {
        "gateway": "test",
        "kind": "charge",
        "state": "settled",
        "payment_method": world.ana_card,
        "settled_at": world.now,
        **more,
    }
    return Payment.objects.create(
        order=order,
        amount_minor=minor,
        currency="USD",
        idempotency_key=f"key-{Payment.objects.count()}",
        made_at=world.now,
        **facts,
    )


def test_the_newest_payment_gives_first_and_what_is_on_its_way_counts(
    world: World, django_assert_num_queries: Any
) -> None:
    order = Order.objects.create(
        customer=world.ana, state="placed", currency="USD", made_at=world.now, placed_at=world.now
    )
    other = save_test_card(world.ana, world.now, last4="5555", is_default=False)
    first = paid(world, order, 100_00)
    second = paid(world, order, 50_00, payment_method=other)
    paid(world, order, 999_00, state="declined", settled_at=None)
    paid(world, order, 20_00, kind="refund", parent=second, state="unknown", settled_at=None)
    paid(world, order, 10_00, kind="refund", parent=second, state="declined", settled_at=None)
    with django_assert_num_queries(1):
        found = giving_back(order.pk, Money(75_00, "USD"))
        assert [(one.payment.payment_method, one.amount.minor) for one in found] == [
            (other, 30_00),
            (world.ana_card, 45_00),
        ]
    assert giving_back(order.pk, Money(500_00, "USD"))[-1].payment == first
    assert sum(one.amount.minor for one in giving_back(order.pk, Money(500_00, "USD"))) == 130_00
    assert giving_back(order.pk, Money(0, "USD")) == []
