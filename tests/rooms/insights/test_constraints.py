"""The walls of insights."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.insights.models import DailySales, Placement, PlacingRun


def placement(world: World, **changes: Any) -> Placement:
    facts: dict[str, Any] = {"coverage": "not_placed", "reason": "no_address", "placed_at": world.now}
    return Placement.objects.create(customer=world.clara, **{**facts, **changes})


def sales_twice(world: World, **changes: Any) -> None:
    facts: dict[str, Any] = {"day": world.now.date(), "country": "US", "channel": "offer", **changes}
    for _ in range(2):
        DailySales.objects.create(**facts)


def run(world: World, **changes: Any) -> PlacingRun:
    return PlacingRun.objects.create(made_at=world.now, changed_at=world.now, **changes)


BREACHES: dict[str, Breach] = {
    "placement_precision_is_legal": lambda world: placement(world, precision="odd"),
    "placement_coverage_is_legal": lambda world: placement(world, coverage="odd"),
    "placement_reason_is_legal": lambda world: placement(world, reason="odd"),
    "placement_point_on_earth": lambda world: placement(world, coverage="placed", latitude=91, longitude=0),
    "placement_placed_has_its_point": lambda world: placement(world, coverage="placed"),
    "placement_excluded_is_nowhere": lambda world: placement(world, coverage="excluded", country="US"),
    "daily_sales_once": lambda world: sales_twice(world, group=world.premier),
    "daily_sales_once_without_group": sales_twice,
    "daily_sales_channel_is_legal": lambda world: sales_twice(world, channel="odd"),
    "daily_sales_not_negative": lambda world: sales_twice(world, orders=-1),
    "placing_run_state_is_legal": lambda world: run(world, state="odd"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
