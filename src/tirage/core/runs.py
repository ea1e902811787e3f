"""Long work on many rows, portion by portion in the worker: how a run whose worker died is taken up again.

A run is a row with a state; each portion is a transaction of its own that moves rows and the run's ``changed_at``, so
a run that hasn't moved for a while has no worker, or waits for its turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django_tasks_db.models import DBTaskResult

from tirage.core.jobs import queue_job

#: A run that hasn't moved for so long is looked after; portions take seconds.
SILENCE = timedelta(minutes=1)


def take_up(task: str, references: Iterable[str], *, now: datetime) -> int:
    """Queues the job of runs that stand still, unless it waits for its turn already; how many.

    Two jobs of one run do no harm: each portion is taken under the run's lock.
    """
    count = 0
    for reference in references:
        # One that is said to run for longer than the run stands still belongs to a worker that died.
        waits = DBTaskResult.objects.filter(task_path=task, status="READY", args_kwargs__args=[reference])
        runs = DBTaskResult.objects.filter(
            task_path=task, status="RUNNING", args_kwargs__args=[reference], started_at__gt=now - SILENCE
        )
        if not waits.exists() and not runs.exists():
            queue_job(task, reference)
            count += 1
    return count
