"""Bulk moves that begin at a time: the worker begins them, in the name of who said when."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.runs import in_the_name_of
from tirage.core.texts import say_count
from tirage.customers.models import MoveRun
from tirage.customers.operations.moves import TASK, advance_run, locked_run, record_run
from tirage.customers.states import MoveState


@transaction.atomic
def schedule_move(*, run: MoveRun, at: datetime, actor: Actor, now: datetime) -> MoveRun:
    """Lets the worker begin a draft at that time. Raises DomainError ``in_the_past``, Conflict. Records
    ``group.move_scheduled``.
    """
    if at <= now:
        words = "This time is over. Choose one to come, or begin now."
        raise DomainError("in_the_past", words, {"at": words})
    locked = locked_run(run)
    if not locked.total:
        raise Conflict("move_incomplete", "This choice was cut short. Choose the customers again.")
    locked.due_at = at
    locked.save(update_fields=["due_at"])
    advance_run(locked, MoveState.SCHEDULED, now)
    MoveRun.objects.filter(pk=locked.pk).update(**in_the_name_of(actor))
    locked.refresh_from_db()
    text = f"let the move of {say_count(locked.total, 'customer', 'customers')} begin by itself"
    record_run(EventName.GROUP_MOVE_SCHEDULED, locked, text, actor, now)
    return locked


@transaction.atomic
def call_off_move(*, run: MoveRun, actor: Actor, now: datetime) -> MoveRun:
    """Makes a scheduled move a draft again. Raises Conflict when it has begun. Records ``group.move_called_off``."""
    locked = locked_run(run)
    advance_run(locked, MoveState.DRAFT, now)
    # A draft lives from when it became one.
    MoveRun.objects.filter(pk=locked.pk).update(due_at=None, made_at=now)
    locked.refresh_from_db()
    record_run(EventName.GROUP_MOVE_CALLED_OFF, locked, "called off a scheduled move", actor, now)
    return locked


def start_due_moves(*, now: datetime) -> int:
    """Begins the scheduled moves whose time has come, in the name of who scheduled them; how many. By the schedule."""
    due = MoveRun.objects.filter(state=MoveState.SCHEDULED.value, due_at__lte=now)
    begun = 0
    for run in due.order_by("due_at", "pk"):
        with transaction.atomic():
            locked = locked_run(run)
            if locked.state != MoveState.SCHEDULED or locked.due_at is None or locked.due_at > now:
                continue
            advance_run(locked, MoveState.RUNNING, now)
            queue_job(TASK, locked.reference)
            begun += 1
    return begun
