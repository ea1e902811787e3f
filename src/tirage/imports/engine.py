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
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from tirage.core.actors import Actor
from tirage.core.sealing import seal_bytes, unseal_bytes
from tirage.core.winery import current_winery
from tirage.imports import files
from tirage.imports.asking import (
    DATES,
    NUMBERS,
    case_questions,
    date_question,
    number_question,
    refuse_other_currency,
)
from tirage.imports.models import ImportRun
from tirage.imports.options import ImportOptions
from tirage.imports.progress import Telling
from tirage.tables.cleaning import DateOrder, DecimalMark, minor_digits
from tirage.tables.matching import Field, Mapping
from tirage.tables.questions import Choice, Question, answered
from tirage.tables.reading import Table
from tirage.tables.staging import Checked, Problem, Report, RowReader, check_rows
from tirage.tables.survey import Survey, survey

R = TypeVar("R")

READING, CHECKING, WRITING = "reading", "checking", "writing"
#: Rows that are shown as they were read.
SHOWN_ROWS = 3
#: As ``tables.synonyms`` says it of amounts; how many decimals they really have is the currency's.
MONEY_DECIMALS = 2


@dataclass(slots=True)
class HowRead:
    """How a file was read: what was asked of it, and its first good rows as they were understood."""

    questions: list[Question]
    rows: list[tuple[int, list[tuple[str, str]]]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "questions": [one.to_json() for one in self.questions],
            "rows": [[number, [list(pair) for pair in shown]] for number, shown in self.rows],
        }

    @classmethod
    def from_json(cls, kept: AnyMapping[str, Any], lists: AnyMapping[str, tuple[Choice, ...]]) -> HowRead:
        """``lists``: choices that many questions share, by name."""
        questions = [Question.from_json(one, lists) for one in kept.get("questions", ())]
        rows = [(number, [(name, text) for name, text in shown]) for number, shown in kept.get("rows", ())]
        return cls(questions, rows)


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
    """One kind of import. Make a fresh one for each pass: it remembers the rows it has seen.

    ``prepare`` and ``look`` come before ``parse``; what is written was parsed by another, which knew the answers.
    """

    fields: ClassVar[tuple[Field, ...]]
    date_fields: ClassVar[tuple[str, ...]] = ()
    #: Fields whose columns hold few different words, each asked about; and how many at most.
    word_fields: ClassVar[dict[str, int]] = {}
    #: Fields whose empty cells matter where one of the others says something.
    blank_fields: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: Fields that count bottles.
    piece_fields: ClassVar[tuple[str, ...]] = ()
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
        self.mapping: Mapping | None = None
        #: Order of dates and decimal mark of the whole file, where they count: often every one means one thing only.
        self.order = DateOrder.MONTH_FIRST
        self.mark: DecimalMark | None = None
        self.questions: list[Question] = []
        #: What is taken for the answer of each question; empty: nobody knows yet.
        self.said: dict[str, str] = {}

    def prepare(self, mapping: Mapping) -> None:
        """Looks at the columns alone; raises TableError when they can't be used like this."""
        self.mapping = mapping
        for one in mapping.fields:
            if one.decimals == MONEY_DECIMALS and (header := mapping.matched.get(one.name)):
                refuse_other_currency(header, self.winery.currency)

    def look(self, table: Table, mapping: Mapping) -> None:
        """Looks at the whole file for what it leaves open. Raises TableError."""
        money = minor_digits(self.winery.currency)
        found = survey(
            table,
            mapping,
            dates=self.date_fields,
            words=self.word_fields,
            blanks=self.blank_fields,
            decimals={one.name: money for one in mapping.fields if one.decimals == MONEY_DECIMALS},
        )
        self.questions = self.ask(found, mapping)
        self.said = {one.key: answered(one, self.options.answers) for one in self.questions}
        if order := self.said.get(DATES) or next(iter(found.orders), ""):
            self.order = DateOrder(order)
        if mark := self.said.get(NUMBERS):
            self.mark = DecimalMark(mark)

    def ask(self, found: Survey, mapping: Mapping) -> list[Question]:
        """What this file leaves open, in the order in which a person is asked."""
        both = (
            date_question(found, american=self.winery.currency == "USD"),
            number_question(found),
        )
        return [one for one in both if one] + case_questions(mapping, self.piece_fields)

    def show(self, row: R) -> list[tuple[str, str]]:
        """A row as it was read, for people: labels and texts; those that are empty aren't shown."""
        raise NotImplementedError

    def pieces(self, reader: RowReader, name: str) -> int | None:
        """Bottles of a field of ``piece_fields``: what stands there, times the pieces in a case if it counts cases."""
        count: int | None = reader.get(name)
        size = self.said.get(f"case:{name}")
        if count is None or size is None:
            return count
        if not size:
            reader.problem(name, "This column counts cases. Say how many pieces are in one.")
            return None
        return count * int(size)

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
) -> HowRead:
    """Checks every row into ``report`` and puts the good ones into ``aside``; how the file was read.

    Raises TableError.
    """
    mapping.require_complete()
    importer.prepare(mapping)
    importer.look(table, mapping)
    rows = check_rows(table, mapping, importer.parse, mark=importer.mark)
    reading = HowRead([*table.questions, *importer.questions])
    done = 0
    progress.tell(CHECKING, 0, table.row_count_hint, at_once=True)
    for batch in _batches(rows, importer.batch):
        for checked in _checked(batch, importer, mapping):
            report.add(checked)
        for checked in islice(_good(batch), SHOWN_ROWS - len(reading.rows)):
            shown = [(label, text) for label, text in importer.show(checked.values) if text]
            reading.rows.append((checked.row, shown))
        if aside is not None:
            aside.add([checked.values for checked in _good(batch)])
        done += len(batch)
        progress.tell(CHECKING, done, table.row_count_hint)
    if aside is not None:
        aside.end()
    for words in importer.closing_notices():
        report.notice_count += 1
        report.first_notices.insert(0, Problem(0, "", "", words))
    # Some show only as the rows are compared.
    reading.questions = [*table.questions, *importer.questions]
    return reading


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
        header = next((one.label for one in mapping.fields if one.name == finding.field), finding.field)
    return Problem(finding.row, header, finding.value, finding.reason)
