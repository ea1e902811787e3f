"""Clubs on PostgreSQL: two who enter one person at once, a process that dies while a fee is paid, leaving against the
standing order's run; each with its control.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from tests.bank import charged_in_all
from tests.concurrency.crowd import gather, rush
from tests.concurrency.dying_club import STEPS
from tests.concurrency.test_kills import after_restart, database_url
from tests.concurrency.test_standing_races import begun, work
from tests.rooms.clubs.test_clubs import club, joined
from tests.world import World, acting, build_world
from tirage.cli.doctor import run_checks
from tirage.clubs import fees, joining
from tirage.clubs.fees import finish_joining
from tirage.clubs.joining import Joins, join_club, leave_club
from tirage.clubs.models import Club, ClubMember
from tirage.clubs.states import MemberState
from tirage.core.clock import read_clock
from tirage.orders.models import Order
from tirage.standing.models import StandingLine, StandingOrder

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
FEE = 50_00
#: From here on the attempt is written, and the bank has the money.
WRITTEN = STEPS[STEPS.index("fee_committed") :]
PAID = STEPS[STEPS.index("bank_asked") :]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


# The customer presses the button while staff enter them


def entered_twice(world: World) -> Club:
    of = club(world, fee_minor=FEE)
    now, joins = read_clock(), Joins(of.version, 1, said="On the telephone")
    both = (acting(world.ana), world.staff)
    acts = [
        partial(join_club, club=of, customer=world.ana, joins=joins, actor=actor, now=now) for actor in both
    ]
    results = rush(acts)
    assert not results.refusals
    return of


def test_entered_by_two_at_once_somebody_is_a_member_and_pays_once(shared: World) -> None:
    entered_twice(shared)
    assert ClubMember.objects.get().state == MemberState.ACTIVE and charged_in_all() == FEE
    assert run_checks(read_clock()) == []


def test_control_without_lock_and_wall_they_pay_twice(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    meet, begin = gather(2), joining._begin

    def unlocked(rows: Any) -> Any:
        return rows.first()

    def met(*asked: Any) -> Any:
        meet()
        return begin(*asked)

    monkeypatch.setattr(joining, "lock_row", unlocked)
    monkeypatch.setattr(joining, "_begin", met)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX club_member_once")
    try:
        entered_twice(shared)
        assert ClubMember.objects.count() == 2 and charged_in_all() == 2 * FEE
    finally:
        ClubMember.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX club_member_once ON clubs_clubmember (club_id, customer_id)"
                " WHERE state IN ('active', 'paused', 'paying')"
            )


# A process that dies


def killed_at(step: str, world: World) -> Club:
    """Ben joins in a process of its own, until it is killed at the step."""
    of = club(world, fee_minor=FEE)
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_DATABASE_URL": database_url(),
        "TIRAGE_DATABASE_POOL": "0",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
    }
    command = [sys.executable, "-m", "tests.concurrency.dying_club", step, str(world.ben.pk), str(of.pk)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    return of


def worker() -> None:
    """The worker comes back: the reconciler looks, and what was queued is done, as often as it is there."""
    after_restart()
    queued = DBTaskResult.objects.filter(task_path="tirage.clubs.tasks.finish_joining_of")
    for task in queued:
        finish_joining(member_id=task.args_kwargs["args"][0], now=read_clock())


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step_somebody_has_joined_and_paid_once_or_neither(shared: World, step: str) -> None:
    of = killed_at(step, shared)
    worker()
    members = list(ClubMember.objects.all())
    if step in PAID:
        assert [member.state for member in members] == ["active"] and charged_in_all() == FEE
    else:
        assert members == [] and charged_in_all() == 0
        assert [order.state for order in Order.objects.all()] == (["abandoned"] if step in WRITTEN else [])
    assert run_checks(read_clock()) == []
    member = joined(shared, of, shared.ben)
    assert member.state == MemberState.ACTIVE and charged_in_all() == FEE


def test_control_without_what_the_settling_queues_somebody_has_paid_and_is_no_member(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at("bank_asked", shared)
    monkeypatch.setattr(fees, "queue_job", lambda *ignored, **more: None)
    worker()
    assert ClubMember.objects.get().state == MemberState.PAYING and charged_in_all() == FEE


# Leaving while the standing order of the club is being placed


def leaving_meanwhile(world: World) -> ClubMember:
    """Ana's standing order, which her club brought, is being placed while she leaves the club."""
    run = begun(world)
    member = joined(world, club(world, amount="full"), world.ana)
    assert member.standing == StandingOrder.objects.get()
    ending = partial(leave_club, member=member, actor=acting(world.ana), now=world.now)
    assert rush([partial(work, run), ending]).refusals == []
    member.refresh_from_db()
    return member


def test_who_has_left_is_ordered_for_no_more(shared: World) -> None:
    """Either it was ordered first, or nothing is; membership and standing order end together."""
    assert leaving_meanwhile(shared).state == MemberState.LEFT
    assert StandingOrder.objects.get().state == "ended" and run_checks(read_clock()) == []
    line = StandingLine.objects.get()
    assert line.outcome in ("ordered", "left_out") and (line.outcome == "ordered") == Order.objects.exists()
    assert shared.stock(shared.cabernet).held == 0


def test_control_what_ends_only_the_membership_is_ordered_for_on_and_on(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "_standing_too", lambda *ignored: None)
    run = begun(shared)
    member = joined(shared, club(shared, amount="full"), shared.ana)
    leave_club(member=member, actor=acting(shared.ana), now=shared.now)
    work(run)
    assert Order.objects.exists() and StandingOrder.objects.get().state == "active"
