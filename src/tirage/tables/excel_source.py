"""Excel files: the first visible sheet with something on it, its values as a person would type them."""

import datetime as dt
import zipfile
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
    if content.peek(4) != _ZIP:
        return
    try:
        with content.stream() as stream, zipfile.ZipFile(stream) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _damaged() from error
    if unpacked > limits.unpacked_bytes:
        raise TableError(
            "This Excel file unpacks to more than can be read. Save the sheet as CSV UTF-8 and send that."
        )


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
