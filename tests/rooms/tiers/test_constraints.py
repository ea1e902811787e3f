"""The walls around ladders."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.tiers.models import Ladder, LadderStep

BREACHES: dict[str, Breach] = {
    "ladder_state_is_legal": lambda world: Ladder.objects.update(state="climbed", applied_at=world.now),
    "ladder_applied_has_its_time": lambda world: Ladder.objects.update(state="applied"),
    "ladder_moment_in_bounds": lambda world: Ladder.objects.update(
        guaranteed_until=world.now.replace(year=9_000)
    ),
    "ladder_step_once": lambda world: write_again(LadderStep.objects.get()),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_wall_holds(name: str, world: World) -> None:
    ladder = Ladder.objects.create(offer=world.estate_offer, based_on=world.release)
    LadderStep.objects.create(
        ladder=ladder,
        customer=world.ben,
        offer_item=world.item(world.estate_offer, world.cabernet),
        offered=2,
        taken=2,
        granted=0,
        purchase_minimum=0,
        purchase_maximum=2,
        wish_maximum=0,
    )
    assert_refused(name, lambda: BREACHES[name](world))
