"""Checking a file, which writes nothing but what was found, and running it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.imports import files
from tirage.imports.engine import HowRead, Importer, PutAside, check_table
from tirage.imports.models import ImportRun
from tirage.imports.operations.attempts import begin, end, failing
from tirage.imports.operations.steps import refuse_second
from tirage.imports.progress import Listener, Telling, telling
from tirage.imports.queries import NOTHING, importer_of, mapping_of, open_upload, options_of, say_bad
from tirage.imports.states import ImportState
from tirage.imports.writing import write_portions
from tirage.tables.staging import Report

#: How many problems and notices are kept on a run.
SHOWN = 50


def check_import(
    *, reference: str, listener: Listener | None = None, actor: Actor, now: datetime
) -> ImportRun:
    """Looks at every row and writes nothing but what was found, onto the run and into its report file.

    Raises DomainError ``file_unreadable`` (the run is failed then), Conflict when it is under way or over.
    """
    run = begin(reference, ImportState.CHECKING, now)
    with (
        failing(run),
        open_upload(run) as table,
        Report(SHOWN) as report,
        telling(run.reference, listener) as progress,
    ):
        importer = importer_of(run, options_of(run), now, actor)
        reading = check_table(table, mapping_of(run, table), importer, report, progress)
        _keep_findings(run, report, reading)
        run.outcome = ""
        end(run, ImportState.CHECKED)
    return run


def run_import(
    *, reference: str, skip_bad: bool = False, listener: Listener | None = None, actor: Actor, now: datetime
) -> ImportRun:
    """Checks once more, what was checked may have changed since, and writes every good row, in short transactions.

    With a bad row nothing is written, unless ``skip_bad``: then the bad rows are left out. A run of which rows are in
    isn't checked again: it goes on behind them. Records ``import.finished``. Raises DomainError ``rows_bad`` (the run
    is as after a check), ``row_refused`` (what is in is said), ``file_unreadable``, ``file_gone``, ``import_busy``,
    Conflict when it is under way or over.
    """
    refuse_second(reference, now)
    run = begin(reference, ImportState.RUNNING, now)
    ImportRun.objects.filter(pk=run.pk, attempt=run.attempt).update(skip_bad=skip_bad)
    make = partial(importer_of, run, options_of(run), now, actor)
    with failing(run), telling(run.reference, listener) as progress:
        if not run.written:
            _check_aside(run, make(), progress, skip_bad=skip_bad)
        aside = _rows_aside(run)
        write_portions(
            run, aside, make, progress, skip_bad=skip_bad, finish=partial(end, run, ImportState.DONE)
        )
    files.drop_upload(run)
    return run


def _check_aside(run: ImportRun, importer: Importer[Any], progress: Telling, *, skip_bad: bool) -> None:
    """Looks at every row and puts the good ones aside; DomainError ``rows_bad`` unless bad ones are left out."""
    aside = PutAside[Any](run, importer.portion)
    aside.begin()
    with open_upload(run) as table, Report(SHOWN) as report:
        reading = check_table(table, mapping_of(run, table), importer, report, progress, aside)
        _keep_findings(run, report, reading)
        if report.bad and not skip_bad:
            end(run, ImportState.CHECKED)
            raise DomainError("rows_bad", say_bad(run) + " " + NOTHING)
    run.save(update_fields=["total", "good", "bad", "notice_count", "problems", "notices", "reading"])


def _rows_aside(run: ImportRun) -> PutAside[Any]:
    if run.good and not files.has_rows(run):
        raise DomainError("file_gone", "The rest of the file is no longer here.")
    return PutAside[Any](run)


def _keep_findings(run: ImportRun, report: Report, reading: HowRead) -> None:
    run.reading = reading.to_json()
    run.total, run.good, run.bad = report.total, report.good, report.bad
    run.notice_count = report.notice_count
    run.problems = [list(asdict(problem).values()) for problem in report.first[:SHOWN]]
    run.notices = [list(asdict(notice).values()) for notice in report.first_notices[:SHOWN]]
    if report.problem_count:
        files.keep_report(run, report.csv())
    else:
        files.drop_report(run)
