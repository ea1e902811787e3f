"""Reading an import: what its file is, its columns and options, its file as a table, and how to say what is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.runs import actor_of
from tirage.imports import files
from tirage.imports.engine import HowRead, Importer, Setting
from tirage.imports.facts import Facts
from tirage.imports.kinds import kind_of
from tirage.imports.layouts.matching import Named, expected, lay_out, match
from tirage.imports.meanings import COUNTRY_LIST, country_choices
from tirage.imports.models import ImportRun
from tirage.imports.options import ImportOptions
from tirage.imports.progress import read_progress
from tirage.imports.states import ImportState
from tirage.tables.errors import TableError
from tirage.tables.matching import Mapping
from tirage.tables.reading import Table, open_table
from tirage.tables.staging import Problem

NOTHING = "Nothing was imported."
#: Ends what is said of an import that may end well the next time, as its file is.
AGAIN = "Start it again."


def read_facts(run: ImportRun) -> Facts:
    """What the file is. Raises DomainError ``file_unknown`` as long as the worker hasn't looked."""
    if not run.facts:
        raise DomainError("file_unknown", "Nobody has looked at this file yet. Wait until it is read.")
    return Facts.from_json(run.facts)


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


def shown_problems(run: ImportRun) -> list[Problem]:
    """The first problems, as they were kept."""
    return [Problem(*values) for values in run.problems]


def shown_notices(run: ImportRun) -> list[Problem]:
    return [Problem(*values) for values in run.notices]


def say_bad(run: ImportRun) -> str:
    """How many rows are wrong, in a sentence."""
    if run.bad == 1:
        return f"1 of {run.total:,} rows needs another look."
    return f"{run.bad:,} of {run.total:,} rows need another look."


def say_left(run: ImportRun) -> str:
    """What is in and what to do, when an import ended early."""
    if not run.written:
        return f"{NOTHING} {AGAIN}"
    return f"{say_written(run)} Start it again, and it goes on with the rest."


def is_refused(run: ImportRun) -> bool:
    """Whether the run failed for what its file is: the same file fails again, a mended one may do."""
    return run.state == ImportState.FAILED and not run.written and not run.outcome.endswith(AGAIN)


def say_written(run: ImportRun) -> str:
    return f"{run.written:,} of {run.good:,} rows are in."
