"""Long work on many rows, portion by portion in the worker: how a run whose worker died is taken up again.

A run is a row with a state; each portion is a transaction of its own that moves rows and the run's ``changed_at``, so
a run that hasn't moved for a while has no worker, or waits for its turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from django_tasks_db.models import DBTaskResult

from tirage.core.actors import Actor, ActorKind
from tirage.core.jobs import queue_job

#: A run that hasn't moved for so long is looked after; portions take seconds.
SILENCE = timedelta(minutes=1)


class Run(Protocol):
    """Something that the worker does for somebody, in whose name it goes on."""

    actor_kind: str
    actor_id: int | None
    actor_label: str


def in_the_name_of(actor: Actor) -> dict[str, Any]:
    """The columns of a run that ``actor`` begins."""
    return {"actor_kind": actor.kind.value, "actor_id": actor.id, "actor_label": actor.label[:200]}


def actor_of(run: Run) -> Actor:
    """In whose name the run goes on."""
    return Actor(ActorKind(run.actor_kind), run.actor_id, run.actor_label)


def stands_still(moved_at: datetime, now: datetime) -> bool:
    """Whether a run that moved then has no worker, or waits for its turn."""
    return now - moved_at > SILENCE


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
