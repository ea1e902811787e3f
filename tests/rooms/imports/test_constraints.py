"""The imports' walls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.imports.models import ImportPart, ImportRun


def bring(world: World, **changes: Any) -> ImportRun:
    facts: dict[str, Any] = {
        "kind": "customers",
        "file_name": "list.csv",
        "actor_kind": "staff",
        "actor_label": "Olive",
        "made_at": world.now,
        "changed_at": world.now,
    }
    return ImportRun.objects.create(**{**facts, **changes})


def keep_part(world: World, of: str = "upload", *, again: bool = False) -> None:
    run = bring(world)
    for _ in range(1 + again):
        ImportPart.objects.create(run=run, of=of, number=0, data=b"Email")


BREACHES: dict[str, Breach] = {
    "import_kind_is_legal": lambda world: bring(world, kind="gossip"),
    "import_state_is_legal": lambda world: bring(world, state="odd"),
    "import_part_of_is_legal": lambda world: keep_part(world, "gossip"),
    "import_part_once": lambda world: keep_part(world, again=True),
    "import_done_has_its_time": lambda world: bring(world, state="done"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
