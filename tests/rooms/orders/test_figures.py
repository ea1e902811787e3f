"""A customer's figures follow the ledger, whatever order things are booked in."""

from __future__ import annotations

from datetime import timedelta

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.cli.doctor import run_checks


def test_an_outcome_booked_late_doesnt_move_the_latest_order_back(world: World) -> None:
    """A request that read its clock first may commit last."""
    buy(world, world.ben, {"CAB23": 1}, world.now + timedelta(seconds=2))
    buy(world, world.ben, {"CAB23": 1}, world.now)
    world.ben.refresh_from_db()
    assert world.ben.first_order_at == world.now
    assert world.ben.last_order_at == world.now + timedelta(seconds=2)
    assert world.ben.orders_count == 2 and run_checks(world.now) == []
