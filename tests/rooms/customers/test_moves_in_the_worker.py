"""Bulk moves are the worker's: they go on when the page is left and when processes die, and stop when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from tests.world import World
from tirage.core.actors import Actor, system
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.core.runs import actor_of
from tirage.customers.models import Customer, Group, Membership, MoveRun
from tirage.customers.operations import (
    continue_move,
    continue_undo,
    draft_move,
    say_result,
    start_move,
    start_undo,
    stop_move,
    sweep_stopped_moves,
)
from tirage.customers.operations import moves as operations
from tirage.customers.tasks import move_group

TASK = "tirage.customers.tasks.move_group"


def jobs(run: MoveRun) -> int:
    return DBTaskResult.objects.filter(task_path=TASK, args_kwargs__args=[run.reference]).count()


def drafted(world: World) -> MoveRun:
    ids = [world.ana.pk, world.ben.pk, world.clara.pk, world.dora.pk]
    return draft_move(customer_ids=ids, group=world.premier, actor=world.staff, now=world.now)


def test_the_job_goes_to_the_end_in_the_name_of_who_began(world: World) -> None:
    run = start_move(run=drafted(world), actor=world.staff, now=world.now)
    assert jobs(run) == 1 and actor_of(run) == Actor(world.staff.kind, world.staff.id, world.staff.label)
    move_group.call(run.reference)
    run.refresh_from_db()
    assert run.state == "finished" and say_result(run) == "put 3 customers into Premier. 1 was there already."
    event = Event.objects.get(name="group.moved", customer_id=world.ben.pk)
    assert (event.actor_id, event.text) == (world.staff.id, "put the customer into Premier, out of Estate")


def test_one_that_is_stopped_keeps_what_is_done_and_goes_on_or_back(world: World) -> None:
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    run = start_move(run=drafted(world), **facts)
    continue_move(run=run, limit=2, **facts)
    run = stop_move(run=run, **facts)
    assert run.state == "stopped" and "2 customers were not reached" in say_result(run)
    move_group.call(run.reference)
    assert Membership.objects.filter(group=world.premier).count() == 2
    assert continue_move(run=run, **facts).state == "stopped", "only starting it again goes on"
    run = start_move(run=run, **facts)
    move_group.call(run.reference)
    assert Membership.objects.filter(group=world.premier).count() == 4
    run = start_undo(run=run, **facts)
    continue_undo(run=run, limit=1, **facts)
    run = stop_move(run=run, **facts)
    assert "1 customer has the groups of before again" in say_result(run)
    run = start_undo(run=run, **facts)
    move_group.call(run.reference)
    assert set(world.ben.memberships.values_list("group", flat=True)) == {world.estate.pk}
    assert stop_move(run=run, **facts).state == "undone"


def test_one_that_stands_still_is_taken_up_once(world: World) -> None:
    run = start_move(run=drafted(world), actor=world.staff, now=world.now)
    later = world.now + timedelta(minutes=2)
    assert sweep_stopped_moves(now=later) == 0, "its job waits for its turn"
    DBTaskResult.objects.update(status="RUNNING", started_at=world.now)
    assert sweep_stopped_moves(now=world.now) == 0, "it has moved a moment ago"
    assert [sweep_stopped_moves(now=later) for _ in range(2)] == [1, 0]
    assert jobs(run) == 2


def test_a_choice_that_was_cut_short_is_never_started(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(operations, "insert_rows", die)
    with pytest.raises(KeyboardInterrupt):
        drafted(world)
    with pytest.raises(Conflict) as refused:
        start_move(run=MoveRun.objects.get(), actor=world.staff, now=world.now)
    assert refused.value.code == "move_incomplete" and not DBTaskResult.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [continue_move, continue_undo])
def test_a_portion_costs_the_same_however_many_it_has(
    world: World, act: Callable[..., MoveRun], django_assert_max_num_queries: Any
) -> None:
    """Of a thousand customers as of three."""
    people = Customer.objects.bulk_create(
        Customer(email=f"p{number}@example.com", signed_up_at=world.now) for number in range(300)
    )
    Membership.objects.bulk_create(
        Membership(customer=one, group=world.estate, kind="allocation", since=world.now) for one in people
    )
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    run = draft_move(customer_ids=[one.pk for one in people], group=world.premier, **facts)
    if act is continue_undo:
        continue_move(run=run, **facts)
    with django_assert_max_num_queries(30):
        act(run=run, **facts)
    assert Membership.objects.filter(customer__in=people, group=world.estate).count() == (
        300 if act is continue_undo else 0
    )


#: Moves three portions, says so in the middle of the third, and waits to be killed with its transaction open.
VICTIM = """
import sys, threading
import django
django.setup()
from tirage.customers.operations import moves
from tirage.customers.tasks import move_group
moved, portions = moves.move_portion, []
def move_portion(*facts):
    moved(*facts)
    portions.append(1)
    if len(portions) == 3:
        print("half way", flush=True)
        threading.Event().wait()
moves.move_portion = move_portion
moves.continue_move.__kwdefaults__["limit"] = 20
move_group.call(sys.argv[1])
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_move_goes_on_where_it_stood(world: World) -> None:
    now = read_clock()
    people = Customer.objects.bulk_create(
        Customer(email=f"p{number}@example.com", signed_up_at=now) for number in range(100)
    )
    group = Group.objects.create(name="Reserve", kind="allocation")
    run = draft_move(customer_ids=[one.pk for one in people], group=group, actor=system(), now=now)
    start_move(run=run, actor=system(), now=now)
    DBTaskResult.objects.update(status="RUNNING", started_at=now)
    facts = connection.settings_dict
    environment = {
        **os.environ,
        "TIRAGE_MODE": "test",
        "TIRAGE_VAR": str(settings.VAR),
        "TIRAGE_DATABASE_URL": f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}",
        "DJANGO_SETTINGS_MODULE": "tirage.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", VICTIM, run.reference]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout and victim.stdout.readline() == "half way\n"
        victim.send_signal(signal.SIGKILL)
    run.refresh_from_db()
    assert run.state == "running" and Membership.objects.filter(group=group).count() == 40
    assert sweep_stopped_moves(now=read_clock() + timedelta(minutes=2)) == 1
    move_group.call(run.reference)
    run.refresh_from_db()
    moved = Event.objects.filter(name="group.moved").count()
    assert (run.state, Membership.objects.filter(group=group).count(), moved) == ("finished", 100, 100)
