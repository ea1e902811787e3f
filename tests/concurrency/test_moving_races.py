"""Files, runs and signatures of a former system's history at the same moment, on PostgreSQL."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.concurrency.crowd import Results, gather, rush, without_wall
from tests.rooms.moving.journey import bring, move, table
from tests.rooms.moving.test_moving import LINE
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.locks import lock_rows
from tirage.customers.models import Customer
from tirage.imports import things as importing
from tirage.imports.models import ImportRun
from tirage.imports.operations import run_import, running, start_import
from tirage.imports.options import ImportOptions
from tirage.moving import holding, reconciling, things
from tirage.moving import running as moving
from tirage.moving.models import BroughtThing, MovedOrder, MoveRun, SignOff
from tirage.moving.running import begin_move, take_back
from tirage.moving.states import MoveAct

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def uploaded(world: World, **balances: str) -> ImportRun:
    rows = [{"E-mail": getattr(world, name).email, "Balance": said} for name, said in balances.items()]
    facts: dict[str, Any] = {"options": ImportOptions(), "actor": world.staff, "now": world.now}
    return start_import(kind="credit", file=io.BytesIO(table(rows)), file_name="credit.csv", **facts)


def run(world: World, file: ImportRun) -> ImportRun:
    return run_import(reference=file.reference, actor=world.staff, now=world.now)


def sign(world: World) -> SignOff:
    return reconciling.sign_off(seen_differences=0, actor=world.staff, now=world.now)


# A file that is written while somebody signs.


def sign_while_a_file_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many balances stood when the name was there, and how many in the end."""
    run(world, uploaded(world, ana="75.00"))
    file, write, written, ended = (
        uploaded(world, ben="20.00"),
        things.bring_things,
        gather(2),
        gather(2, patience=1),
    )
    seen: list[int] = []

    def slowly(*rows: Any, **facts: Any) -> Any:
        counts = write(*rows, **facts)
        written()
        ended()
        return counts

    def signing() -> None:
        written()
        sign(world)
        seen.append(BroughtThing.objects.count())
        ended()

    monkeypatch.setattr(importing, "bring_things", slowly)
    results = rush([lambda: run(world, file), signing])
    assert results.refusals == []
    return seen[0], BroughtThing.objects.count()


def test_a_name_waits_for_the_file_that_is_written(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_while_a_file_is_written(shared, monkeypatch) == (2, 2)


def test_control_without_the_lock_it_is_written_under_the_name(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "share_history", holding.refuse_signed_off)
    assert sign_while_a_file_is_written(shared, monkeypatch) == (1, 2)


# A run that begins while somebody signs.


def begin_while_somebody_signs(world: World, monkeypatch: pytest.MonkeyPatch) -> Results:
    """Nothing waits as the signer looks; then a file comes and a run over it begins."""
    bring(world, table([LINE]))
    move(world)
    look, looked, ended = reconciling._signable, gather(2), gather(2, patience=1)

    def slowly(*facts: Any) -> Any:
        found = look(*facts)
        looked()
        ended()
        return found

    def begin() -> MoveRun:
        looked()
        MovedOrder.objects.update(is_waiting=True)
        begun = begin_move(act=MoveAct.BRING_IN, queue=False, actor=world.staff, now=world.now)
        ended()
        return begun

    monkeypatch.setattr(reconciling, "_signable", slowly)
    return rush([lambda: sign(world), begin])


def test_no_run_begins_under_a_name(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    results = begin_while_somebody_signs(shared, monkeypatch)
    assert [getattr(one, "code", one) for one in results.refusals] == ["signed_off"]
    assert not MoveRun.objects.filter(state="running").exists()


def test_control_without_the_lock_a_run_begins_under_it(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "share_history", holding.refuse_signed_off)
    assert begin_while_somebody_signs(shared, monkeypatch).refusals == []
    assert MoveRun.objects.filter(state="running").exists() and SignOff.objects.filter(stands=True).exists()


def test_nobody_signs_while_a_run_is_under_way(shared: World) -> None:
    bring(shared, table([LINE]))
    move(shared)
    take_back(queue=False, actor=shared.staff, now=shared.now)
    with pytest.raises(Conflict, match="under way"):
        sign(shared)


# The same file twice.


def the_same_file_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """Both have looked who has something already; what Ana has in the end."""
    files, find, met = [uploaded(world, ana="75.00") for _ in range(2)], lock_rows, gather(2)

    def slowly(rows: Any) -> Any:
        found = find(rows)
        met()
        return found

    monkeypatch.setattr("tirage.moving.things.lock_rows", slowly)
    monkeypatch.setattr(running, "refuse_second", lambda *facts: None)
    rush([lambda: run(world, files[0]), lambda: run(world, files[1])])
    return Customer.objects.get(pk=world.ana.pk).credit_minor


def test_the_same_file_at_once_comes_in_once(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert the_same_file_twice(shared, monkeypatch) == 75_00
    assert BroughtThing.objects.count() == 1 and run_checks(read_clock()) == []


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("moving_broughtthing", "brought_thing_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM moving_broughtthing")
        cursor.execute("ALTER TABLE moving_broughtthing ADD CONSTRAINT brought_thing_once UNIQUE (kind, key)")


@pytest.mark.usefixtures("no_wall")
def test_control_without_the_wall_it_comes_in_twice(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert the_same_file_twice(shared, monkeypatch) == 150_00
