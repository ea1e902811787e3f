"""Excel files: the first visible sheet with something on it, its values as a person would type them."""

import datetime as dt
import functools
import re
import zipfile
import zlib
from collections.abc import Iterator

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from tirage.tables.errors import TableError
from tirage.tables.sources import Bytes, Limits, Source

_Value = int | float | str | bool | dt.date | dt.time | dt.timedelta

_ZIP = b"PK\x03\x04"
_CHUNK = 1 << 20
# A cell with something in it; empty ones that only have a format close at once.
_FILLED_CELL = re.compile(rb'<(?:\w{1,20}:)?c\s(?:[^<>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"(?:[^<>]*[^/<>])?>')
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def looks_like_excel(start: bytes) -> bool:
    return start.startswith((_ZIP, _OLD_OFFICE))


def open_excel(content: Bytes, limits: Limits) -> Source:
    """Choose the sheet. Raises TableError for a password, a damaged file, or one that unpacks too large."""
    _refuse_bombs(content, limits)
    sheet, notes = _first_filled_sheet(_workbook(content))
    # The library's total height and width leave out blank rows and columns before the first filled cell.
    height, width = (place + 1 for place in sheet.end or (0, 0))
    if width > limits.columns:
        raise TableError(
            f"The sheet {sheet.name} has {width:,} columns; {limits.columns} are possible. Remove some."
        )
    return Source(lambda: _records(sheet), height, notes=notes)


def _refuse_bombs(content: Bytes, limits: Limits) -> None:
    """An archive that unpacks too large, and one cell far out: the library would allocate all between."""
    if content.peek(4) != _ZIP:
        return
    try:
        with content.stream() as stream, zipfile.ZipFile(stream) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise _damaged()
            if sum(part.file_size for part in archive.infolist()) > limits.unpacked_bytes:
                raise TableError(
                    "This Excel file unpacks to more than can be read. Save the sheet as CSV UTF-8 and send that."
                )
            for name in archive.namelist():
                if name.endswith(".xml"):
                    _refuse_far_cells(archive, name, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _damaged() from error


def _refuse_far_cells(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    last_row = last_column = 0
    rest = b""
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            if not rest and not last_row and b"worksheet" not in chunk[:4096]:
                return
            text = rest + chunk
            for column, row in _FILLED_CELL.findall(text):
                last_row = max(last_row, int(row))
                last_column = max(last_column, _column_number(column))
            # A tag may lie across two chunks.
            rest = text[text.rfind(b"<") :][-1000:]
    if last_row * last_column > limits.excel_cells:
        raise TableError(
            f"A sheet of this Excel file reaches to row {last_row:,} and column {last_column:,}: more than can be "
            "read. Delete the stray cells, or save the sheet as CSV UTF-8 and send that."
        )


@functools.cache
def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _workbook(content: Bytes) -> CalamineWorkbook:
    try:
        with content.stream() as stream:
            return CalamineWorkbook.from_filelike(stream)
    except PasswordError as error:
        raise TableError("This Excel file has a password. Save it without one and send that.") from error
    except CalamineError as error:
        raise _damaged() from error


def _damaged() -> TableError:
    return TableError(
        "This Excel file is damaged or not a table. Open it in Excel, save it as XLSX and send that."
    )


def _first_filled_sheet(workbook: CalamineWorkbook) -> tuple[CalamineSheet, tuple[str, ...]]:
    chosen: CalamineSheet | None = None
    others: list[str] = []
    for about in workbook.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        try:
            sheet = workbook.get_sheet_by_name(about.name)
        except CalamineError as error:
            raise _damaged() from error
        if sheet.start is None or not _has_text(sheet):
            continue
        if chosen is None:
            chosen = sheet
        else:
            others.append(sheet.name)
    if chosen is None:
        raise TableError(
            "This Excel file has no filled sheet. Put a header row and rows below it on the first sheet."
        )
    if others:
        return chosen, (f"The sheet {chosen.name} was read. Not read: {', '.join(others)}.",)
    return chosen, ()


def _has_text(sheet: CalamineSheet) -> bool:
    return any(as_text(cell).strip() for row in sheet.iter_rows() for cell in row)


def _records(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [as_text(cell) for cell in cells]


def as_text(cell: _Value) -> str:
    """The value as a person would type it: 94558.0 is 94558, midnight has no time, 15 digits count."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, dt.datetime):
        if (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0):
            return cell.date().isoformat()
        return cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)


def _number_text(number: float) -> str:
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    text = format(number, ".15g")
    if "e" in text and 1e-10 < abs(number) < 1e30:
        text = format(number, ".15f").rstrip("0") if abs(number) < 1 else format(number, ".0f")
    return text
