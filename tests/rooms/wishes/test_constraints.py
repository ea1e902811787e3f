"""The wishes' walls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.wishes.models import GrantLine, GrantRun, GrantStock, Policy, PolicyAct, PolicyStep, Wish
from tirage.wishes.reallocation.models import Gift, Reallocation, ReallocationLine


def wish(world: World, **changes: Any) -> Wish:
    facts: dict[str, Any] = {"kind": "request", "asked": 2, "made_at": world.now, "changed_at": world.now}
    item = world.item(world.premier_offer, world.cabernet)
    return Wish.objects.create(customer=world.ana, offer_item=item, **{**facts, **changes})


def wished_twice(world: World) -> None:
    wish(world)
    wish(world)


def run(world: World, **changes: Any) -> GrantRun:
    facts: dict[str, Any] = {
        "rule": "equal",
        "actor_label": "Olive",
        "made_at": world.now,
        "changed_at": world.now,
    }
    return GrantRun.objects.create(release=world.release, **{**facts, **changes})


def line(world: World, **changes: Any) -> GrantLine:
    facts: dict[str, Any] = {"asked": 2, "turn": 0, "price_minor": 120_00}
    if "wish" not in changes:
        facts |= {"wish": wish(world), "run": run(world)}
    return GrantLine.objects.create(customer=world.ana, **{**facts, **changes})


def stock_twice(world: World) -> None:
    of = run(world)
    for _ in range(2):
        GrantStock.objects.create(run=of, sku=world.cabernet, to_give=1)


def wish_twice_in_a_run(world: World) -> None:
    first = line(world)
    line(world, run=first.run, wish=first.wish)


def given_on(world: World, **changes: Any) -> Reallocation:
    facts: dict[str, Any] = {"kind": "stock", "made_at": world.now, "actor_label": "Olive"}
    return Reallocation.objects.create(release=world.release, **{**facts, **changes})


def given_line(world: World, pieces: int = 1, times: int = 1) -> None:
    of = given_on(world)
    for _ in range(times):
        ReallocationLine.objects.create(reallocation=of, sku=world.cabernet, pieces=pieces)


def gift(world: World, pieces: int = 1, times: int = 1) -> None:
    of, item = given_on(world), world.item(world.premier_offer, world.cabernet)
    for _ in range(times):
        Gift.objects.create(
            reallocation=of, customer=world.ana, offer_item=item, pieces=pieces, given_at=world.now
        )


def policy(world: World, **changes: Any) -> Policy:
    facts: dict[str, Any] = {"offer": world.premier_offer, "actor_label": "Olive"}
    facts |= {"made_at": world.now, "changed_at": world.now}
    return Policy.objects.create(release=world.release, **{**facts, **changes})


def step(world: World, **changes: Any) -> PolicyStep:
    return PolicyStep.objects.create(**{"policy": policy(world), "position": 1, "kind": "grant", **changes})


def step_twice(world: World) -> None:
    step(world, policy=step(world).policy)


def group_twice(world: World) -> None:
    of = step(world)
    for _ in range(2):
        PolicyAct.objects.create(step=of, group=world.premier)


def customer_twice(world: World) -> None:
    of, item = step(world), world.item(world.premier_offer, world.cabernet)
    for _ in range(2):
        PolicyAct.objects.create(step=of, customer=world.ana, offer_item=item)


BREACHES: dict[str, Breach] = {
    "reallocation_kind_is_legal": lambda world: given_on(world, kind="lost"),
    "reallocation_line_once": lambda world: given_line(world, times=2),
    "reallocation_line_gives_something": lambda world: given_line(world, pieces=0),
    "gift_once_a_customer": lambda world: gift(world, times=2),
    "gift_gives_something": lambda world: gift(world, pieces=0),
    "wish_once_an_item": wished_twice,
    "wish_asks_for_something": lambda world: wish(world, asked=0),
    "wish_never_granted_beyond_asked": lambda world: wish(world, granted=1, granting=2),
    "wish_promise_was_agreed": lambda world: wish(world, kind="promise"),
    "wish_kind_is_legal": lambda world: wish(world, kind="hope"),
    "grant_run_state_is_legal": lambda world: run(world, state="odd"),
    "grant_run_rule_is_legal": lambda world: run(world, rule="favourites"),
    "grant_run_keeps_bottles_a_while": lambda world: run(world, kept_days=0),
    "grant_stock_once": stock_twice,
    "grant_line_once": wish_twice_in_a_run,
    "grant_line_outcome_is_legal": lambda world: line(world, outcome="odd"),
    "grant_line_gives_no_more_than_asked": lambda world: line(world, pieces=3),
    "grant_line_given_within_its_pieces": lambda world: line(world, pieces=1, given=2),
    "grant_line_left_out_gets_nothing": lambda world: line(world, pieces=1, left_out="Suspended"),
    "grant_line_refused_has_its_reason": lambda world: line(world, outcome="refused"),
    "grant_line_under_way_has_its_bottles": lambda world: line(world, outcome="granting"),
    "wish_state_is_legal": lambda world: wish(world, state="odd"),
    "wish_archived_has_its_time": lambda world: wish(world, state="archived"),
    "wish_price_in_bounds": lambda world: wish(world, price_minor=10**15),
    "policy_state_is_legal": lambda world: policy(world, state="odd"),
    "policy_trigger_is_legal": lambda world: policy(world, trigger="moon"),
    "policy_moment_in_bounds": lambda world: policy(world, begins_at=datetime(1066, 10, 14, tzinfo=UTC)),
    "policy_closing_has_its_offer": lambda world: policy(world, offer=None),
    "policy_time_has_its_moment": lambda world: policy(world, trigger="time"),
    "policy_asking_says_for_what": lambda world: policy(world, state="asking"),
    "policy_step_once": step_twice,
    "policy_step_kind_is_legal": lambda world: step(world, kind="dance"),
    "policy_step_state_is_legal": lambda world: step(world, state="odd"),
    "policy_act_once_a_group": group_twice,
    "policy_act_once_a_customer": customer_twice,
    "policy_act_is_an_offer_or_an_allowance": lambda world: PolicyAct.objects.create(step=step(world)),
    "policy_act_undone_was_done": lambda world: PolicyAct.objects.create(
        step=step(world), group=world.premier, undone_at=world.now
    ),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
