"""Everybody placed anew and everything added up anew: after an upgrade, each day, and by ``tirage insights``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row, lock_rows
from tirage.core.runs import SILENCE, take_up
from tirage.customers.models import Customer
from tirage.insights import rollups
from tirage.insights.models import PlacingRun, Touched
from tirage.insights.placing import place_customers
from tirage.insights.states import PlacingState

TASK = "tirage.insights.tasks.rebuild"
PORTION, KEPT = 1_000, 20
_DAY = timedelta(hours=23)


def begin_rebuild(*, now: datetime, queue: bool = True) -> PlacingRun:
    """Lets the worker rebuild; the run that is under way, if there is one. Without ``queue`` the caller does it."""
    with transaction.atomic():
        lock_rows(PlacingRun.objects.all())
        if (present := PlacingRun.objects.filter(state=PlacingState.RUNNING.value).first()) is not None:
            return present
        made = PlacingRun.objects.create(total=Customer.objects.count(), made_at=now, changed_at=now)
        if queue:
            queue_job(TASK, made.reference)
    return made


def rebuild(
    *, run: PlacingRun, clock: Callable[[], datetime], progress: Callable[[int, int], None] | None = None
) -> PlacingRun:
    """Goes on with a run until it is finished. A worker that dies leaves how far it was; two at once take turns."""
    while _place_portion(run.pk, clock()):
        run.refresh_from_db()
        if progress:
            progress(run.done, run.total)
    _finish(run.pk, clock())
    run.refresh_from_db()
    return run


def _place_portion(pk: int, now: datetime) -> bool:
    """Places the next thousand; False when there is nobody left, or the run is over."""
    with transaction.atomic():
        run = _locked(pk)
        if run is None:
            return False
        ids = list(
            Customer.objects.filter(pk__gt=run.reached).order_by("pk").values_list("pk", flat=True)[:PORTION]
        )
        if not ids:
            return False
        rollups.hold_customers(ids)
        place_customers(ids, now)
        done = run.done + len(ids)
        PlacingRun.objects.filter(pk=pk).update(
            reached=ids[-1], done=done, total=max(run.total, done), changed_at=now
        )
    return True


def _finish(pk: int, now: datetime) -> None:
    """Who was noted meanwhile is placed once more, then everything is added up.

    The notes are read first: what is noted after that is looked after by ``keeping.keep_up``.
    """
    with transaction.atomic():
        if _locked(pk) is None:
            return
        notes = list(Touched.objects.order_by("pk").values_list("pk", "customer_id"))
        ids = sorted({customer for _, customer in notes})
        for start in range(0, len(ids), PORTION):
            some = ids[start : start + PORTION]
            rollups.hold_customers(some)
            place_customers(some, now)
        rollups.recount_everything()
        for start in range(0, len(notes), PORTION):
            Touched.objects.filter(pk__in=[note for note, _ in notes[start : start + PORTION]]).delete()
        PlacingRun.objects.filter(pk=pk).update(state=PlacingState.FINISHED.value, changed_at=now)
        PlacingRun.objects.filter(pk__lt=pk - KEPT, state=PlacingState.FINISHED.value).delete()


def _locked(pk: int) -> PlacingRun | None:
    return lock_row(PlacingRun.objects.filter(pk=pk, state=PlacingState.RUNNING.value))


def look_after_places(*, now: datetime) -> int:
    """Begins a rebuild where there never was one or the last is a day old, and takes up one whose worker died.

    Run by the schedule. What is kept with each change needs no rebuild; but names that change, a table of ZIPs that
    came with an upgrade, and rows that somebody wrote by hand do.
    """
    latest = PlacingRun.objects.order_by("-pk").first()
    if latest is None or (latest.state == PlacingState.FINISHED and latest.made_at < now - _DAY):
        begin_rebuild(now=now)
        return 1
    if latest.state == PlacingState.RUNNING and latest.changed_at < now - SILENCE:
        return take_up(TASK, [latest.reference], now=now)
    return 0
