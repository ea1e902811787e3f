"""Reading a small uploaded table whole: every row right, or every wrong one named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from tirage.parts.faults import Fault
from tirage.tables.errors import CellError, TableError
from tirage.tables.matching import Field, match_columns
from tirage.tables.matching import Mapping as Matched
from tirage.tables.reading import Row, open_table

MOST_ROWS = 5_000
#: So many wrong rows are named.
MOST_SAID = 50


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of the file by its number there, the column and what is wrong with it."""

    number: int
    column: str
    problem: str


@dataclass(slots=True)
class SmallTable:
    """Parsed rows by field name with their numbers in the file; wrong ones are in ``bad``."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    #: What makes the whole file unreadable; empty mostly.
    problem: str = ""

    def faults(self) -> list[Fault]:
        """What is wrong, for the summary of the page: of many rows the first."""
        whole = [Fault(self.problem)] if self.problem else []
        rows = [
            Fault(bad.problem, label=f"Row {bad.number}{', ' if bad.column else ''}{bad.column}")
            for bad in self.bad[:MOST_SAID]
        ]
        more = len(self.bad) - len(rows)
        return whole + rows + ([Fault(f"And {more} more.")] if more else [])

    def blame(self, problems: Mapping[str, str]) -> None:
        """Takes over an operation's words about rows, keyed by their position; others are about the whole."""
        by_position = {str(position): number for position, number in enumerate(self.numbers)}
        for position, words in problems.items():
            self.bad.append(BadRow(by_position.get(position, 0), "", words))


def read_small_table(file: BinaryIO, name: str, fields: Sequence[Field]) -> SmallTable:
    """Reads the whole table; missing columns and unreadable files are told in ``problem``."""
    found = SmallTable()
    try:
        with open_table(file, name) as table:
            matched = match_columns(table.headers, fields)
            matched.require_complete()
            for row in table:
                if len(found.numbers) >= MOST_ROWS:
                    raise TableError(f"This file has more than {MOST_ROWS:,} rows.")
                _take(row, matched, found)
    except TableError as problem:
        found.problem = str(problem)
    return found


def _take(row: Row, matched: Matched, found: SmallTable) -> None:
    values: dict[str, Any] = {}
    for field_ in matched.fields:
        at = matched.index(field_.name)
        text = row.cells[at].strip() if at is not None else ""
        if field_.required and not text:
            found.bad.append(BadRow(row.number, field_.label, "This is empty."))
            continue
        try:
            values[field_.name] = field_.parse(text) if field_.parse else text
        except CellError as problem:
            found.bad.append(BadRow(row.number, field_.label, str(problem)))
    found.rows.append(values)
    found.numbers.append(row.number)
