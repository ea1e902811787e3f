"""The queue's keeper: dead workers' jobs come back, failed ones are tried again, the schedule runs once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from tests.transactions import transactions_measured
from tirage.cli import jobs
from tirage.cli.jobs import LEASE, RETRY_AFTER, Scheduled
from tirage.cli.models import ScheduledRun

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 6, 16, 0, tzinfo=UTC)


def make_job(status: str, **columns: Any) -> DBTaskResult:
    facts: dict[str, Any] = {
        "args_kwargs": {"args": [], "kwargs": {}},
        "task_path": "tests.rooms.cli.test_jobs.nothing",
        "backend_name": "default",
        "run_after": NOW - timedelta(hours=1),
        "exception_class_path": "",
        "traceback": "",
        "worker_ids": ["one"],
    }
    return DBTaskResult.objects.create(status=status, **(facts | columns))


def status_of(job: DBTaskResult) -> str:
    job.refresh_from_db()
    return str(job.status)


def test_a_job_whose_lease_has_ended_becomes_ready() -> None:
    dead = make_job("RUNNING", started_at=NOW - LEASE - timedelta(seconds=1))
    alive = make_job("RUNNING", started_at=NOW - LEASE)
    assert jobs.release_dead_jobs(now=NOW) == 1
    assert (status_of(dead), status_of(alive)) == ("READY", "RUNNING")


def test_a_job_that_kills_every_worker_is_given_up() -> None:
    workers = [str(number) for number in range(len(RETRY_AFTER) + 1)]
    deadly = make_job("RUNNING", started_at=NOW - 2 * LEASE, worker_ids=workers)
    jobs.release_dead_jobs(now=NOW)
    assert status_of(deadly) == "FAILED"


@pytest.mark.parametrize("tries", range(1, len(RETRY_AFTER) + 1))
def test_each_try_waits_longer_than_the_one_before(tries: int) -> None:
    job = make_job("FAILED", finished_at=NOW, worker_ids=["w"] * tries)
    assert jobs.retry_failed_jobs(now=NOW) == 1
    assert status_of(job) == "READY"
    assert job.run_after == NOW + RETRY_AFTER[tries - 1]
    assert list(RETRY_AFTER) == sorted(set(RETRY_AFTER))


def test_after_the_last_try_a_job_stays_failed() -> None:
    job = make_job("FAILED", finished_at=NOW, worker_ids=["w"] * (len(RETRY_AFTER) + 1))
    assert jobs.retry_failed_jobs(now=NOW) == 0
    assert status_of(job) == "FAILED"


def test_only_old_and_finished_jobs_are_pruned() -> None:
    old = NOW - jobs.KEEP_FINISHED - timedelta(seconds=1)
    make_job("SUCCESSFUL", finished_at=old)
    kept = {make_job("SUCCESSFUL", finished_at=NOW).pk, make_job("FAILED", finished_at=old).pk}
    assert jobs.prune_finished_jobs(now=NOW) == 1
    assert set(DBTaskResult.objects.values_list("pk", flat=True)) == kept


CALLS: list[datetime] = []
EACH_MINUTE = Scheduled("each_minute", 60, "tests.rooms.cli.test_jobs.note_call")
BROKEN = Scheduled("broken", 60, "tests.rooms.cli.test_jobs.break_down")


def note_call(*, now: datetime) -> None:
    CALLS.append(now)


def break_down(*, now: datetime) -> None:
    raise ValueError("the bank is closed")


def test_an_operation_runs_at_once_and_then_when_due() -> None:
    CALLS.clear()
    for seconds in (0, 1, 59, 60, 61, 119, 120):
        jobs.run_due([EACH_MINUTE], now=NOW + timedelta(seconds=seconds))
    assert [(call - NOW).seconds for call in CALLS] == [0, 60, 120]


def test_two_workers_at_the_same_moment_run_it_once() -> None:
    CALLS.clear()
    for _worker in range(2):
        jobs.run_due([EACH_MINUTE], now=NOW)
    assert len(CALLS) == 1


def test_a_failure_is_noted_and_stops_nothing() -> None:
    CALLS.clear()
    ran = jobs.run_due([BROKEN, EACH_MINUTE], now=NOW)
    assert ran == ["broken", "each_minute"]
    assert CALLS == [NOW]
    assert ScheduledRun.objects.get(name="broken").problem == "ValueError: the bank is closed"


def test_a_recovery_clears_the_note(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.run_due([BROKEN], now=NOW)
    recovered = Scheduled("broken", 60, EACH_MINUTE.operation)
    jobs.run_due([recovered], now=NOW + timedelta(minutes=1))
    assert ScheduledRun.objects.get(name="broken").problem == ""


@pytest.mark.django_db(transaction=True)
def test_a_year_of_finished_jobs_goes_in_short_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: in one portion it is as long as there are jobs."""
    monkeypatch.setattr("tirage.core.portions.PORTION", 10)
    for portion, longest in ((10, 10), (1_000, 45)):
        monkeypatch.setattr("tirage.core.portions.PORTION", portion)
        for _ in range(45):
            make_job("SUCCESSFUL", finished_at=NOW - timedelta(days=8))
        kept = make_job("SUCCESSFUL", finished_at=NOW - timedelta(days=6))
        with transactions_measured() as measured:
            assert jobs.prune_finished_jobs(now=NOW) == 45
        assert measured.longest.rows == longest
        assert list(DBTaskResult.objects.values_list("pk", flat=True)) == [kept.pk]
        kept.delete()
