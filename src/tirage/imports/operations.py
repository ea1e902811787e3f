"""Acts on an import: bring a file, choose its columns, check it, run it, let it go.

Nothing is written before every row was looked at. Then the good rows go in portion by portion, and each portion's
transaction also writes how many rows are in: killed at any moment, the import goes on exactly behind the last row that
is in, and no row is written twice. See ``writing.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.db import DatabaseError, IntegrityError, transaction

from tirage.core.actors import Actor, ActorKind
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.jobs import queue_job
from tirage.imports import files
from tirage.imports.engine import READING, HowRead, Importer, PutAside, RowRefused, Setting, check_table
from tirage.imports.facts import Facts, facts_of
from tirage.imports.kinds import kind_of
from tirage.imports.layouts.matching import Named, expected, lay_out, match
from tirage.imports.meanings import COUNTRY_LIST, country_choices
from tirage.imports.models import ImportRun
from tirage.imports.options import ImportOptions
from tirage.imports.progress import Listener, Telling, forget_progress, read_progress, telling
from tirage.imports.same_person import OTHER, SHARED
from tirage.imports.states import BUSY, IMPORT_STEPS, ImportState
from tirage.imports.writing import TakenForDead, write_portions
from tirage.tables.errors import TableError
from tirage.tables.matching import Mapping, normalise_header
from tirage.tables.reading import Table, open_table
from tirage.tables.staging import Problem, Report, shown_text

#: A run that gave no sign of life for so long has died.
SILENCE = timedelta(minutes=1)
#: Files and rows of people are forgotten after so long; what was done stays in the audit log.
KEEP = timedelta(days=30)
#: What kills its process again and again isn't begun again by itself for ever.
MOST_ATTEMPTS = 20
SHOWN = 50
NOTHING = "Nothing was imported."
#: Answers by which a file has other columns, or other names for them.
ABOUT_COLUMNS = ("sheet", "header_row", "delimiter", "encoding", "twice_encoded")
#: Answers that are about who is in one file, and not about how its program writes.
ABOUT_PEOPLE = (SHARED, OTHER)


def start_import(
    *, kind: str, file: IO[bytes], file_name: str, options: ImportOptions, actor: Actor, now: datetime
) -> ImportRun:
    """Keeps the file and recognises it at once. ``file`` is binary and seekable.

    Raises DomainError ``no_such_kind``, ``file_unreadable``; then nothing is kept.
    """
    run = bring_file(kind=kind, file=file, file_name=file_name, options=options, actor=actor, now=now)
    try:
        return recognise_import(reference=run.reference)
    except DomainError:
        run.delete()
        raise


def bring_file(
    *, kind: str, file: IO[bytes], file_name: str, options: ImportOptions, actor: Actor, now: datetime
) -> ImportRun:
    """Keeps the file as it is and looks at nothing of it: that is the worker's. Raises DomainError ``no_such_kind``."""
    known = kind_of(kind)
    run = ImportRun(
        kind=known.name,
        file_name=shown_text(file_name[-200:]),
        options=options.to_json(),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        made_at=now,
        changed_at=now,
    )
    with transaction.atomic():
        run.save()
        files.keep_upload(run, file)
    return run


def recognise_import(*, reference: str, listener: Listener | None = None) -> ImportRun:
    """What the file is: its sheet, its columns, the system it is from, its first rows. Harmless when that is known.

    Raises DomainError ``file_unreadable`` (the run is failed then and says why), ``file_gone``.
    """
    run = ImportRun.objects.get(reference=reference)
    if run.facts or run.state != ImportState.UPLOADED:
        return run
    known = kind_of(run.kind)
    try:
        with telling(run.reference, listener) as progress:
            progress.tell(READING, 0, 0, at_once=True)
            with open_upload(run) as table:
                run.facts = facts_of(table, known.kind).to_json()
                run.total = table.row_count_hint
                run.mapping = match(table, known.kind, known.fields).matched
                run.headers_digest = digest_of(table.headers)
    except DomainError as refusal:
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.FAILED.value,
            outcome=refusal.message[:500],
            queued_at=None,
            changed_at=read_clock(),
        )
        raise
    _take_over(run, options_of(run))
    run.queued_at, run.changed_at = None, read_clock()
    run.save(
        update_fields=[
            "facts",
            "total",
            "mapping",
            "headers_digest",
            "options",
            "queued_at",
            "changed_at",
        ]
    )
    return run


def choose_columns(
    *,
    run: ImportRun,
    choices: dict[str, str | None],
    options: ImportOptions,
    actor: Actor,
    now: datetime,
) -> ImportRun:
    """Keeps which column is which field (field name to header; None leaves the field out) and the options.

    Raises DomainError ``columns_invalid`` when they don't fit the file, Conflict when the import is under way.
    """
    if run.state not in (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED):
        raise Conflict("import_state", "This import is under way or over. Look at it again.")
    _refuse_begun(run)
    try:
        mapping = mapping_of(run, read_facts(run)).override(choices)
        mapping.require_complete()
        importer_of(run, options, now).prepare(mapping)
    except TableError as problem:
        raise DomainError("columns_invalid", problem.message) from problem
    run.mapping, run.options, run.changed_at = mapping.matched, options.to_json(), now
    run.save(update_fields=["mapping", "options", "changed_at"])
    return run


def answer_questions(
    *, run: ImportRun, answers: AnyMapping[str, str], actor: Actor, now: datetime
) -> ImportRun:
    """Keeps what the person says about the file's words and marks, beside what they said before; "" takes it back.

    The file is to be checked again then. Raises Conflict when the import is under way or over.
    """
    if run.state not in (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED):
        raise Conflict("import_state", "This import is under way or over. Look at it again.")
    _refuse_begun(run)
    options = options_of(run)
    said = {key: value for key, value in {**options.answers, **answers}.items() if value}
    run.options, run.changed_at = replace(options, answers=said).to_json(), now
    run.save(update_fields=["options", "changed_at"])
    if any(options.answers.get(key, "") != said.get(key, "") for key in ABOUT_COLUMNS):
        _forget_facts(run)
    return run


def _forget_facts(run: ImportRun) -> None:
    """Other columns may come of another sheet or encoding: the file is recognised anew."""
    run.state, run.facts, run.mapping, run.reading = ImportState.UPLOADED.value, {}, {}, {}
    run.save(update_fields=["state", "facts", "mapping", "reading"])


def check_import(
    *, reference: str, listener: Listener | None = None, actor: Actor, now: datetime
) -> ImportRun:
    """Looks at every row and writes nothing but what was found, onto the run and into its report file.

    Raises DomainError ``file_unreadable`` (the run is failed then), Conflict when it is under way or over.
    """
    run = _begin(reference, ImportState.CHECKING, now)
    with (
        _failing(run),
        open_upload(run) as table,
        Report(SHOWN) as report,
        telling(run.reference, listener) as progress,
    ):
        importer = importer_of(run, options_of(run), now, actor)
        reading = check_table(table, mapping_of(run, table), importer, report, progress)
        _keep_findings(run, report, reading)
        run.outcome = ""
        _end(run, ImportState.CHECKED)
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
    _refuse_second(reference, now)
    run = _begin(reference, ImportState.RUNNING, now)
    ImportRun.objects.filter(pk=run.pk, attempt=run.attempt).update(skip_bad=skip_bad)
    make = partial(importer_of, run, options_of(run), now, actor)
    with _failing(run), telling(run.reference, listener) as progress:
        if not run.written:
            _check_aside(run, make(), progress, skip_bad=skip_bad)
        aside = _rows_aside(run)
        write_portions(
            run, aside, make, progress, skip_bad=skip_bad, finish=partial(_end, run, ImportState.DONE)
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
            _end(run, ImportState.CHECKED)
            raise DomainError("rows_bad", say_bad(run) + " " + NOTHING)
    run.save(update_fields=["total", "good", "bad", "notice_count", "problems", "notices", "reading"])


def _rows_aside(run: ImportRun) -> PutAside[Any]:
    if run.good and not files.has_rows(run):
        raise DomainError("file_gone", "The rest of the file is no longer here.")
    return PutAside[Any](run)


def cancel_import(*, run: ImportRun, actor: Actor, now: datetime) -> ImportRun:
    """Lets the file go; rows that are in stay. Raises Conflict when the import is under way or over."""
    _refuse_step(run, ImportState.CANCELLED)
    words = NOTHING if not run.written else f"{_say_written(run)} They stay; the rest was let go."
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


def queue_import(*, run: ImportRun, to_write: bool, skip_bad: bool = False, now: datetime) -> ImportRun:
    """Asks the worker to check the import, or to run it. Raises Conflict when it is under way or over."""
    _refuse_step(run, ImportState.RUNNING if to_write else ImportState.CHECKING)
    with transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(queued_at=now, changed_at=now)
        if to_write:
            queue_job("tirage.imports.tasks.import_file", run.reference, skip_bad)
        else:
            queue_job("tirage.imports.tasks.check_file", run.reference)
    run.refresh_from_db()
    return run


def queue_recognising(*, run: ImportRun, now: datetime) -> ImportRun:
    """Asks the worker to look what the file is; columns that were chosen before are chosen anew."""
    if run.state not in (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED) or run.written:
        raise Conflict("import_state", "This import is under way or over. Look at it again.")
    with transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.UPLOADED.value, queued_at=now, changed_at=now
        )
        queue_job("tirage.imports.tasks.recognise_file", run.reference)
    run.refresh_from_db()
    return run


# Reading an import


def read_facts(run: ImportRun) -> Facts:
    """What the file is. Raises DomainError ``file_unknown`` as long as the worker hasn't looked."""
    if not run.facts:
        raise DomainError("file_unknown", "Nobody has looked at this file yet. Wait until it is read.")
    return Facts.from_json(run.facts)


def digest_of(headers: Sequence[str]) -> str:
    """The same for files with the same columns."""
    return hashlib.sha256("\x1f".join(map(normalise_header, headers)).encode()).hexdigest()


def _take_over(run: ImportRun, options: ImportOptions) -> None:
    """What was chosen and said for the last file with these columns, but for what was said about its people."""
    same = ImportRun.objects.filter(kind=run.kind, headers_digest=run.headers_digest)
    before = same.exclude(state=ImportState.CANCELLED.value).order_by("-made_at", "-pk").first()
    if before is None:
        return
    said = {key: value for key, value in options_of(before).answers.items() if key not in ABOUT_PEOPLE}
    # The same columns may be written otherwise: E-mail and Email.
    if set(before.mapping.values()) <= set(run.facts["headers"]):
        run.mapping = {**run.mapping, **before.mapping}
    run.options = replace(options, answers={**said, **options.answers}).to_json()


def read_reading(run: ImportRun) -> HowRead:
    """How the file was read at its last check."""
    lists = {COUNTRY_LIST: country_choices()}
    return HowRead.from_json(run.reading, lists)


def options_of(run: ImportRun) -> ImportOptions:
    return ImportOptions.from_json(run.options)


def mapping_of(run: ImportRun, table: Named) -> Mapping:
    """The chosen columns, with what else would fit by name."""
    known = kind_of(run.kind)
    matched = match(table, known.kind, known.fields)
    if not run.mapping:
        return matched
    kept = Mapping(matched.headers, matched.fields, {}, {}).override(run.mapping)
    return Mapping(kept.headers, kept.fields, kept.matched, matched.ambiguous)


def importer_of(
    run: ImportRun, options: ImportOptions, now: datetime, actor: Actor | None = None
) -> Importer[Any]:
    """A fresh importer. Raises DomainError, such as ``offer_missing``."""
    return kind_of(run.kind).importer(Setting(options, run.reference, actor or actor_of(run), now))


def actor_of(run: ImportRun) -> Actor:
    """Who brought the file, for work that a job does in their name."""
    return Actor(ActorKind(run.actor_kind), run.actor_id, run.actor_label)


@contextmanager
def open_upload(run: ImportRun) -> Iterator[Table]:
    """The run's file as a table. Raises DomainError ``file_unreadable`` with the words of whatever is wrong."""
    try:
        file = files.open_upload(run)
    except FileNotFoundError as problem:
        raise DomainError("file_gone", "The file is no longer here. Bring it again.") from problem
    with file, _opened(file, run) as table:
        yield table


@contextmanager
def _opened(file: IO[bytes], run: ImportRun) -> Iterator[Table]:
    try:
        with open_file(file, run.file_name, run.kind, options_of(run)) as table:
            yield table
    except TableError as problem:
        raise DomainError("file_unreadable", problem.message) from problem


def open_file(source: IO[bytes] | Path, name: str, kind: str, options: ImportOptions) -> Table:
    """A file as a table of that kind, with the columns that its layout says. Raises TableError."""
    known = kind_of(kind)
    names = expected(known.kind, known.fields)
    table = open_table(source, name, answers=options.answers, expected=names)
    return lay_out(table, known.kind, known.fields)


def last_sign(run: ImportRun) -> datetime:
    """When the run was last heard of."""
    progress = read_progress(run.reference)
    return max(run.changed_at, progress.at) if progress else run.changed_at


def say_bad(run: ImportRun) -> str:
    """How many rows are wrong, in a sentence."""
    if run.bad == 1:
        return f"1 of {run.total:,} rows needs another look."
    return f"{run.bad:,} of {run.total:,} rows need another look."


def say_left(run: ImportRun) -> str:
    """What is in and what to do, when an import ended early."""
    if not run.written:
        return f"{NOTHING} Start it again."
    return f"{_say_written(run)} Start it again, and it goes on with the rest."


def _say_written(run: ImportRun) -> str:
    return f"{run.written:,} of {run.good:,} rows are in."


# Steps


def _begin(reference: str, state: ImportState, now: datetime) -> ImportRun:
    """Claims the run for one process. Raises Conflict when the step isn't legal or somebody else was faster."""
    run = ImportRun.objects.get(reference=reference)
    if run.state in BUSY and now - last_sign(run) >= SILENCE:
        sweep_stopped(now=now)
        run.refresh_from_db()
    _refuse_step(run, state)
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


def _refuse_step(run: ImportRun, state: ImportState) -> None:
    if state not in IMPORT_STEPS[ImportState(run.state)]:
        raise Conflict("import_state", "This import is under way or over. Look at it again.")
    if state is ImportState.CHECKING:
        _refuse_begun(run)


def _refuse_begun(run: ImportRun) -> None:
    """What is in was read with the columns and options as they are."""
    if run.written:
        raise Conflict("import_begun", f"{_say_written(run)} Go on with the rest, or let it go.")


def _refuse_second(reference: str, now: datetime) -> None:
    """Two imports that write at once would wait for each other's rows, each in its own order."""
    for other in ImportRun.objects.filter(state=ImportState.RUNNING.value).exclude(reference=reference):
        if now - last_sign(other) < SILENCE:
            raise Conflict(
                "import_busy", f"The import of {other.file_name} is running. Wait until it has finished."
            )


def _end(run: ImportRun, state: ImportState) -> None:
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


@contextmanager
def _failing(run: ImportRun) -> Iterator[None]:
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
    return _say_written(run) if run.written else NOTHING


def _say_how_far(run: ImportRun) -> str:
    if not run.written:
        return NOTHING
    return (
        f"{_say_written(run)} Start it again when that is mended, or leave the row out, and it goes on there."
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


def shown_problems(run: ImportRun) -> list[Problem]:
    """The first problems, as they were kept."""
    return [Problem(*values) for values in run.problems]


def shown_notices(run: ImportRun) -> list[Problem]:
    return [Problem(*values) for values in run.notices]
