"""The walls around shipping many orders at once."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.fulfilment.models import Pickup, ShipRow, ShipRun
from tirage.fulfilment.operations import draft_shipping
from tirage.orders.models import Order

DAY = date(2027, 1, 1)
BREACHES: dict[str, Breach] = {
    "pickup_state_is_legal": lambda world: lying(
        Order.objects.get(), state="drunk", send_on=DAY, draft="CHG"
    ),
    "pickup_sent_as_was_said": lambda world: lying(Order.objects.get(), state="stuck"),
    "pickup_sent_by_a_change": lambda world: lying(Order.objects.get(), state="sending", send_on=DAY),
    "pickup_sent_has_its_time": lambda world: lying(
        Order.objects.get(), state="sent", send_on=DAY, draft="CHG"
    ),
    "pickup_reminded_at_most_twice": lambda world: lying(Order.objects.get(), reminded=3),
    "ship_run_state_is_legal": lambda world: ShipRun.objects.update(state="sailing"),
    "ship_row_once": lambda world: write_again(ShipRow.objects.get()),
    "ship_row_outcome_is_legal": lambda world: ShipRow.objects.update(outcome="lost"),
    "ship_row_refused_has_its_reason": lambda world: ShipRow.objects.update(outcome="refused"),
}


def lying(order: Order, **changes: object) -> Pickup:
    facts = {"ready_at": order.made_at, "changed_at": order.made_at}
    return Pickup.objects.create(order=order, **(facts | changes))


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    draft_shipping(order_ids=[Order.objects.get().pk], actor=world.staff, now=world.now)
    assert_refused(name, lambda: BREACHES[name](world))
