"""The walls of clubs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.clubs.models import Club, ClubMember, MemberStep
from tirage.orders.models import Order


def club(world: World, **changes: Any) -> Club:
    facts: dict[str, Any] = {
        "name": "Cellar club",
        "terms": "Yes.",
        "group": world.employees,
        "made_at": world.now,
    }
    return Club.objects.create(**{**facts, **changes})


def member(world: World, times: int = 1, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "club": club(world),
        "customer": world.ana,
        "joined_at": world.now,
        "changed_at": world.now,
        "version": 1,
        "words": "Yes.",
    }
    for _ in range(times):
        ClubMember.objects.create(**{**facts, **changes})


def waived(world: World) -> None:
    """A fee that is both waived and asked for."""
    fee = Order.objects.create(
        customer=world.ana, state="booked", currency="USD", made_at=world.now, placed_at=world.now
    )
    member(world, fee=fee, fee_waived="A gift")


def step(world: World, **changes: Any) -> None:
    member(world)
    facts: dict[str, Any] = {"member": ClubMember.objects.get(), "before": {}, "after": {}}
    MemberStep.objects.create(**{**facts, "made_at": world.now, **changes})


BREACHES: dict[str, Breach] = {
    "club_amount_is_legal": lambda world: club(world, amount="odd"),
    "club_has_terms": lambda world: club(world, terms=""),
    "club_capped_has_its_cap": lambda world: club(world, amount="capped"),
    "club_member_state_is_legal": lambda world: member(world, state="odd"),
    "club_member_once": lambda world: member(world, times=2),
    "club_member_left_has_its_time": lambda world: member(world, state="left"),
    "club_fee_in_bounds": lambda world: club(world, fee_minor=-1),
    "club_member_paying_has_its_fee": lambda world: member(world, state="paying"),
    "club_member_waived_pays_nothing": waived,
    "member_step_act_is_legal": lambda world: step(world, act="odd"),
    "club_member_agreed_to_words": lambda world: member(world, words=""),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_refuses(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
