"""Open a CSV file or a workbook that somebody else made, as headers and numbered rows.

    with open_table(upload, "customers.csv") as table:
        table.headers            # ("Email", "First Name", "Email (2)", "Column D")
        for row in table:        # again and again, each time from the top
            row.number           # 2: as Excel shows it, whatever blank lines came before
            row.cells            # one text per header, exactly as in the file

Numbers, dates and truth values of a workbook become the text a person would type: 94558.0 is "94558".
A CSV file is read as it streams; a workbook by a process of its own (workbooks/), which writes its rows into a file.
Neither's size matters to memory.

What only the person can say of the file is in `table.questions`; `open_table` takes the answers, by their keys: sheet,
header_row, encoding, delimiter, hidden_rows, twice_encoded.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import IO

from tirage.tables.cleaning.characters import one_line
from tirage.tables.csv_source import open_csv
from tirage.tables.derived import Deriving, Extra
from tirage.tables.encodings import mend_twice
from tirage.tables.errors import TableError
from tirage.tables.headers import LOOKED_AT, column_letter, find_header, width_of
from tirage.tables.questions import Choice, Question, answered
from tirage.tables.sources import Bytes, Limits, Record, Source
from tirage.tables.workbooks.parent import looks_like_workbook, open_workbook

__all__ = ["Limits", "Row", "Table", "TableError", "column_letter", "open_table"]

NO_TEXT = "This cell holds a character that is no text. Write it again."
HIDDEN = "This row is hidden in the file. Say whether such rows belong to the list."
_NO_TEXT = re.compile("[\0\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, one text per header, and how far it departs from the header."""

    number: int
    cells: tuple[str, ...]
    extra: tuple[str, ...] = ()
    """What stood to the right of the last header: the row was torn or has an unquoted separator."""
    missing: int = 0
    """How many cells the row lacks at its right end; they read as empty. Spreadsheets do this lawfully."""
    marks: Mapping[int, str] = field(default_factory=dict)
    """What is wrong with the cell of that place, so that nothing may be taken from it: words for the person."""
    refused: str = ""
    """Why nothing of the row may be taken."""


@dataclass(slots=True)
class Table:
    """A file and which of its rows names the columns. Iterating starts again at the top each time."""

    headers: tuple[str, ...]
    header_row: int
    filename: str
    notes: tuple[str, ...]
    """What was assumed while reading, in words for the person who sent the file."""
    questions: tuple[Question, ...]
    """What the person may say otherwise, with what was taken for now."""
    _source: Source = field(repr=False)
    _bytes: Bytes = field(repr=False)
    _limits: Limits = field(repr=False)
    _hidden: str = "with"
    _mends: bool = False
    _extra: Extra | None = None
    _width: int = 0

    @property
    def encoding(self) -> str:
        """`utf-8`, `utf-16`, `utf-32`, or one of encodings.OLD; empty for workbooks."""
        return self._source.encoding

    @property
    def delimiter(self) -> str:
        """The separator of a CSV file; empty for workbooks."""
        return self._source.delimiter

    @property
    def row_count_hint(self) -> int:
        """At most how many rows follow the header: for progress bars, not for decisions."""
        return max(self._source.line_count - self.header_row, 0)

    def __iter__(self) -> Iterator[Row]:
        """Rows after the header without the blank ones. Raises TableError past a limit or at a torn quote."""
        deriving = Deriving(self._extra) if self._extra else None
        width, count = self._width or len(self.headers), 0
        for record in self._source.records():
            number, cells = record.number, record.cells
            if number <= self.header_row or (_is_blank(cells) and not record.marks):
                continue
            if record.hidden and self._hidden == "without":
                continue
            count += 1
            if count > self._limits.rows:
                raise TableError(
                    f"This file has more than {self._limits.rows:,} rows. Split it and send the parts."
                )
            _refuse_long_cells(number, cells, self._limits)
            if self._mends:
                cells = [mend_twice(cell) for cell in cells]
            row = _row(number, cells, width, _marks(record, cells))
            if record.hidden and not self._hidden:
                row = replace(row, refused=HIDDEN)
            if deriving:
                if (whole := deriving.cells(row.cells)) is None:
                    continue
                row = replace(row, cells=whole, marks=deriving.marks(dict(row.marks), width))
            yield row

    @property
    def own_headers(self) -> tuple[str, ...]:
        """Without those of `with_columns`."""
        return self.headers[: self._width or None]

    def with_columns(self, extra: Extra) -> "Table":
        """The same file with more columns. Closing either closes both."""
        headers = _unique_headers([*self.headers, *(one.header for one in extra.derived)])
        return replace(self, headers=headers, _extra=extra, _width=len(self.headers))

    def sample(self, size: int = 20) -> list[Row]:
        """The first rows, for a preview."""
        return list(islice(self, size))

    def column(self, header: str) -> Iterator[str]:
        """All texts of one column, for decisions that need the whole column (the order of its dates)."""
        index = self.headers.index(header)
        return (row.cells[index] for row in self)

    def close(self) -> None:
        self._source.close()
        self._bytes.close()

    def __enter__(self) -> "Table":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_table(
    source: str | PathLike[str] | IO[bytes],
    filename: str = "",
    *,
    answers: Mapping[str, str] | None = None,
    expected: frozenset[str] = frozenset(),
    limits: Limits | None = None,
) -> Table:
    """Open a path or a binary file; what it is shows in its bytes, the name only serves messages.

    `answers`: what the person said to the questions. `expected`: normalised names that columns may have; by them the
    sheet and the header row are found. A file object stays open and belongs to the caller; it must not be read
    elsewhere while the table is. Raises TableError when the file is empty, too large, not a table or has no header.
    """
    limits = limits or Limits()
    filename = filename or (Path(fspath(source)).name if isinstance(source, str | PathLike) else "")
    content = Bytes(source)
    try:
        return _open(content, filename, answers or {}, expected, limits)
    except BaseException:
        content.close()
        raise


def _open(
    content: Bytes, filename: str, answers: Mapping[str, str], expected: frozenset[str], limits: Limits
) -> Table:
    start = content.peek(4096)
    if not start.strip():
        raise TableError("This file is empty. Send one with a header row and at least one row below it.")
    if content.size > limits.file_bytes:
        raise TableError(
            f"This file is larger than {limits.file_bytes // 1_000_000} MB. Split it and send the parts."
        )
    if looks_like_workbook(start):
        source = open_workbook(content, limits, answers.get("sheet", ""), expected)
    else:
        source = open_csv(content, limits, answers)
    try:
        return _table(source, content, filename, answers, expected, limits)
    except BaseException:
        source.close()
        raise


def _table(
    source: Source,
    content: Bytes,
    filename: str,
    answers: Mapping[str, str],
    expected: frozenset[str],
    limits: Limits,
) -> Table:
    top = _top(source)
    asked = _ask_header(top, find_header([(one.number, one.cells) for one in top], expected))
    header = next(one for one in top if str(one.number) == answered(asked, answers))
    questions, notes = list(source.questions), list(source.notes)
    if header.number != top[0].number:
        words = "above is a title" if header.number == int(asked.guess) else "what is above isn't read"
        notes.append(f"Row {header.number} was taken for the names of the columns; {words}.")
    if header.number != top[0].number or width_of(header.cells) < 2 or asked.guess != str(top[0].number):
        questions.append(asked)
    mends = False
    if source.is_twice_encoded:
        twice = _ask_twice(source)
        questions.append(twice)
        mends = answered(twice, answers) == "mend"
    hidden = next((one for one in questions if one.key == "hidden_rows"), None)
    headers = _unique_headers([mend_twice(cell) for cell in header.cells] if mends else header.cells)
    if len(headers) > limits.columns:
        raise TableError(
            f"This file has {len(headers):,} columns; {limits.columns} are possible. Remove some."
        )
    return Table(
        headers,
        header.number,
        filename,
        tuple(notes),
        tuple(questions),
        source,
        content,
        limits,
        _hidden=answered(hidden, answers) if hidden else "with",
        _mends=mends,
    )


def _top(source: Source) -> list[Record]:
    """The first filled rows, among which the header is."""
    filled = (record for record in source.records() if not _is_blank(record.cells))
    top = list(islice(filled, LOOKED_AT))
    if not top:
        raise TableError(
            "This file has no filled row. Send one with a header row and at least one row below it."
        )
    return top


def _ask_header(top: list[Record], guess: int) -> Question:
    choices = tuple(
        Choice(str(one.number), f"Row {one.number}: {_shown(' | '.join(cell for cell in one.cells if cell))}")
        for one in top
    )
    shown = tuple(_shown(cell) for cell in top[guess].cells if cell)[:12]
    words = "Which row holds the names of the columns?"
    return Question("header_row", words, choices, str(top[guess].number), shown)


def _shown(text: str) -> str:
    return _NO_TEXT.sub("\ufffd", text[:100])


def _ask_twice(source: Source) -> Question:
    """With the first words that show it."""
    shown: list[str] = []
    for record in source.records():
        for cell in record.cells:
            if (meant := mend_twice(cell)) != cell and len(shown) < 3:
                shown.append(f"{_shown(cell)} → {_shown(meant)}")
        if len(shown) >= 3:
            break
    words = "Letters with accents were encoded twice by the program that wrote this file. How are they to be read?"
    choices = (Choice("mend", "As they were meant"), Choice("keep", "As they stand in the file"))
    return Question("twice_encoded", words, choices, "mend", tuple(shown))


def _is_blank(cells: list[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _unique_headers(cells: list[str]) -> tuple[str, ...]:
    """Trimmed names; empty ones after the last filled are dropped, others named by letter, twins numbered."""
    names = [" ".join(_NO_TEXT.sub("", one_line(cell)).split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    taken: set[str] = set()
    return tuple(
        _free_name(name or f"Column {column_letter(index)}", taken) for index, name in enumerate(names)
    )


def _free_name(name: str, taken: set[str]) -> str:
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name} ({count})"
    taken.add(candidate)
    return candidate


def _marks(record: Record, cells: list[str]) -> Mapping[int, str]:
    """What the file's format marked, and characters that no database takes for text."""
    odd = {
        place: NO_TEXT
        for place, cell in enumerate(cells)
        if ("\0" in cell if cell.isascii() else _NO_TEXT.search(cell))
    }
    return {**record.marks, **odd} if odd else record.marks


def _row(number: int, cells: list[str], width: int, marks: Mapping[int, str]) -> Row:
    if len(cells) == width and not marks:
        return Row(number, tuple(cells))
    extra = tuple(cells[width:])
    while extra and not extra[-1].strip():
        extra = extra[:-1]
    missing = max(width - len(cells), 0)
    return Row(number, tuple(cells[:width]) + ("",) * missing, extra, missing, marks)


def _refuse_long_cells(number: int, cells: list[str], limits: Limits) -> None:
    if any(len(cell) > limits.cell_characters for cell in cells):
        raise TableError(
            f"Row {number} has a cell longer than {limits.cell_characters:,} characters. "
            'Shorten it, or close the quotation mark (") that a cell of this row opens.'
        )
