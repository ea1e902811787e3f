"""The walls around shipping many orders at once."""

from __future__ import annotations

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.fulfilment.models import ShipRow, ShipRun
from tirage.fulfilment.operations import draft_shipping
from tirage.orders.models import Order

BREACHES: dict[str, Breach] = {
    "ship_run_state_is_legal": lambda world: ShipRun.objects.update(state="sailing"),
    "ship_row_once": lambda world: write_again(ShipRow.objects.get()),
    "ship_row_outcome_is_legal": lambda world: ShipRow.objects.update(outcome="lost"),
    "ship_row_refused_has_its_reason": lambda world: ShipRow.objects.update(outcome="refused"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    draft_shipping(order_ids=[Order.objects.get().pk], actor=world.staff, now=world.now)
    assert_refused(name, lambda: BREACHES[name](world))
