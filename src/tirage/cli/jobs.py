"""What the job queue needs around it: jobs of dead workers come back, failed ones are tried again,
scheduled operations run when due. Any number of workers may do this at once.

Jobs and scheduled operations are idempotent: each may run twice (a worker that dies between acting and
saying so, a lease that ends while the job still runs).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django_tasks_db.models import DBTaskResult

from tirage.cli.models import ScheduledRun
from tirage.core.portions import delete_in_portions

#: A job running longer than this belongs to a worker that died.
LEASE = timedelta(minutes=10)
#: How long a failed job waits before each further try; after the last it stays failed, for people to see.
RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
#: Jobs that failed before this were given up, or failed while no worker ran for a day: people decide.
LOOK_BACK = timedelta(days=1)
#: Finished jobs are kept this long.
KEEP_FINISHED = timedelta(days=7)

logger = logging.getLogger("tirage.jobs")


@dataclass(frozen=True, slots=True)
class Scheduled:
    """``operation`` is a dotted path; it is called as ``operation(now=...)`` every so many seconds."""

    name: str
    seconds: int
    operation: str


def release_dead_jobs(*, now: datetime) -> int:
    """Jobs whose lease has ended become ready again; those tried too often fail. Answers how many there were."""
    dead = DBTaskResult.objects.filter(status="RUNNING", started_at__lt=now - LEASE)
    count = 0
    for job in dead:
        mine = dead.filter(pk=job.pk)
        if len(job.worker_ids) > len(RETRY_AFTER):
            count += mine.update(status="FAILED", finished_at=now, traceback="The worker died at each try.")
        else:
            count += mine.update(status="READY", started_at=None)
    return count


def give_back_jobs(worker_id: str) -> int:
    """Jobs that this worker had begun when it lost the database become ready again at once; how many."""
    count = 0
    running = DBTaskResult.objects.filter(status="RUNNING")
    for job in running:
        if job.worker_ids[-1:] == [worker_id]:
            count += running.filter(pk=job.pk).update(status="READY", started_at=None)
    return count


def retry_failed_jobs(*, now: datetime) -> int:
    """Failed jobs with tries left become ready again after their wait. Answers how many."""
    count = 0
    failed = DBTaskResult.objects.filter(status="FAILED", finished_at__gte=now - LOOK_BACK)
    for job in failed:
        tries = len(job.worker_ids)
        if 1 <= tries <= len(RETRY_AFTER):
            due = job.finished_at + RETRY_AFTER[tries - 1]
            count += failed.filter(pk=job.pk).update(status="READY", run_after=due, finished_at=None)
    return count


def run_due(schedule: Sequence[Scheduled], *, now: datetime) -> list[str]:
    """Runs what is due, each in its own time; answers the names. What fails is noted and due again as usual."""
    return [entry.name for entry in schedule if _claim(entry, now) and _run(entry, now)]


def _claim(entry: Scheduled, now: datetime) -> bool:
    """True for exactly one of the workers that ask at this time.

    A time further away than the interval was set by a wrong clock, and isn't believed.
    """
    following = now + timedelta(seconds=entry.seconds)
    due = Q(due_at__lte=now) | Q(due_at__gt=following)
    if ScheduledRun.objects.filter(due, name=entry.name).update(due_at=following, began_at=now):
        return True
    _, is_new = ScheduledRun.objects.get_or_create(
        name=entry.name, defaults={"due_at": following, "began_at": now}
    )
    return is_new


def _run(entry: Scheduled, now: datetime) -> bool:
    problem = ""
    try:
        _find(entry.operation)(now=now)
    except (OperationalError, InterfaceError) as error:
        # A database that is away is no fault of the entry's; whether it is, shows below.
        logger.warning("The scheduled operation %s had no database: %s", entry.name, error)
        problem = f"{type(error).__name__}: {error}"[:300]
    except Exception as error:  # the next entry must run whatever this one did
        logger.exception("The scheduled operation %s failed.", entry.name)
        problem = f"{type(error).__name__}: {error}"[:300]
    ScheduledRun.objects.filter(name=entry.name).exclude(problem=problem).update(problem=problem)
    return True


def _find(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def prune_finished_jobs(*, now: datetime) -> int:
    """Forgets jobs that ended well more than a week ago."""
    return delete_in_portions(
        DBTaskResult.objects.filter(status="SUCCESSFUL", finished_at__lt=now - KEEP_FINISHED)
    )
