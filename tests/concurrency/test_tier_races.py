"""A tiering at work while somebody pins or moves one of its customers, and two tierings at once, on PostgreSQL.

Each promise is shown to hold, and its control, the same race without the customers' lock, is shown to break it.
"""

from __future__ import annotations

from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import connections, transaction

from tests.concurrency.crowd import Results, gather, rush
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.customers.models import Membership, MoveRun
from tirage.customers.operations import continue_move, moves, pin_customer
from tirage.customers.operations.groups import move_to_group
from tirage.customers.statements import decide_portion
from tirage.tiers.criteria import save_criteria
from tirage.tiers.placing import draft_tiering

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """By the criteria Ben, who is in Estate, belongs in Premier."""
    world = build_world(read_clock())
    save_criteria(
        group=world.premier,
        criteria="any(state(state:CA),state(state:NY))",
        keeps_members=False,
        actor=world.staff,
        now=world.now,
    )
    return world


def tier_of(world: World) -> int:
    return Membership.objects.get(customer=world.ben, kind="allocation").group_id


def tier_while_somebody(world: World, act: Any) -> MoveRun:
    """The tiering comes to Ben while ``act`` has been done to him and isn't committed yet."""
    run = draft_tiering(actor=world.staff, now=world.now)
    acted, begun = Signal(), Signal()

    def by_hand() -> None:
        try:
            with transaction.atomic():
                act(customer=world.ben, actor=world.staff, now=world.now)
                acted.set()
                begun.wait(1)
        finally:
            connections.close_all()

    hand = Thread(target=by_hand)
    hand.start()
    assert acted.wait(10)
    tiering = Thread(target=_tier, args=(run, world))
    tiering.start()
    tiering.join(0.5)
    begun.set()
    for thread in (hand, tiering):
        thread.join(20)
        assert not thread.is_alive()
    run.refresh_from_db()
    return run


def _tier(run: MoveRun, world: World) -> None:
    try:
        continue_move(run=run, actor=world.staff, now=world.now)
    finally:
        connections.close_all()


def pin(**facts: Any) -> None:
    pin_customer(why="Stays", **facts)


def test_who_is_pinned_a_moment_before_stays(shared: World) -> None:
    run = tier_while_somebody(shared, pin)
    assert run.rows.get().outcome == "pinned" and tier_of(shared) == shared.estate.pk


def test_control_without_the_lock_a_pinned_customer_is_moved(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "lock_customers", lambda *facts: None)
    run = tier_while_somebody(shared, pin)
    assert run.rows.get().outcome == "done" and tier_of(shared) == shared.premier.pk


def test_who_is_moved_by_hand_a_moment_before_stays(shared: World) -> None:
    def by_hand(**facts: Any) -> None:
        move_to_group(group=shared.welcome, **facts)

    run = tier_while_somebody(shared, by_hand)
    assert run.rows.get().outcome == "overtaken" and tier_of(shared) == shared.welcome.pk


def apply_two(world: World) -> Results:
    runs = [draft_tiering(actor=world.staff, now=world.now) for _ in range(2)]
    return rush(
        [lambda run=run: continue_move(run=run, actor=world.staff, now=world.now) for run in runs]  # type: ignore[misc]
    )


def test_two_tierings_at_once_move_everybody_once(shared: World) -> None:
    results = apply_two(shared)
    assert not results.refusals and tier_of(shared) == shared.premier.pk
    assert sorted(run.rows.get().outcome for run in MoveRun.objects.all()) == ["done", "unchanged"]


def test_control_without_the_lock_both_move_the_same_customer(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = gather(2)
    monkeypatch.setattr(moves, "lock_customers", lambda *facts: None)

    def decide_together(*facts: Any) -> None:
        decide_portion(*facts)
        meet()

    monkeypatch.setattr(moves, "decide_portion", decide_together)
    apply_two(shared)
    assert sorted(run.rows.get().outcome for run in MoveRun.objects.all()) == ["done", "done"]
