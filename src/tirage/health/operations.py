"""What people do about jobs that were given up: have them tried again, or let them go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django_tasks_db.models import DBTaskResult

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.health.rules import say_job


def try_job_again(*, number: str, actor: Actor, now: datetime) -> None:
    """The worker runs it as if for the first time; jobs may run twice. Records ``job.retried``.

    Raises Conflict ``job_not_failed`` when it goes on by itself, or is done.
    """
    changes: dict[str, Any] = {"status": "READY", "run_after": now, "finished_at": None, "worker_ids": []}
    with transaction.atomic():
        path = _failed(number)
        DBTaskResult.objects.filter(pk=number, status="FAILED").update(**changes)
        _record(EventName.JOB_RETRIED, f"had a job tried again: {say_job(path)}", actor, now)


def let_job_go(*, number: str, actor: Actor, now: datetime) -> None:
    """Nobody runs it any more. Records ``job.let_go``. Raises Conflict ``job_not_failed``."""
    with transaction.atomic():
        path = _failed(number)
        DBTaskResult.objects.filter(pk=number, status="FAILED").delete()
        _record(EventName.JOB_LET_GO, f"let a failed job go: {say_job(path)}", actor, now)


def _failed(number: str) -> str:
    path = DBTaskResult.objects.filter(pk=number, status="FAILED").values_list("task_path", flat=True).first()
    if path is None:
        raise Conflict("job_not_failed", "This job goes on by itself, is done, or was let go.")
    return path


def _record(name: EventName, text: str, actor: Actor, now: datetime) -> None:
    record_event(name, "job", 0, text=text, actor=actor, now=now)
