"""The walls around what goes out, who is erased and what customers asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.leaving.models import Erasure, EverythingExport, EverythingPart, OwnDataFile

_BY = {"actor_kind": "staff", "actor_label": "Olive"}


def export(world: World, **changes: Any) -> EverythingExport:
    return EverythingExport.objects.create(made_at=world.now, changed_at=world.now, **{**_BY, **changes})


def erasure(world: World, **changes: Any) -> Erasure:
    facts: dict[str, Any] = {"customer_id": 1, "customer_reference": "CUS-1", "state": "running", **_BY}
    return Erasure.objects.create(made_at=world.now, changed_at=world.now, **{**facts, **changes})


def own(world: World, **changes: Any) -> OwnDataFile:
    return OwnDataFile.objects.create(customer=world.ana, asked_at=world.now, **changes)


def twice_a_part(world: World) -> None:
    of = export(world)
    for _ in range(2):
        EverythingPart.objects.create(export=of, attempt=1, number=0, data=b"x")


BREACHES: dict[str, Breach] = {
    "everything_export_state_is_legal": lambda world: export(world, state="odd"),
    "everything_export_one_at_a_time": lambda world: [export(world) for _ in range(2)],
    "everything_export_ready_has_its_end": lambda world: export(world, state="ready"),
    "everything_part_once": twice_a_part,
    "erasure_state_is_legal": lambda world: erasure(world, state="odd"),
    "erasure_one_under_way": lambda world: [erasure(world) for _ in range(2)],
    "erasure_forgets_its_words": lambda world: erasure(
        world, state="finished", finished_at=world.now, sealed_words="x"
    ),
    "erasure_finished_has_its_time": lambda world: erasure(world, state="finished"),
    "own_data_one_to_come": lambda world: [own(world) for _ in range(2)],
    "own_data_ready_has_its_end": lambda world: own(world, ready_at=world.now),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
