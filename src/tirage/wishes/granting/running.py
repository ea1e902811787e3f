"""A run's life: begun, stopped, gone on with, taken up again after its worker died."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.runs import SILENCE, in_the_name_of, take_up
from tirage.wishes.models import GrantRun
from tirage.wishes.states import AGAIN, GRANT_STEPS, GrantOutcome, GrantState

#: Workers at one run; where all writing is done one after the other there is one.
WORKERS = 2
TASK = "tirage.wishes.tasks.grant_wishes"
_WAITING = GrantOutcome.WAITING.value


@transaction.atomic
def start_granting(*, run: GrantRun, actor: Actor, now: datetime, queue: bool = True) -> GrantRun:
    """Lets the worker begin a draft, or go on with a run that was stopped. Raises DomainError ``nothing_to_grant``.

    A run that is under way or over is returned as it is.
    """
    if run.state == GrantState.DRAFT and not run.lines.filter(pieces__gt=0).exists():
        raise DomainError("nothing_to_grant", "Nobody would get anything.")
    begins = [GrantState.DRAFT.value, GrantState.STOPPED.value]
    if _go_on(run, begins, actor, now):
        text = f"began to grant wishes of {run.release.name}"
        record_event(
            EventName.GRANTING_STARTED,
            "release",
            run.release_id,
            text=text,
            data={"run": run.reference},
            actor=actor,
            now=now,
        )
        if queue:
            _let_work(run)
    run.refresh_from_db()
    return run


def stop_granting(*, run: GrantRun, now: datetime) -> GrantRun:
    """Ends a run between two customers. One that is over is returned as it is."""
    advance(run, GrantState.STOPPED, now)
    return run


@transaction.atomic
def again(*, run: GrantRun, actor: Actor, now: datetime) -> GrantRun:
    """Tries the lines of a finished run again whose bottles came back, or that something stood in the way of.

    What is granted stays granted, and nobody gets it twice. Raises DomainError ``nothing_to_grant``.
    """
    lines = run.lines.filter(outcome__in=[one.value for one in AGAIN], pieces__gt=0)
    if not lines.exists():
        raise DomainError("nothing_to_grant", "Nothing is left to be tried again.")
    if _go_on(run, [GrantState.FINISHED.value], actor, now):
        lines.update(outcome=_WAITING, reason="", draft=None, order=None, cart=None, given=0, kept_until=None)
        _let_work(run)
    run.refresh_from_db()
    return run


def _let_work(run: GrantRun) -> None:
    """A job for each worker that can be at it: what one is asked by a bank, the other needn't wait for."""
    for _ in range(WORKERS if connection.features.has_select_for_update else 1):
        queue_job(TASK, run.reference)


def _go_on(run: GrantRun, sources: list[str], actor: Actor, now: datetime) -> bool:
    here = GrantRun.objects.filter(pk=run.pk, state__in=sources)
    return bool(here.update(state=GrantState.RUNNING.value, changed_at=now, **in_the_name_of(actor)))


def advance(run: GrantRun, to: GrantState, now: datetime) -> None:
    sources = [state.value for state, steps in GRANT_STEPS.items() if to in steps]
    GrantRun.objects.filter(pk=run.pk, state__in=sources).update(state=to.value, changed_at=now)
    run.refresh_from_db()


def sweep_stopped_granting(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = GrantRun.objects.filter(state=GrantState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)
