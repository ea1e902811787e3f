"""One attempt at an import: claimed by one process, ended by it, or failed with words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, IntegrityError

from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.imports.engine import RowRefused
from tirage.imports.models import ImportRun
from tirage.imports.operations.steps import SILENCE, refuse_step
from tirage.imports.operations.sweeping import sweep_stopped
from tirage.imports.queries import AGAIN, NOTHING, last_sign, say_left, say_written
from tirage.imports.states import BUSY, ImportState
from tirage.imports.writing import TakenForDead


def begin(reference: str, state: ImportState, now: datetime) -> ImportRun:
    """Claims the run for one process. Raises Conflict when the step isn't legal or somebody else was faster."""
    run = ImportRun.objects.get(reference=reference)
    if run.state in BUSY and now - last_sign(run) >= SILENCE:
        sweep_stopped(now=now)
        run.refresh_from_db()
    refuse_step(run, state)
    return _step(run, state, now)


def _step(run: ImportRun, state: ImportState, now: datetime) -> ImportRun:
    # The time of the clock, not ``now``: it is the first sign of life.
    changed = ImportRun.objects.filter(pk=run.pk, state=run.state, attempt=run.attempt).update(
        state=state.value, attempt=run.attempt + 1, changed_at=max(now, read_clock()), queued_at=None
    )
    if not changed:
        raise Conflict("import_state", "Somebody else has begun this import. Look at it again.")
    run.refresh_from_db()
    return run


def end(run: ImportRun, state: ImportState) -> None:
    """Writes what the attempt came to; raises Conflict when the attempt isn't the latest any more."""
    run.state, run.changed_at = state.value, read_clock()
    if state is ImportState.DONE:
        run.finished_at = run.changed_at
    values = {
        name: getattr(run, name)
        for name in (
            "state",
            "changed_at",
            "finished_at",
            "total",
            "good",
            "bad",
            "notice_count",
            "problems",
            "notices",
            "reading",
            "outcome",
        )
    }
    if not ImportRun.objects.filter(pk=run.pk, attempt=run.attempt).update(**values):
        raise TakenForDead


@contextmanager
def failing(run: ImportRun) -> Iterator[None]:
    """Whatever goes wrong is said on the run before it is raised on."""
    try:
        yield
    except RowRefused as refusal:
        message = f"Something changed since the check. {refusal} {_say_how_far(run)}"
        _fail(run, message)
        raise DomainError("row_refused", message) from refusal
    except IntegrityError as problem:
        message = f"Somebody changed the same rows at the same time. {say_left(run)}"
        _fail(run, message)
        raise Conflict("import_raced", message) from problem
    except DomainError as refusal:
        if run.state in BUSY or refusal.code != "rows_bad":
            _fail(
                run, refusal.message if NOTHING in refusal.message else f"{refusal.message} {_said_in(run)}"
            )
        raise
    except BaseException:
        _fail(run, f"It stopped before its end. {say_left(run)}")
        raise


def _said_in(run: ImportRun) -> str:
    return say_written(run) if run.written else NOTHING


def _say_how_far(run: ImportRun) -> str:
    if not run.written:
        return f"{NOTHING} {AGAIN}"
    return (
        f"{say_written(run)} Start it again when that is mended, or leave the row out, and it goes on there."
    )


def _fail(run: ImportRun, message: str) -> None:
    """Says so if it can be said: a database that is gone must not hide what went wrong."""
    try:
        ImportRun.objects.filter(pk=run.pk, attempt=run.attempt).update(
            state=ImportState.FAILED.value, outcome=message[:500], changed_at=read_clock()
        )
        run.refresh_from_db()
    except DatabaseError:
        run.state, run.outcome = ImportState.FAILED.value, message[:500]
