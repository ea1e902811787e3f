"""``tirage import`` and ``tirage export``: the same acts as the back office's pages, with a progress bar."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tirage.core.errors import DomainError

if TYPE_CHECKING:
    from tirage.imports.engine import HowRead
    from tirage.imports.models import ImportRun
    from tirage.imports.options import ImportOptions
    from tirage.imports.progress import Listener
    from tirage.tables.staging import Problem

EXPORTED = ("customers", "skus", "stock", "offer-items")
IMPORTS = (*EXPORTED, "credit", "club-members", "group-stays", "wishes", "cards", "suppressed")
EXPORTS = (*EXPORTED, "orders", "wishes")
#: Problems and notices shown on the screen; all problems are in the report.
SHOWN = 10
ACTOR = "Command line"


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=IMPORTS, metavar="KIND", help=", ".join(IMPORTS))
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file, or a workbook (XLSX, XLS, ODS)")
    parser.add_argument("--dry-run", action="store_true", help="check every row and write nothing")
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out bad rows instead of importing nothing"
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help='a field\'s column, such as "first_name=Given name"; without a column the field is left out',
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write every problem to this CSV file")
    parser.add_argument(
        "--dates",
        choices=("auto", "us", "eu"),
        default="auto",
        help="3/4/2024 is March (us) or April (eu); auto asks the file's other dates",
    )
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="QUESTION=ANSWER",
        help="what the file leaves open, as the check asks it, such as numbers=comma, sheet=Members, header_row=3, "
        "encoding=mac-roman, delimiter=tab, hidden_rows=without or word:status:lapsed=suspended",
    )
    parser.add_argument("--offer", default="", metavar="OFR-…", help="offer-items: the offer they belong to")
    parser.add_argument("--replace", action="store_true", help="offer-items: remove items not in the file")
    parser.add_argument(
        "--leave-out-bad-addresses",
        action="store_true",
        help="customers: import people whose address can't be shipped to without that address",
    )
    parser.add_argument(
        "--move-groups",
        action="store_true",
        help="customers: the file's allocation group takes the place of the present one",
    )
    parser.add_argument("--reason", default="", help="stock: the reason of movements that have none")
    parser.add_argument(
        "--release-holds", action="store_true", help="stock: may take bottles that carts hold"
    )


def run_import(options: argparse.Namespace) -> int:
    """Exit code 0: imported, or for a dry run nothing to complain of; 1 otherwise."""
    if not options.file.is_file():
        raise DomainError("no_file", f"There is no file {options.file}.")
    return _dry_run(options) if options.dry_run else _import(options)


def _import(options: argparse.Namespace) -> int:
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.imports import operations, queries

    actor, now = system(ACTOR), read_clock()
    with options.file.open("rb") as file:
        run = operations.start_import(
            kind=options.kind,
            file=file,
            file_name=options.file.name,
            options=_options(options),
            actor=actor,
            now=now,
        )
    try:
        facts = queries.read_facts(run)
        _say_file(facts.system, facts.notes)
        run = operations.choose_columns(
            run=run, choices=_choices(options.map), options=_options(options), actor=actor, now=now
        )
        _say_columns(queries.mapping_of(run, facts))
        with progress_bar() as listener:
            run = operations.run_import(
                reference=run.reference, skip_bad=options.skip_bad, listener=listener, actor=actor, now=now
            )
    except DomainError as refusal:
        return _refused(run, refusal, options)
    _say_reading(queries.read_reading(run), queries.options_of(run).answers)
    _say_found(queries.shown_problems(run), queries.shown_notices(run), run.notice_count)
    _report(options.report, run)
    left_out = f" {_rows(run.bad, 'bad')} left out." if run.bad else ""
    print(f"Imported {options.file.name}: {run.outcome}{left_out}")
    return 0


def _refused(run: ImportRun, refusal: DomainError, options: argparse.Namespace) -> int:
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.imports import operations, queries

    run.refresh_from_db()
    _say_reading(queries.read_reading(run), queries.options_of(run).answers)
    _say_found(queries.shown_problems(run), queries.shown_notices(run), run.notice_count)
    _report(options.report, run)
    hint = " Correct them, or leave them out with --skip-bad." if refusal.code == "rows_bad" else ""
    print(f"{refusal.message}{hint}", file=sys.stderr)
    # The next try brings the file again; of one that is in already in part, the rest waits on its page.
    if run.state in ("uploaded", "checked", "failed") and not run.written:
        operations.cancel_import(run=run, actor=system(ACTOR), now=read_clock())
    return 1


def _dry_run(options: argparse.Namespace) -> int:
    """Checks the file where it lies and keeps nothing of it."""
    from tirage.core.actors import system
    from tirage.core.clock import read_clock
    from tirage.imports.cards import refuse_card_numbers
    from tirage.imports.engine import Setting, check_table
    from tirage.imports.kinds import kind_of
    from tirage.imports.layouts.matching import layout_name, match
    from tirage.imports.progress import Telling
    from tirage.imports.queries import open_file
    from tirage.imports.states import ImportKind
    from tirage.tables.errors import TableError
    from tirage.tables.staging import Report

    kind = kind_of(options.kind)
    if kind.kind is ImportKind.CARDS:
        with options.file.open("rb") as looked_at:
            refuse_card_numbers(looked_at, options.file.name)
    importer = kind.importer(Setting(_options(options), options.file.name, system(ACTOR), read_clock()))
    try:
        with (
            open_file(options.file, options.file.name, kind.name, importer.options) as table,
            Report() as report,
            progress_bar() as listener,
        ):
            elsewhere = layout_name(table.own_headers, kind.kind)
            mapping = match(table, kind.kind, kind.fields).override(_choices(options.map))
            reading = check_table(table, mapping, importer, report, Telling(listener))
            found = (list(report.first), list(report.first_notices), report.notice_count)
            good, bad, notes = report.good, report.bad, table.notes
            if options.report:
                with options.report.open("wb") as target:
                    target.writelines(report.csv())
    except TableError as problem:
        raise DomainError("file_unreadable", problem.message) from problem
    _say_file(elsewhere, notes)
    _say_columns(mapping)
    _say_reading(reading, importer.options.answers)
    _say_found(*found)
    print(f"{_rows(good, 'good')}, {bad:,} bad. Nothing was imported: this was a dry run.")
    return 1 if bad else 0


def _rows(count: int, kind: str) -> str:
    return f"{count:,} {kind} {'row' if count == 1 else 'rows'}"


def _options(options: argparse.Namespace) -> ImportOptions:
    from tirage.imports.options import ImportOptions
    from tirage.imports.stock import parse_reason
    from tirage.tables.errors import CellError

    try:
        reason = parse_reason(options.reason).value if options.reason else ""
    except CellError as problem:
        raise DomainError("no_such_reason", problem.message) from problem
    return ImportOptions(
        answers=_answers(options),
        leave_out_bad_addresses=options.leave_out_bad_addresses,
        move_groups=options.move_groups,
        reason=reason,
        release_holds=options.release_holds,
        offer=options.offer,
        replace=options.replace,
    )


def _answers(options: argparse.Namespace) -> dict[str, str]:
    orders = {"us": "month_first", "eu": "day_first"}
    answers = {"dates": orders[options.dates]} if options.dates in orders else {}
    for pair in options.answer:
        key, equals, value = pair.rpartition("=")
        if not equals or not key:
            raise DomainError(
                "answer_invalid", f"--answer {pair}: write QUESTION=ANSWER, such as numbers=comma."
            )
        answers[key.strip()] = value.strip()
    return answers


def _say_reading(reading: HowRead, answers: Mapping[str, str]) -> None:
    """What was asked of the file, with the answer that was taken; open questions with what may be answered."""
    from tirage.tables.questions import answered

    for question in reading.questions:
        answer = answered(question, answers)
        if not answer:
            known = ", ".join(f"{choice.value} ({choice.label})" for choice in question.choices[:8])
            print(f"? {question.words}: say --answer {question.key}=…, one of {known}", file=sys.stderr)
        elif not question.sure:
            guess = "" if question.key in answers else f" (a guess; --answer {question.key}=…)"
            print(f"  {question.words}: {question.label_of(answer)}{guess}")
    for number, shown in reading.rows:
        print(f"  Row {number} as it is read: {'; '.join(f'{name} {text}' for name, text in shown)}")


def _choices(pairs: list[str]) -> dict[str, str | None]:
    choices: dict[str, str | None] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals:
            raise DomainError(
                "map_invalid", f"--map {pair}: write FIELD=COLUMN, such as first_name=Given name."
            )
        choices[field.strip()] = column.strip() or None
    return choices


def _say_file(elsewhere: str, notes: Sequence[str]) -> None:
    """The system it is from, where one is known by its columns, and what was assumed while reading."""
    if elsewhere:
        print(f"  This is a file of {elsewhere}.")
    for note in notes:
        print(f"  {note}")


def _say_columns(mapping: Any) -> None:
    for name, header in mapping.matched.items():
        print(
            f"  {header} → {mapping.field(name).label}"
            + (" (left out)" if mapping.field(name).ignored else "")
        )
    if mapping.unmatched:
        print(f"  Not used: {', '.join(mapping.unmatched)}")


def _say_found(problems: list[Problem], notices: list[Problem], notice_count: int) -> None:
    for word, found in (("", problems), ("Note: ", notices)):
        for one in found[:SHOWN]:
            where = f"Row {one.row}" + (f", {one.column}" if one.column else "") + ": " if one.row else ""
            value = f" ({one.value})" if one.value else ""
            print(f"{word}{where}{one.reason}{value}")
    if len(problems) > SHOWN:
        print("More problems follow; --report FILE writes all of them.")
    if notice_count > SHOWN:
        print(f"{notice_count:,} notes in all.")


def _report(target: Path | None, run: ImportRun) -> None:
    from tirage.imports import files
    from tirage.tables.staging import PROBLEM_HEADERS
    from tirage.tables.writing import csv_stream

    if target is None:
        return
    if files.has_report(run):
        with files.open_report(run) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    else:
        target.write_bytes(b"".join(csv_stream(PROBLEM_HEADERS, [])))


@contextmanager
def progress_bar() -> Iterator[Listener]:
    """A listener that draws on the error stream: a pipe behind the command gets only the result."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Checking", total=None)

        def show(progress: Any) -> None:
            bar.update(
                task,
                description=progress.phase.capitalize(),
                completed=progress.done,
                total=progress.total or None,
            )

        yield show


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=EXPORTS, metavar="KIND", help=", ".join(EXPORTS))
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="by its ending CSV or XLSX; without it CSV to the screen",
    )
    parser.add_argument(
        "--offer", default="", metavar="OFR-…", help="offer-items: the offer whose items to write"
    )


def run_export(options: argparse.Namespace) -> int:
    """Writes the list as it is read, a thousand rows at a time."""
    from tirage.core.language import speaking_the_winerys
    from tirage.imports.exports import export_of
    from tirage.tables.errors import TableError
    from tirage.tables.writing import csv_stream, xlsx_file

    export = export_of(options.kind)
    rows = export.rows(options.offer)
    with speaking_the_winerys():
        headers = export.headers
    if options.file is None or options.file.suffix.lower() == ".csv":
        with _target(options.file) as target:
            target.writelines(csv_stream(headers, rows))
    elif options.file.suffix.lower() == ".xlsx":
        try:
            xlsx_file(headers, rows, options.file, sheet=export.name)
        except TableError as problem:
            raise DomainError("too_large", problem.message) from problem
    else:
        raise DomainError("no_such_format", f"{options.file.name}: the name has to end in .csv or .xlsx.")
    if options.file is not None:
        print(f"Wrote {options.file}.", file=sys.stderr)
    return 0


def _target(file: Path | None) -> Any:
    stdout: BinaryIO = sys.stdout.buffer
    return nullcontext(stdout) if file is None else file.open("wb")
