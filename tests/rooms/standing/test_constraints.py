"""The walls of standing orders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import bought
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.orders.models import Order
from tirage.standing.models import StandingAgreement, StandingLine, StandingOrder, StandingRun, StandingTerms


def standing(world: World, **changes: Any) -> StandingOrder:
    facts: dict[str, Any] = {"customer": world.ana, "agreed_at": world.now, "changed_at": world.now}
    return StandingOrder.objects.create(**{**facts, **changes})


def agreement(world: World, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "version": 1,
        "words": "I agree.",
        "at": world.now,
        "actor_kind": "customer",
        "actor_label": "Ana",
    }
    StandingAgreement.objects.create(standing=standing(world), **{**facts, **changes})


def run(world: World, **changes: Any) -> StandingRun:
    facts: dict[str, Any] = {
        "begins_at": world.now,
        "kept_days": 7,
        "made_at": world.now,
        "changed_at": world.now,
    }
    facts |= {"actor_kind": "system", "actor_label": "Standing orders"}
    return StandingRun.objects.create(release=world.release, **{**facts, **changes})


def line(world: World, **changes: Any) -> StandingLine:
    return StandingLine.objects.create(
        run=run(world), standing=standing(world), customer=world.ana, **changes
    )


def _collecting(world: World) -> None:
    line(world, outcome="collecting", order=Order.objects.get())


BREACHES: dict[str, Breach] = {
    "standing_terms_are_one": lambda world: StandingTerms.objects.create(id=2),
    "standing_told_days_1_to_30": lambda world: StandingTerms.objects.create(id=1, told_days=31),
    "standing_lead_hours_to_168": lambda world: StandingTerms.objects.create(id=1, lead_hours=169),
    "standing_kept_days_1_to_60": lambda world: StandingTerms.objects.create(id=1, kept_days=0),
    "standing_state_is_legal": lambda world: standing(world, state="odd"),
    "standing_amount_is_legal": lambda world: standing(world, amount="odd"),
    "standing_one_live_a_customer": lambda world: [standing(world), standing(world, state="paused")],
    "standing_capped_has_its_cap": lambda world: standing(world, amount="capped"),
    "standing_ended_has_its_time": lambda world: standing(world, state="ended"),
    "standing_agreed_to_words": lambda world: agreement(world, words=""),
    "standing_noted_says_how": lambda world: agreement(world, actor_kind="staff"),
    "standing_run_state_is_legal": lambda world: run(world, state="odd"),
    "standing_line_outcome_is_legal": lambda world: line(world, outcome="odd"),
    "standing_line_once_a_release": lambda world: write_again(line(world)),
    "standing_line_aside_in_a_cart": lambda world: line(world, outcome="aside"),
    "standing_line_ordered_has_its_order": lambda world: line(world, outcome="ordered"),
    "standing_line_collecting_until": _collecting,
    "standing_line_left_out_has_its_reason": lambda world: line(world, outcome="left_out"),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_refuses(world: World, name: str) -> None:
    if name == "standing_line_collecting_until":
        bought(world, world.ana, {"CAB23": 1})
    assert_refused(name, lambda: BREACHES[name](world))
