"""One act on many rows, by the worker: drafted for preview, begun, stopped, gone on with. Rooms bring the acts.

An act (``config/bulk.py``) is called as ``act(key=…, since=…, actor=…, now=…, **values)``, outside of any transaction,
and raises DomainError for a row that it leaves as it is. A worker may die between an act and its note, so an act is
done once however often it is called: what was done since ``since``, when the run was drafted, counts as done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils.module_loading import import_string

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.jobs import queue_job
from tirage.core.models import BulkRow, BulkRun
from tirage.core.runs import SILENCE, actor_of, in_the_name_of, take_up
from tirage.core.states import BULK_STEPS, BulkOutcome, BulkState

#: Drafts that nobody started are tidied after this time.
DRAFT_LIFE = timedelta(days=2)
_BATCH = 1_000
_TASK = "tirage.core.tasks.go_on_with_bulk"


@dataclass(frozen=True, slots=True)
class BulkFigures:
    """Rows of a run by what became of them."""

    total: int
    done: int
    refused: int
    waiting: int


@cache
def _act(kind: str) -> Callable[..., None]:
    acts: Mapping[str, str] = import_string(settings.TIRAGE_BULK_ACTS)
    found: Callable[..., None] = import_string(acts[kind])
    return found


def draft_run(*, kind: str, keys: Sequence[str], actor: Actor, now: datetime) -> BulkRun:
    """Keeps a choice of rows for preview; nothing is done yet. Raises DomainError ``nothing_chosen``."""
    unique = list(dict.fromkeys(keys))
    if not unique:
        raise DomainError("nothing_chosen", "Choose at least one row first.")
    with transaction.atomic():
        BulkRun.objects.filter(state=BulkState.DRAFT.value, made_at__lt=now - DRAFT_LIFE).delete()
        run = BulkRun.objects.create(
            kind=kind, total=len(unique), made_at=now, changed_at=now, **in_the_name_of(actor)
        )
        BulkRow.objects.bulk_create((BulkRow(run=run, key=key) for key in unique), batch_size=_BATCH)
    return run


@transaction.atomic
def start_run(*, run: BulkRun, values: Mapping[str, Any], actor: Actor, now: datetime) -> BulkRun:
    """Lets the worker begin a previewed run, or go on with one that was stopped; it goes on with its first values."""
    running: dict[str, Any] = {"state": BulkState.RUNNING.value, "changed_at": now, **in_the_name_of(actor)}
    here = BulkRun.objects.filter(pk=run.pk)
    began = here.filter(state=BulkState.DRAFT.value).update(values=dict(values), **running)
    if began or here.filter(state=BulkState.STOPPED.value).update(**running):
        queue_job(_TASK, run.reference)
    run.refresh_from_db()
    return run


def stop_run(*, run: BulkRun, now: datetime) -> BulkRun:
    """Ends a run between two rows. One that is over is returned as it is."""
    _advance(run, BulkState.STOPPED, now)
    return run


def sweep_stopped_runs(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = BulkRun.objects.filter(state=BulkState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(_TASK, list(still.values_list("reference", flat=True)), now=now)


def continue_run(*, run: BulkRun, limit: int, now: datetime) -> BulkRun:
    """Acts on the next ``limit`` rows of a running run, in the name of who began it.

    No transaction may be open: an act may ask a bank. Two who push the same run at once do no harm.
    """
    if run.state != BulkState.RUNNING:
        return run
    actor = actor_of(run)
    rows = list(run.rows.filter(outcome=BulkOutcome.WAITING.value).order_by("id")[:limit])
    for row in rows:
        _act_on(run, row, actor, now)
    BulkRun.objects.filter(pk=run.pk).update(changed_at=now)
    run.refresh_from_db()
    if len(rows) < limit or not run.rows.filter(outcome=BulkOutcome.WAITING.value).exists():
        _advance(run, BulkState.FINISHED, now)
    return run


def _act_on(run: BulkRun, row: BulkRow, actor: Actor, now: datetime) -> None:
    here = BulkRow.objects.filter(pk=row.pk)
    try:
        _act(run.kind)(key=row.key, since=run.made_at, actor=actor, now=now, **run.values)
    except DomainError as refusal:
        # Who finds the row busy with another job of this run doesn't overwrite what that one writes.
        waiting = here.filter(outcome=BulkOutcome.WAITING.value)
        waiting.update(outcome=BulkOutcome.REFUSED.value, reason=refusal.message[:300])
    else:
        here.update(outcome=BulkOutcome.DONE.value, reason="")


def bulk_figures(run: BulkRun) -> BulkFigures:
    """How far a run is; one statement."""
    counts = run.rows.aggregate(
        **{one.value: Count("pk", filter=Q(outcome=one.value)) for one in BulkOutcome}
    )
    return BulkFigures(total=run.total, **counts)


def _advance(run: BulkRun, to: BulkState, now: datetime) -> None:
    sources = [state.value for state, steps in BULK_STEPS.items() if to in steps]
    BulkRun.objects.filter(pk=run.pk, state__in=sources).update(state=to.value, changed_at=now)
    run.refresh_from_db()
