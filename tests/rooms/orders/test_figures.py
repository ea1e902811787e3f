"""A customer's figures follow the ledger, whatever order things are booked in."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, credit_order


def test_an_outcome_booked_late_doesnt_move_the_latest_order_back(world: World) -> None:
    """A request that read its clock first may commit last."""
    buy(world, world.ben, {"CAB23": 1}, world.now + timedelta(seconds=2))
    buy(world, world.ben, {"CAB23": 1}, world.now)
    world.ben.refresh_from_db()
    assert world.ben.first_order_at == world.now
    assert world.ben.last_order_at == world.now + timedelta(seconds=2)
    assert world.ben.orders_count == 2 and run_checks(world.now) == []


def test_an_orders_own_figures_follow_its_ledger(world: World) -> None:
    """Wine after discounts and what was given back, bottles of packs, nothing once it is cancelled."""
    buy(world, world.ana, {"CAB23": 2, "SYR23-3": 1}, world.now)
    order = Order.objects.get()
    # Ana's group has 10 % off.
    assert (order.wine_minor, order.bottle_count) == (405_00, 5)
    with transaction.atomic():
        credit_order(order=order, amount_minor=5_00, reason="Corked", actor=world.staff, now=world.now)
    order.refresh_from_db()
    world.ana.refresh_from_db()
    assert (order.wine_minor, order.bottle_count) == (400_00, 5)
    assert world.ana.lifetime_minor == 400_00 and run_checks(world.now) == []
    cancel_order(
        order_reference=order.reference,
        restock=True,
        reason="Changed plans",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert (order.wine_minor, order.bottle_count) == (0, 0)
