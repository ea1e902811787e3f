"""The worker goes on: whatever a locked database does to claiming, finishing and being heard of."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError
from django_tasks import task
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from tirage.cli import jobs, worker
from tirage.core.heartbeats import WORKER
from tirage.core.jobs import queue_job
from tirage.core.models import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)
LOCKED = "database is locked"
done: list[int] = []


@task(queue_name="slow")
def note(number: int) -> None:
    """A job that leaves a trace; run twice it leaves two."""
    done.append(number)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    for name in ("INTERVAL", "KEEPER_INTERVAL"):
        monkeypatch.setattr(worker, name, 0.0)
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)


def failing(times: int, real: Callable[..., Any], problem: Exception) -> Callable[..., Any]:
    """``real``, but for the first calls."""
    left = [times]

    def act(*arguments: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise problem
        return real(*arguments, **named)

    return act


def work_until_done() -> None:
    """Jobs are run until there is none; the loop around the worker must not end by anything else."""
    at_work = worker._make_worker(["slow"], once=True, interval=0.0)
    ended = at_work.run

    def run() -> None:
        ended()
        at_work.running = False

    at_work.run = run
    worker._work_on(at_work, Event())


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("problem", [OperationalError(LOCKED), RuntimeError("no transaction is active")])
def test_a_claim_that_fails_is_made_again(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    queue_job(f"{__name__}.note", 1)
    name = "exclusive_transaction"
    monkeypatch.setattr(db_worker, name, failing(3, getattr(db_worker, name), problem))
    work_until_done()
    assert done == [1] and DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.usefixtures("_quick")
def test_a_job_whose_end_could_not_be_written_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    queue_job(f"{__name__}.note", 1)
    for name in ("set_successful", "set_failed"):
        act = failing(1, getattr(DBTaskResult, name), OperationalError(LOCKED))
        monkeypatch.setattr(DBTaskResult, name, lambda self, value, act=act: act(self, value))
    work_until_done()
    assert done == [1, 1] and DBTaskResult.objects.get().status == "SUCCESSFUL"


@pytest.mark.usefixtures("_quick")
def test_a_worker_is_heard_of_whatever_its_schedule_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(*_: Any, **__: Any) -> None:
        raise OperationalError(LOCKED)

    monkeypatch.setattr(jobs, "release_dead_jobs", lock)
    with pytest.raises(OperationalError):
        worker.keep_once()
    assert Heartbeat.objects.get(name=WORKER).ok_at


@pytest.mark.usefixtures("_quick")
def test_a_single_run_waits_for_a_locked_database() -> None:
    calls: list[int] = []
    act = failing(3, lambda: calls.append(1), OperationalError(LOCKED))
    worker._patiently(act)
    assert calls == [1]
    with pytest.raises(OperationalError):
        worker._patiently(failing(1, lambda: None, OperationalError("no such table")))
    with pytest.raises(OperationalError):
        worker._patiently(failing(99, lambda: None, OperationalError(LOCKED)))
