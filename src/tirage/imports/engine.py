"""Drives one kind of import over one file: check every row, put the good ones aside, write them portion by portion.

Checking reads the file as it streams and asks the database once per batch; it writes nothing and holds no lock.
Good rows are put aside beside the upload, in the portions in which they are written: a short transaction each, since
SQLite lets nobody else write meanwhile, neither a buyer. They stay until the import is over, so that whoever goes on
after a dead process, on whichever machine, has the same portions. Memory holds one batch at a time.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from tirage.core.actors import Actor
from tirage.core.sealing import seal_bytes, unseal_bytes
from tirage.core.winery import current_winery
from tirage.imports import files
from tirage.imports.models import ImportRun
from tirage.imports.options import ImportOptions
from tirage.imports.progress import Telling
from tirage.tables.cleaning import DateOrder
from tirage.tables.matching import Field, Mapping
from tirage.tables.reading import Table
from tirage.tables.staging import Checked, Problem, Report, RowReader, check_rows, decide_orders

R = TypeVar("R")

CHECKING, WRITING = "checking", "writing"


@dataclass(frozen=True, slots=True)
class Setting:
    """What an import is done with."""

    options: ImportOptions
    #: The import's reference, or its file's name for a dry run: kept with each recorded act.
    source: str
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in the database about a row: a problem, or a notice that stops nothing."""

    row: int
    field: str
    value: str
    reason: str
    is_notice: bool = False


class RowRefused(Exception):
    """A row that was good when it was checked can't be written any more."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(f"Row {row}: {reason}")
        self.row = row
        self.reason = reason


class Importer(Generic[R]):
    """One kind of import. Make a fresh one for each pass: it remembers the rows it has seen."""

    fields: ClassVar[tuple[Field, ...]]
    date_fields: ClassVar[tuple[str, ...]] = ()
    #: How many rows are checked at once.
    batch: ClassVar[int] = 1_000
    #: How many are written in one transaction.
    portion: ClassVar[int] = 200

    #: What became of rows; ``outcome`` says it.
    counts: Counter[str]

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.options = setting.options
        self.winery = current_winery()
        self.zone: tzinfo = ZoneInfo(self.winery.time_zone)
        self.orders: dict[str, DateOrder] = {}
        self.mapping: Mapping | None = None

    def prepare(self, table: Table, mapping: Mapping) -> None:
        """Looks at the file as a whole; raises TableError when it can't be used like this."""
        self.mapping = mapping
        forced = {"us": DateOrder.MONTH_FIRST, "eu": DateOrder.DAY_FIRST}.get(self.options.dates)
        mapped = [name for name in self.date_fields if name in mapping.matched]
        if forced:
            self.orders = dict.fromkeys(mapped, forced)
        elif mapped:
            self.orders = decide_orders(table, mapping, mapped)

    def order_of(self, name: str) -> DateOrder:
        return self.orders.get(name, DateOrder.MONTH_FIRST)

    def parse(self, reader: RowReader) -> R:
        """One row's values, without the database's rows; notes problems and notices on ``reader``."""
        raise NotImplementedError

    def check(self, rows: Sequence[R]) -> list[Finding]:
        """What the database and the earlier rows of the file have against these rows, which parsed well."""
        raise NotImplementedError

    def closing_notices(self) -> list[str]:
        """What is to be said about the file as a whole, after all rows."""
        return []

    def write(self, rows: Sequence[R]) -> None:
        """Writes a batch inside the caller's transaction; raises RowRefused or DomainError."""
        raise NotImplementedError

    def remember(self, rows: Sequence[R]) -> None:
        """Takes notice of rows that are in already: whatever later rows of the file are compared with."""

    def outcome(self) -> str:
        """What was done, in a sentence."""
        raise NotImplementedError


class PutAside(Generic[R]):
    """Portions of good rows beside the upload, where every machine finds them; ``portion`` rows each."""

    def __init__(self, run: ImportRun, portion: int = 1) -> None:
        self._run = run
        self._portion = portion
        self._waiting: list[R] = []
        self._count = 0

    def begin(self) -> None:
        """Forgets what an attempt before has put aside."""
        files.drop_rows(self._run)

    def add(self, rows: list[R]) -> None:
        self._waiting += rows
        while len(self._waiting) >= self._portion:
            self._put()

    def end(self) -> None:
        """After the last row."""
        if self._waiting:
            self._put()

    def portions(self) -> Iterator[list[R]]:
        """In the order in which they were put aside. Raises Unreadable for what others have written there."""
        for kept in files.each_rows(self._run):
            # Our own rows: sealed with the site's key, so that nobody else's are taken for them.
            yield pickle.loads(unseal_bytes(kept))  # noqa: S301

    def _put(self) -> None:
        files.keep_rows(self._run, self._count, seal_bytes(pickle.dumps(self._waiting[: self._portion])))
        self._count += 1
        del self._waiting[: self._portion]


def check_table(
    table: Table,
    mapping: Mapping,
    importer: Importer[R],
    report: Report,
    progress: Telling,
    aside: PutAside[R] | None = None,
) -> None:
    """Checks every row into ``report`` and puts the good ones into ``aside``. Raises TableError."""
    mapping.require_complete()
    importer.prepare(table, mapping)
    rows = check_rows(table, mapping, importer.parse)
    done = 0
    progress.tell(CHECKING, 0, table.row_count_hint, at_once=True)
    for batch in _batches(rows, importer.batch):
        for checked in _checked(batch, importer, mapping):
            report.add(checked)
        if aside is not None:
            aside.add([checked.values for checked in _good(batch)])
        done += len(batch)
        progress.tell(CHECKING, done, table.row_count_hint)
    if aside is not None:
        aside.end()
    for words in importer.closing_notices():
        report.notice_count += 1
        report.first_notices.insert(0, Problem(0, "", "", words))


def _batches(rows: Iterable[Checked[R]], size: int) -> Iterator[list[Checked[R]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def _checked(batch: list[Checked[R]], importer: Importer[R], mapping: Mapping) -> list[Checked[R]]:
    """The batch with what the database has against it; ``batch`` itself is changed to it."""
    found: dict[int, list[Finding]] = {}
    for finding in importer.check([checked.values for checked in _good(batch)]):
        found.setdefault(finding.row, []).append(finding)
    for index, checked in enumerate(batch):
        if checked.row in found:
            batch[index] = _with_findings(checked, found[checked.row], mapping)
    return batch


def _good(batch: Iterable[Checked[R]]) -> Iterator[Any]:
    return (checked for checked in batch if checked.values is not None)


def _with_findings(checked: Checked[R], findings: list[Finding], mapping: Mapping) -> Checked[R]:
    problems = tuple(_problem(finding, mapping) for finding in findings if not finding.is_notice)
    notices = tuple(_problem(finding, mapping) for finding in findings if finding.is_notice)
    return replace(
        checked,
        values=None if problems else checked.values,
        problems=checked.problems + problems,
        notices=checked.notices + notices,
    )


def _problem(finding: Finding, mapping: Mapping) -> Problem:
    header = mapping.matched.get(finding.field)
    if header is None:
        header = next((field.label for field in mapping.fields if field.name == finding.field), finding.field)
    return Problem(finding.row, header, finding.value, finding.reason)
