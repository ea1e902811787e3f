"""The walls around goals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.core.bounds import MOST_MINOR
from tirage.reports.models import MOST_BOTTLES, Goal, WaveTold


def told(world: World, **changes: Any) -> WaveTold:
    facts: dict[str, Any] = {
        "offer": world.premier_offer,
        "what": "opened",
        "moment": world.now,
        "told_at": world.now,
    }
    return WaveTold.objects.create(**{**facts, **changes})


BREACHES: dict[str, Breach] = {
    "goal_once_a_wine": lambda world: write_again(Goal.objects.get(sku=world.cabernet)),
    "goal_once_a_release": lambda world: write_again(Goal.objects.get(sku=None)),
    "goal_says_something": lambda world: Goal.objects.create(release=world.release, sku=world.magnum),
    "goal_bottles_in_bounds": lambda world: Goal.objects.create(
        release=world.release, sku=world.magnum, bottles=MOST_BOTTLES + 1
    ),
    "goal_money_positive": lambda world: Goal.objects.create(
        release=world.release, sku=world.magnum, wine_minor=0
    ),
    "wave_told_once": lambda world: [told(world) for _ in range(2)],
    "wave_told_what_is_legal": lambda world: told(world, what="odd"),
    "goal_money_in_bounds": lambda world: Goal.objects.create(
        release=world.release, sku=world.magnum, wine_minor=MOST_MINOR + 1
    ),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    for sku in (None, world.cabernet):
        Goal.objects.create(release=world.release, sku=sku, bottles=10)
    assert_refused(name, lambda: BREACHES[name](world))
