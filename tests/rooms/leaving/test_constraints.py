"""The walls around what goes out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.leaving.models import Erasure, ErasureAsk, EverythingExport, EverythingPart

_BY = {"actor_kind": "staff", "actor_label": "Olive"}


def export(world: World, **changes: Any) -> EverythingExport:
    return EverythingExport.objects.create(made_at=world.now, changed_at=world.now, **{**_BY, **changes})


def twice_a_part(world: World) -> None:
    of = export(world)
    for _ in range(2):
        EverythingPart.objects.create(export=of, attempt=1, number=0, data=b"x")


def erasure(world: World, **changes: Any) -> Erasure:
    values = {"customer_id": world.ben.pk, "customer_reference": world.ben.reference, "why": "Asked"}
    return Erasure.objects.create(made_at=world.now, changed_at=world.now, **{**values, **_BY, **changes})


def ask(world: World, **changes: Any) -> ErasureAsk:
    return ErasureAsk.objects.create(customer=world.ben, made_at=world.now, **changes)


BREACHES: dict[str, Breach] = {
    "everything_export_state_is_legal": lambda world: export(world, state="odd"),
    "everything_export_one_at_a_time": lambda world: [export(world) for _ in range(2)],
    "everything_export_ready_has_its_end": lambda world: export(world, state="ready"),
    "erasure_state_is_legal": lambda world: erasure(world, state="odd", finished_at=world.now),
    "erasure_says_why": lambda world: erasure(world, why=""),
    "erasure_done_knows_nobody": lambda world: erasure(
        world, state="done", finished_at=world.now, words={"own": ["Ben"]}
    ),
    "erasure_ask_state_is_legal": lambda world: ask(world, state="odd", closed_at=world.now),
    "erasure_ask_one_open": lambda world: [ask(world) for _ in range(2)],
    "erasure_ask_closed_has_its_time": lambda world: ask(world, state="done"),
    "erasure_ask_refused_says_why": lambda world: ask(world, state="refused", closed_at=world.now),
    "everything_part_once": twice_a_part,
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
