"""The walls around what is brought of a former system."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.rooms.moving.journey import bring, move, table
from tests.rooms.moving.test_moving import LINE
from tests.world import World
from tirage.moving.models import BroughtThing, ControlFigure, MadeHere, MovedOrder, MoveRun, SignOff


def run(world: World, **changes: Any) -> MoveRun:
    facts = {"act": "preview", "actor_kind": "staff", "actor_label": "Olive"}
    return MoveRun.objects.create(made_at=world.now, changed_at=world.now, **{**facts, **changes})


def figure(world: World, by: str = "year") -> ControlFigure:
    facts: dict[str, Any] = {"key": "2019", "amount_minor": 1, "set_at": world.now, "actor_label": "Olive"}
    return ControlFigure.objects.create(by=by, **facts)


def signed(world: World, **changes: Any) -> SignOff:
    facts: dict[str, Any] = {
        "at": world.now,
        "by_label": "Olive",
        "orders": 1,
        "total_minor": 1,
        "differences": 0,
    }
    return SignOff.objects.create(**{**facts, **changes})


def moved_in(world: World) -> None:
    bring(world, table([LINE]))
    move(world)
    MovedOrder.objects.update(digest="")


def thing(world: World, **changes: Any) -> BroughtThing:
    facts: dict[str, Any] = {
        "kind": "credit",
        "key": "k",
        "customer": world.ana,
        "file": "IMP-22222222",
        "row": 2,
        "digest": "d",
        "state": "waiting",
        "came_in_at": world.now,
    }
    return BroughtThing.objects.create(**{**facts, **changes})


BREACHES: dict[str, Breach] = {
    "brought_thing_once": lambda world: [thing(world) for _ in range(2)],
    "brought_thing_kind_is_legal": lambda world: thing(world, kind="barrel"),
    "brought_thing_state_is_legal": lambda world: thing(world, state="odd"),
    "brought_thing_in_made_something": lambda world: thing(world, state="in"),
    "brought_thing_refused_says_why": lambda world: thing(world, state="refused"),
    "moved_order_once": lambda world: [MovedOrder.objects.create(source="A", number="1") for _ in range(2)],
    "moved_order_outcome_is_legal": lambda world: MovedOrder.objects.create(
        source="A", number="1", outcome="odd"
    ),
    "moved_order_says_what_it_is": moved_in,
    "made_here_once": lambda world: [MadeHere.objects.create(kind="sku", made_id=1) for _ in range(2)],
    "made_here_kind_is_legal": lambda world: MadeHere.objects.create(kind="barrel", made_id=1),
    "history_run_act_is_legal": lambda world: run(world, act="odd"),
    "history_run_state_is_legal": lambda world: run(world, state="odd"),
    "history_run_one_at_a_time": lambda world: [run(world) for _ in range(2)],
    "control_figure_by_is_legal": lambda world: figure(world, "decade"),
    "control_figure_once": lambda world: [figure(world) for _ in range(2)],
    "sign_off_has_its_name": lambda world: signed(world, by_label=""),
    "sign_off_says_why": lambda world: signed(world, differences=1),
    "sign_off_one_stands": lambda world: [signed(world) for _ in range(2)],
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
