"""Every row of a table as values or as problems, without a model or a database.

    def read_customer(row: RowReader) -> NewCustomer:
        emails = row.get("email", parse_emails)
        return NewCustomer(email=emails.identity if emails else "", last_name=row.text("last_name"))

    with Report() as report:
        for checked in report.watch(check_rows(table, mapping, read_customer)):
            if checked.values is not None:
                keep(checked.values)

A row with a problem has no values, so that nothing of it can be imported; every problem of the row is
found in one go. Memory stays flat: a report keeps its first problems and writes all of them to a file.
"""

import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from types import TracebackType
from typing import Any, Generic, TypeVar, overload

from tirage.tables.cleaning import DecimalMark, clean_text, is_empty
from tirage.tables.errors import CellError
from tirage.tables.matching import Mapping
from tirage.tables.reading import Row, Table
from tirage.tables.writing import csv_stream

_UNSHOWN = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

T = TypeVar("T")
V = TypeVar("V")

SHOWN_CHARACTERS = 200
PROBLEM_HEADERS = ("Row", "Column", "Value", "Reason")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a row: its number as Excel shows it, the header, the text there, what to do."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """One row: values, or problems and no values. Notices never stop a row."""

    row: int
    values: T | None
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


class Plan:
    """A mapping worked out once for all rows: positions and fields by name."""

    def __init__(self, mapping: Mapping, mark: DecimalMark | None = None) -> None:
        self.mapping = mapping
        #: The file's own decimal mark, for fields that hold numbers.
        self.mark = mark
        self.columns = {name: mapping.headers.index(header) for name, header in mapping.matched.items()}
        self.fields = {field.name: field for field in mapping.fields}
        self.required = tuple(field for field in mapping.fields if field.required)

    def parser(self, name: str) -> Callable[[str], Any]:
        """What makes a value of a cell's text."""
        field = self.fields[name]
        parse: Callable[..., Any] = field.parse or clean_text
        return parse if field.decimals is None or field.parse is None else partial(parse, mark=self.mark)


class RowReader:
    """The cells of one row by field name; what can't be read is noted instead of raised."""

    def __init__(self, row: Row, plan: "Plan") -> None:
        self.number = row.number
        self.problems: list[Problem] = []
        self.notices: list[Problem] = []
        self._row = row
        self._plan = plan

    def has(self, name: str) -> bool:
        """Whether the file has a column for the field: an absent column and an empty cell differ."""
        return name in self._plan.columns

    def raw(self, name: str) -> str:
        """The text as it stands in the file; empty without a column."""
        index = self._plan.columns.get(name)
        return "" if index is None else self._row.cells[index]

    def _is_marked(self, name: str) -> bool:
        """Whether the cell was refused as it was read: nothing may be taken from it."""
        return bool(self._row.marks) and self._plan.columns[name] in self._row.marks

    def note_marks(self) -> None:
        """Refuses cells that couldn't be read, in columns that are imported."""
        for name, place in self._plan.columns.items():
            if place in self._row.marks and not self._plan.fields[name].ignored:
                self.problem(name, self._row.marks[place])

    def text(self, name: str, *, longest: int | None = None) -> str:
        """The cleaned text, "" when empty or unreadable; one of more than `longest` characters is a problem."""
        parse = clean_text if longest is None else partial(clean_text, longest=longest)
        return self.get(name, parse) or ""

    @overload
    def get(self, name: str) -> Any: ...
    @overload
    def get(self, name: str, parse: Callable[[str], V]) -> V | None: ...
    def get(self, name: str, parse: Callable[[str], Any] | None = None) -> Any:
        """The parsed value; None when empty, without a column, or when a problem was noted."""
        raw = self.raw(name)
        if not raw or is_empty(raw) or self._is_marked(name):
            return None
        try:
            return (parse or self._plan.parser(name))(raw)
        except CellError as error:
            self.problem(name, error.message)
            return None

    def problem(self, name: str, reason: str) -> None:
        """Blame the field: the row won't be imported."""
        self.problems.append(self._about(name, reason))

    def notice(self, name: str, reason: str) -> None:
        """Remark on the field; the row is imported all the same."""
        self.notices.append(self._about(name, reason))

    def _about(self, name: str, reason: str) -> Problem:
        field = self._plan.fields.get(name)
        column = self._plan.mapping.matched.get(name) or (field.label if field else name)
        return Problem(self.number, column, shown_text(self.raw(name)), reason)


def check_rows(
    table: Table,
    mapping: Mapping,
    parse_row: Callable[[RowReader], T],
    *,
    mark: DecimalMark | None = None,
) -> Iterator[Checked[T]]:
    """Every row in turn. `parse_row` reads fields and may note problems or raise CellError; `mark` is the file's own.

    Empty required cells and cells to the right of the last header are problems by themselves; a row
    that is shorter than the header gets a notice. Raises TableError when a required column is missing.
    """
    mapping.require_complete()
    plan = Plan(mapping, mark)
    for row in table:
        yield _check(row, plan, parse_row)


def _check(row: Row, plan: Plan, parse_row: Callable[[RowReader], T]) -> Checked[T]:
    reader = RowReader(row, plan)
    _check_width(row, reader)
    if row.refused:
        reader.problems.append(Problem(row.number, "", "", row.refused))
    if row.marks:
        reader.note_marks()
    for field in plan.required:
        if is_empty(reader.raw(field.name)) and plan.columns[field.name] not in row.marks:
            reader.problem(field.name, f"{field.label} is missing. Fill it in.")
    values: T | None = None
    try:
        values = parse_row(reader)
    except CellError as error:
        reader.problem(error.field, error.message)
    if reader.problems:
        values = None
    return Checked(row.number, values, tuple(reader.problems), tuple(reader.notices))


def _check_width(row: Row, reader: RowReader) -> None:
    if row.extra:
        reader.problems.append(
            Problem(
                row.number,
                "",
                shown_text(" | ".join(row.extra)),
                "This row has more cells than the header. Put quotation marks around the cell that holds a "
                "separator, or name the column.",
            )
        )
    if row.missing:
        reader.notices.append(
            Problem(
                row.number,
                "",
                "",
                f"This row is {row.missing} cells shorter than the header; they are empty.",
            )
        )


def shown_text(text: str, longest: int = SHOWN_CHARACTERS) -> str:
    """As it can be shown and kept: no database takes a zero or half a character."""
    if not text.isprintable():
        text = _UNSHOWN.sub("\ufffd", text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


class FirstSeen:
    """Which row said something first, to find the same person or sku twice in one file."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def earlier(self, key: str, row: int) -> int | None:
        """The row that had the key before this one; None at its first time, which is remembered."""
        first = self._rows.setdefault(key, row)
        return None if first == row else first


class Report:
    """What came of checking a table: counts, the first problems at hand, all of them as a CSV file."""

    def __init__(self, shown: int = 100) -> None:
        self.total = self.good = self.bad = self.problem_count = self.notice_count = 0
        self.first: list[Problem] = []
        self.first_notices: list[Problem] = []
        self._shown = shown
        self._all = tempfile.SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8")  # noqa: SIM115 (see close)

    def watch(self, rows: Iterable[Checked[T]]) -> Iterator[Checked[T]]:
        """Pass the rows through, counting them."""
        for checked in rows:
            self.add(checked)
            yield checked

    def add(self, checked: Checked[Any]) -> None:
        self.total += 1
        self.bad += bool(checked.problems)
        self.good += not checked.problems
        self.notice_count += len(checked.notices)
        self.first_notices.extend(checked.notices[: max(self._shown - len(self.first_notices), 0)])
        for problem in checked.problems:
            self.add_problem(problem)

    def add_problem(self, problem: Problem) -> None:
        """For a problem found later than the row, by the importer that knows the data."""
        self.problem_count += 1
        if len(self.first) < self._shown:
            self.first.append(problem)
        self._all.seek(0, io.SEEK_END)
        self._all.write(json.dumps(asdict(problem)) + "\n")

    @property
    def clean(self) -> bool:
        return self.problem_count == 0

    def problems(self) -> Iterator[Problem]:
        """All of them, in the order found. Not to be mixed with adding more."""
        self._all.seek(0)
        for line in self._all:
            yield Problem(**json.loads(line))

    def csv(self) -> Iterator[bytes]:
        """All problems as a CSV file: Row, Column, Value, Reason."""
        rows = ((problem.row, problem.column, problem.value, problem.reason) for problem in self.problems())
        return csv_stream(PROBLEM_HEADERS, rows)

    def close(self) -> None:
        self._all.close()

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
