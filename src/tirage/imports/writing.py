"""Writing what was put aside: portion by portion, each in a transaction of its own that also says how far it is.

Between two portions others have their turn: SQLite's writers wait for each other by looking again ever less often, and
one that writes without a pause would keep a buyer waiting to the end of the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from django.db import OperationalError, connection, transaction

from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.imports.engine import WRITING, Importer, PutAside, RowRefused
from tirage.imports.models import ImportRun
from tirage.imports.progress import Telling
from tirage.tables.staging import Problem

#: Longer than SQLite waits at most before it looks again for its turn, which is a tenth of a second.
PAUSE_SECONDS = 0.12
#: How often an import waits for a busy SQLite once more; each time it waits twenty seconds by itself.
MOST_WAITS = 30


class TakenForDead(Conflict):
    """Somebody else goes on with this import: this process gave no sign of life for too long."""

    def __init__(self) -> None:
        words = "This attempt was taken for dead, and another has begun. Nothing more was imported by it."
        super().__init__("import_state", words)


def write_portions(
    run: ImportRun,
    aside: PutAside[Any],
    make: Callable[[], Importer[Any]],
    progress: Telling,
    *,
    skip_bad: bool,
    finish: Callable[[], None],
) -> None:
    """Writes the portions behind ``run.written``, then ``finish`` with the record of it, in one transaction.

    ``make`` gives a fresh importer. With ``skip_bad`` a row that is refused by now is left out like the others. No
    transaction may be open. Raises RowRefused, and TakenForDead when the attempt isn't the latest any more.
    """
    importer, done, waits = _importer_behind(run, aside, make), 0, 0
    progress.tell(WRITING, run.written, run.good, at_once=True)
    for portion in aside.portions():
        done += len(portion)
        if done <= run.written:
            continue
        rows = portion
        if run.written:
            _let_others_write()
        while True:
            try:
                _write(run, importer, rows, done)
                break
            except RowRefused as refusal:
                if not skip_bad:
                    raise
                rows = [row for row in rows if row.row != refusal.row]
                _leave_out(run, refusal)
                # What it noted of the portion was undone.
                importer = _importer_behind(run, aside, make)
            except OperationalError as problem:
                waits += 1
                if not _is_busy(problem) or waits > MOST_WAITS:
                    raise
                importer = _importer_behind(run, aside, make)
        progress.tell(WRITING, done, run.good)
    with transaction.atomic():
        _finish(run, importer)
        finish()


def _importer_behind(
    run: ImportRun, aside: PutAside[Any], make: Callable[[], Importer[Any]]
) -> Importer[Any]:
    """One that knows the rows that are in."""
    importer, passed = make(), 0
    importer.counts.update(run.counts)
    for portion in aside.portions() if run.written else ():
        passed += len(portion)
        if passed > run.written:
            break
        importer.remember(portion)
    return importer


def _write(run: ImportRun, importer: Importer[Any], rows: list[Any], done: int) -> None:
    """The rows and how many are in, or neither."""
    latest = ImportRun.objects.filter(pk=run.pk, attempt=run.attempt)
    with transaction.atomic():
        if not latest.filter(written=run.written).update(written=done, changed_at=read_clock()):
            raise TakenForDead
        importer.write(rows)
        if not latest.update(counts=dict(importer.counts)):
            raise TakenForDead
    run.written, run.counts = done, dict(importer.counts)


def _leave_out(run: ImportRun, refusal: RowRefused) -> None:
    run.bad += 1
    run.problems = [*run.problems, list(astuple(Problem(refusal.row, "", "", refusal.reason)))]
    run.save(update_fields=["bad", "problems"])


def _finish(run: ImportRun, importer: Importer[Any]) -> None:
    run.outcome = importer.outcome()[:500]
    record_event(
        EventName.IMPORT_FINISHED,
        "import",
        run.pk,
        text=f"imported {run.file_name}: {run.outcome}",
        data={"import": run.reference, "kind": run.kind, "good": run.good, "left_out": run.bad},
        actor=importer.setting.actor,
        now=importer.setting.now,
    )


def _is_busy(problem: OperationalError) -> bool:
    """SQLite, written to by somebody else for longer than it waits by itself: nothing is in, and nothing is lost."""
    return "is locked" in str(problem)


def _let_others_write() -> None:
    if connection.vendor == "sqlite":
        time.sleep(PAUSE_SECONDS)
