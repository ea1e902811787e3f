"""Imports that nobody works on any more: stopped before their end, let go, or long over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.imports import files
from tirage.imports.models import ImportRun
from tirage.imports.operations.queueing import queue_import
from tirage.imports.operations.steps import SILENCE, refuse_step
from tirage.imports.progress import forget_progress
from tirage.imports.queries import NOTHING, last_sign, say_left, say_written
from tirage.imports.states import BUSY, ImportState

#: Files and rows of people are forgotten after so long; what was done stays in the audit log.
KEEP = timedelta(days=30)
#: What kills its process again and again isn't begun again by itself for ever.
MOST_ATTEMPTS = 20


def cancel_import(*, run: ImportRun, actor: Actor, now: datetime) -> ImportRun:
    """Lets the file go; rows that are in stay. Raises Conflict when the import is under way or over."""
    refuse_step(run, ImportState.CANCELLED)
    words = NOTHING if not run.written else f"{say_written(run)} They stay; the rest was let go."
    changed = ImportRun.objects.filter(pk=run.pk, state=run.state).update(
        state=ImportState.CANCELLED.value, changed_at=now, finished_at=now, outcome=words
    )
    if not changed:
        raise Conflict("import_state", "This import is under way or over. Look at it again.")
    files.drop_all(run)
    run.refresh_from_db()
    return run


def sweep_stopped(*, now: datetime) -> int:
    """Says of imports whose process died that they failed; how many.

    Those of which rows are in are the worker's from here on: it goes on behind them.
    """
    count = 0
    for run in ImportRun.objects.filter(state__in=[state.value for state in BUSY]):
        if now - last_sign(run) < SILENCE:
            continue
        with transaction.atomic():
            changed = ImportRun.objects.filter(pk=run.pk, state=run.state, attempt=run.attempt).update(
                state=ImportState.FAILED.value,
                attempt=run.attempt + 1,
                changed_at=now,
                outcome=f"It stopped before its end. {say_left(run)}",
            )
            if changed and run.written and run.attempt < MOST_ATTEMPTS:
                run.refresh_from_db()
                queue_import(run=run, to_write=True, skip_bad=run.skip_bad, now=now)
        count += changed
    return count


def tidy_imports(*, now: datetime) -> int:
    """Forgets files and found problems of imports that are older than KEEP; how many."""
    files.forget_folder()
    forget_progress(before=now - KEEP)
    old = ImportRun.objects.filter(changed_at__lt=now - KEEP).exclude(
        state__in=[state.value for state in BUSY]
    )
    count = 0
    for run in old.exclude(problems=[], notices=[]):
        files.drop_all(run)
        count += ImportRun.objects.filter(pk=run.pk).update(problems=[], notices=[])
    for run in old.filter(
        state__in=[ImportState.UPLOADED.value, ImportState.CHECKED.value, ImportState.FAILED.value]
    ):
        files.drop_all(run)
        ImportRun.objects.filter(pk=run.pk).update(state=ImportState.CANCELLED.value, finished_at=now)
    return count
