"""Open a CSV or Excel file that somebody else made, as headers and numbered rows.

    with open_table(upload, "customers.csv") as table:
        table.headers            # ("Email", "First Name", "Email (2)", "Column D")
        for row in table:        # again and again, each time from the top
            row.number           # 2: as Excel shows it, whatever blank lines came before
            row.cells            # one text per header, exactly as in the file

Numbers, dates and truth values of an Excel file become the text a person would type: 94558.0 is "94558".
A CSV file is read as it streams, so its size doesn't matter to memory; an Excel file is held whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import IO

from tirage.tables import csv_source, excel_source
from tirage.tables.errors import TableError
from tirage.tables.sources import Bytes, Limits, Source

__all__ = ["Limits", "Row", "Table", "TableError", "open_table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, one text per header, and how far it departs from the header."""

    number: int
    cells: tuple[str, ...]
    extra: tuple[str, ...] = ()
    """What stood to the right of the last header: the row was torn or has an unquoted separator."""
    missing: int = 0
    """How many cells the row lacks at its right end; they read as empty. Spreadsheets do this lawfully."""


@dataclass(slots=True)
class Table:
    """A file with its first filled row taken as the header. Iterating starts again at the top each time."""

    headers: tuple[str, ...]
    header_row: int
    filename: str
    notes: tuple[str, ...]
    """What was assumed while reading, in words for the person who sent the file."""
    _source: Source = field(repr=False)
    _bytes: Bytes = field(repr=False)
    _limits: Limits = field(repr=False)

    @property
    def encoding(self) -> str:
        """`utf-8`, `utf-16`, `cp1252`, `cp437`; empty for Excel files."""
        return self._source.encoding

    @property
    def delimiter(self) -> str:
        """The separator of a CSV file; empty for Excel files."""
        return self._source.delimiter

    @property
    def row_count_hint(self) -> int:
        """At most how many rows follow the header: for progress bars, not for decisions."""
        return max(self._source.line_count - self.header_row, 0)

    def __iter__(self) -> Iterator[Row]:
        """Rows after the header without the blank ones. Raises TableError past a limit or at a torn quote."""
        width, count = len(self.headers), 0
        for number, cells in self._source.records():
            if number <= self.header_row or _is_blank(cells):
                continue
            count += 1
            if count > self._limits.rows:
                raise TableError(
                    f"This file has more than {self._limits.rows:,} rows. Split it and send the parts."
                )
            _refuse_long_cells(number, cells, self._limits)
            yield _row(number, cells, width)

    def sample(self, size: int = 20) -> list[Row]:
        """The first rows, for a preview."""
        return list(islice(self, size))

    def column(self, header: str) -> Iterator[str]:
        """All texts of one column, for decisions that need the whole column (the order of its dates)."""
        index = self.headers.index(header)
        return (row.cells[index] for row in self)

    def close(self) -> None:
        self._bytes.close()

    def __enter__(self) -> "Table":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_table(
    source: str | PathLike[str] | IO[bytes], filename: str = "", *, limits: Limits | None = None
) -> Table:
    """Open a path or a binary file; what it is shows in its bytes, the name only serves messages.

    A file object stays open and belongs to the caller; it must not be read elsewhere while the table is.
    Raises TableError when the file is empty, too large, not a table or has no header.
    """
    limits = limits or Limits()
    filename = filename or (Path(fspath(source)).name if isinstance(source, str | PathLike) else "")
    content = Bytes(source)
    try:
        return _open(content, filename, limits)
    except BaseException:
        content.close()
        raise


def _open(content: Bytes, filename: str, limits: Limits) -> Table:
    start = content.peek(4096)
    if not start.strip():
        raise TableError("This file is empty. Send one with a header row and at least one row below it.")
    if content.size > limits.file_bytes:
        raise TableError(
            f"This file is larger than {limits.file_bytes // 1_000_000} MB. Split it and send the parts."
        )
    opener = excel_source.open_excel if excel_source.looks_like_excel(start) else csv_source.open_csv
    source = opener(content, limits)
    header_row, cells, notes = _header(source)
    headers = _unique_headers(cells)
    if len(headers) > limits.columns:
        raise TableError(
            f"This file has {len(headers):,} columns; {limits.columns} are possible. Remove some."
        )
    return Table(headers, header_row, filename, (*source.notes, *notes), source, content, limits)


#: How far down a header is looked for below a title.
_TITLE_ROWS = 10


def _header(source: Source) -> tuple[int, list[str], list[str]]:
    """The first filled row; below a title of one cell, the first row that is wide, with a note that says so."""
    filled = ((number, cells) for number, cells in source.records() if not _is_blank(cells))
    number, cells = next(filled, (0, []))
    if not number:
        raise TableError(
            "This file has no filled row. Send one with a header row and at least one row below it."
        )
    if _width(cells) == 1:
        for below, wide in islice(filled, _TITLE_ROWS):
            if _width(wide) > 2:
                return below, wide, [f"Row {below} was taken for the names of the columns; above is a title."]
    return number, cells, []


def _width(cells: list[str]) -> int:
    return sum(bool(cell and not cell.isspace()) for cell in cells)


def _is_blank(cells: list[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _unique_headers(cells: list[str]) -> tuple[str, ...]:
    """Trimmed names; empty ones after the last filled are dropped, others named by letter, twins numbered."""
    names = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
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


def column_letter(index: int) -> str:
    """The letter Excel shows above the column: 0 is A, 26 is AA."""
    letters = ""
    while index >= 0:
        letters = chr(ord("A") + index % 26) + letters
        index = index // 26 - 1
    return letters


def _row(number: int, cells: list[str], width: int) -> Row:
    if len(cells) == width:
        return Row(number, tuple(cells))
    extra = tuple(cells[width:])
    while extra and not extra[-1].strip():
        extra = extra[:-1]
    missing = max(width - len(cells), 0)
    return Row(number, tuple(cells[:width]) + ("",) * missing, extra, missing)


def _refuse_long_cells(number: int, cells: list[str], limits: Limits) -> None:
    if any(len(cell) > limits.cell_characters for cell in cells):
        raise TableError(
            f"Row {number} has a cell longer than {limits.cell_characters:,} characters. "
            'Shorten it, or close the quotation mark (") that a cell of this row opens.'
        )
