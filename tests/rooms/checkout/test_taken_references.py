"""Chance draws a reference that is taken: one placing in a million on a full list, and nobody notices."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from tests.rooms.checkout.journey import buy, customer_actor, hold
from tests.world import World
from tirage.checkout.models import Cart
from tirage.checkout.operations import cart as cart_operations
from tirage.cli.doctor import run_checks
from tirage.core import references
from tirage.core.references import DRAWS, new_reference
from tirage.customers.models import Customer
from tirage.inventory.models import Stock
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import refund_payment


class Draws:
    """Draws what it is told, by prefix, then by chance again; counts."""

    def __init__(self, **told: list[str]) -> None:
        self.told = told
        self.count = 0

    def __call__(self, prefix: str) -> str:
        self.count += 1
        waiting = self.told.get(prefix, [])
        return waiting.pop(0) if waiting else new_reference(prefix)


@pytest.fixture
def taken(world: World) -> tuple[str, str]:
    """The references of an order and of its payment."""
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    return placing.order_reference, placing.payment_reference or Payment.objects.get().reference


def test_an_order_and_its_payment_draw_again(
    world: World, taken: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment = taken
    draws = Draws(ORD=[order, order], PAY=[payment])
    monkeypatch.setattr(references, "new_reference", draws)
    placing = buy(world, world.ana, {"CAB23": 2, "CHA24": 3}, world.now)
    assert placing.status == "placed"
    assert draws.count == 5
    made = Order.objects.get(customer=world.ana)
    assert made.reference not in taken and made.lines.count() == 2
    assert Payment.objects.get(order=made).idempotency_key == Payment.objects.get(order=made).reference
    assert Order.objects.count() == Payment.objects.count() == 2
    assert Stock.objects.get(sku=world.cabernet).sold == 4
    assert run_checks(world.now) == []


def test_a_refund_draws_again(world: World, taken: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "new_reference", Draws(PAY=[taken[1]]))
    refund_payment(
        payment_reference=taken[1], amount_minor=10_00, reason="Broken", actor=world.staff, now=world.now
    )
    assert Payment.objects.filter(kind="refund", state="settled").count() == 1


def test_it_gives_up_when_every_draw_is_taken(
    world: World, taken: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "new_reference", Draws(ORD=[taken[0]] * DRAWS))
    with pytest.raises(RuntimeError, match="in a row are taken"):
        buy(world, world.ana, {"CAB23": 2}, world.now)
    assert Order.objects.count() == 1
    assert Stock.objects.get(sku=world.cabernet).sold == 2


def test_a_cart_begins_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    his = Cart.objects.get(customer=world.ben).reference
    draws = Draws(CRT=[his])
    monkeypatch.setattr(cart_operations, "new_reference", draws)
    hold(world.ana, {"CAB23": 3}, world.now)
    assert draws.count == 2
    assert Cart.objects.get(customer=world.ana).reference != his
    assert Stock.objects.get(sku=world.cabernet).held == 5


def test_other_refusals_of_the_database_are_not_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(*_: object) -> None:
        tries.append(1)
        Customer.objects.create(email=world.ana.email, signed_up_at=world.now)

    monkeypatch.setattr(cart_operations, "lock_own_cart", fail)
    with pytest.raises(IntegrityError):
        cart_operations.take_full_allocation(
            customer=world.ana, actor=customer_actor(world.ana), now=world.now
        )
    assert len(tries) == 1
