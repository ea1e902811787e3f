"""The walls of planning."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.planning.models import Rehearsal


def rehearsal(world: World, **changes: Any) -> Rehearsal:
    facts: dict[str, Any] = {
        "plan": {},
        "seed": 1,
        "days": 100,
        "made_at": world.now,
        "changed_at": world.now,
        "actor_label": "Olive",
    }
    return Rehearsal.objects.create(release=world.release, **{**facts, **changes})


BREACHES: dict[str, Breach] = {
    "rehearsal_state_is_legal": lambda world: rehearsal(world, state="odd"),
    "rehearsal_finished_has_its_figures": lambda world: rehearsal(world, state="finished"),
    "rehearsal_done_within_its_days": lambda world: rehearsal(world, done=101),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
