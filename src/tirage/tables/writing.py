"""Any list as a CSV or Excel file that opens rightly in Excel and can't run anything there.

A row is a sequence of None, text, bool, int, float, Decimal, date, or datetime without a zone: the clock
of the winery, since a spreadsheet knows none.
"""

import datetime as dt
import re
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from os import PathLike, fspath
from typing import IO, Any, TypeAlias

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from tirage.tables.cleaning.text import is_mistakable
from tirage.tables.errors import TableError

Cell: TypeAlias = str | bool | int | float | Decimal | dt.date | dt.datetime | None

CSV_CHUNK = 1 << 16
EXCEL_ROWS = 1_048_576
EXCEL_COLUMNS = 16_384
EXCEL_CHARACTERS = 32_767
EXACT_IN_EXCEL = 10**15
PROGRESS_EVERY = 1_000
WIDEST, MEASURED_ROWS = 60, 500

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")
#: A spreadsheet would make a number of it, and drop the plus.
_TELEPHONE = re.compile(r"\+\d{7,}")
_QUOTED = re.compile(r'[",;\t|\r\n]|^\s|\s$')


def csv_stream(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """UTF-8 with BOM, commas, one chunk of bytes at a time.

    Text that a spreadsheet would take for a formula gets an apostrophe before it, which `clean_text`
    takes off again; numbers and dates stay as they are.
    """
    lines = [_csv_line(headers)]
    size, first = 0, True
    for row in rows:
        line = _csv_line(row)
        lines.append(line)
        size += len(line)
        if size >= CSV_CHUNK:
            yield _encoded(lines, first)
            lines, size, first = [], 0, False
    yield _encoded(lines, first)


def _encoded(lines: list[str], first: bool) -> bytes:
    return "".join(lines).encode("utf-8-sig" if first else "utf-8")


def _csv_line(row: Sequence[Cell]) -> str:
    cells = [_csv_quoted(_csv_text(cell)) for cell in row]
    # A lone empty cell would read as a blank line.
    return (",".join(cells) if cells != [""] else '""') + "\r\n"


def _csv_quoted(text: str) -> str:
    """Quoted for every separator in use, so that no reader can take one for another."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, dt.datetime):
        _refuse_zone(cell)
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def harmless(text: str) -> str:
    """The text, with an apostrophe before it when a spreadsheet would run it as a formula."""
    if _TELEPHONE.fullmatch(text) or (text.startswith(_RISKY) and not _NUMBER.fullmatch(text)):
        return "'" + text
    return kept_as_text(text)


def kept_as_text(text: str) -> str:
    """The text, with an apostrophe before it when whoever reads it again would take it for something else."""
    return "'" + text if is_mistakable(text) else text


def _refuse_zone(moment: dt.datetime) -> None:
    if moment.tzinfo is not None:
        raise ValueError("A table takes moments on the winery's clock: convert, then drop the zone.")


def xlsx_file(
    headers: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    path_or_buffer: str | PathLike[str] | IO[bytes],
    progress: Callable[[int], None] | None = None,
    *,
    sheet: str = "Export",
    formats: Sequence[str | None] = (),
) -> int:
    """Write one sheet, header bold and frozen, with filters; returns the number of rows.

    Memory stays flat. `progress` is told the rows written so far. `formats` may give a number format per
    column, else whole numbers, decimals (two places), dates and times have theirs. Raises TableError past
    what Excel can hold: 1,048,575 rows, 16,384 columns, 32,767 characters.
    """
    if len(headers) > EXCEL_COLUMNS:
        raise TableError(f"Excel holds {EXCEL_COLUMNS:,} columns; this list has {len(headers):,}.")
    target: Any = fspath(path_or_buffer) if isinstance(path_or_buffer, str | PathLike) else path_or_buffer
    with tempfile.TemporaryDirectory() as aside:
        workbook = xlsxwriter.Workbook(target, {"constant_memory": True, "tmpdir": aside})
        written = _Sheet(workbook, sheet, headers, formats)
        try:
            count = written.write(rows, progress)
        except BaseException:
            written.abandon()
            raise
        workbook.close()
    return count


#: What Excel takes: so many characters, and none of these.
_NAME_AT_MOST, _NOT_IN_NAMES = 31, str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def _sheet_name(words: str) -> str:
    """Words as a sheet's name, cut at a word where they are too long for Excel."""
    name = words.translate(_NOT_IN_NAMES).strip("' ")
    if len(name) <= _NAME_AT_MOST:
        return name
    return textwrap.shorten(name, _NAME_AT_MOST, placeholder="").rstrip(" ,;.") or name[:_NAME_AT_MOST]


class _Sheet:
    def __init__(
        self, workbook: Workbook, name: str, headers: Sequence[str], formats: Sequence[str | None]
    ) -> None:
        self._sheet: Worksheet = workbook.add_worksheet(_sheet_name(name))
        self._workbook = workbook
        self._formats: dict[str, Format] = {}
        self._own = [*formats, *([None] * (len(headers) - len(formats)))]
        self._widths = [len(header) + 3 for header in headers]
        bold = workbook.add_format({"bold": True, "bottom": 1})
        for column, header in enumerate(headers):
            self._sheet.write_string(0, column, header, bold)
        self._sheet.freeze_panes(1, 0)

    def write(self, rows: Iterable[Sequence[Cell]], progress: Callable[[int], None] | None) -> int:
        count = 0
        for count, row in enumerate(rows, start=1):
            if count >= EXCEL_ROWS:
                raise TableError(f"Excel holds {EXCEL_ROWS - 1:,} rows. Export this list as CSV.")
            for column, cell in enumerate(row):
                self._write_cell(count, column, cell)
            if progress and count % PROGRESS_EVERY == 0:
                progress(count)
        if self._widths:
            self._sheet.autofilter(0, 0, count, len(self._widths) - 1)
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, min(width, WIDEST))
        if progress:
            progress(count)
        return count

    def abandon(self) -> None:
        """Let go of the rows put aside, without writing the target."""
        self._sheet.row_data_fh.close()
        self._workbook.fileclosed = 1

    def _write_cell(self, row: int, column: int, cell: Cell) -> None:
        if cell is None or cell == "":
            return
        if row <= MEASURED_ROWS:
            self._widths[column] = max(self._widths[column], len(str(cell)) + 2)
        if isinstance(cell, bool):
            self._sheet.write_string(row, column, "yes" if cell else "no")
        elif isinstance(cell, str):
            self._write_text(row, column, cell)
        elif isinstance(cell, dt.date):
            self._write_date(row, column, cell)
        else:
            self._write_number(row, column, cell)

    def _write_text(self, row: int, column: int, text: str) -> None:
        if len(text) > EXCEL_CHARACTERS:
            raise TableError(
                f"Row {row + 1} has a text longer than the {EXCEL_CHARACTERS:,} characters Excel holds. "
                "Export this list as CSV."
            )
        self._sheet.write_string(row, column, kept_as_text(text))

    def _write_number(self, row: int, column: int, number: int | float | Decimal) -> None:
        value = float(number)
        if not abs(value) < EXACT_IN_EXCEL:
            # Excel would round it; as text it stays what it is.
            self._sheet.write_string(row, column, str(number))
            return
        usual = "#,##0.00" if isinstance(number, Decimal) else "General" if isinstance(number, float) else "0"
        self._sheet.write_number(row, column, value, self._format(self._own[column] or usual))

    def _write_date(self, row: int, column: int, date: dt.date) -> None:
        if isinstance(date, dt.datetime):
            _refuse_zone(date)
        usual = "yyyy-mm-dd hh:mm" if isinstance(date, dt.datetime) else "yyyy-mm-dd"
        if date.year < 1901:
            self._sheet.write_string(row, column, _csv_text(date))
            return
        self._sheet.write_datetime(row, column, date, self._format(self._own[column] or usual))

    def _format(self, number_format: str) -> Format:
        if number_format not in self._formats:
            self._formats[number_format] = self._workbook.add_format({"num_format": number_format})
        return self._formats[number_format]
