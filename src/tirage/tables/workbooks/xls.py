"""The old XLS, and XLSB: read whole, by a library that may need more memory than it gets."""

import datetime as dt
from collections.abc import Iterator
from typing import IO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from tirage.tables.errors import TableError
from tirage.tables.sources import Limits
from tirage.tables.workbooks.shapes import Sheet, SheetRow
from tirage.tables.workbooks.values import damaged, moment_text, number_text
from tirage.tables.workbooks.xlsx import far_out, too_many_sheets

_Value = int | float | str | bool | dt.date | dt.time | dt.timedelta


class Xls:
    #: The library gives neither.
    tells_all = False

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._limits = limits
        try:
            self._book = CalamineWorkbook.from_filelike(stream)
        except PasswordError as error:
            raise TableError("This Excel file has a password. Save it without one and send that.") from error
        except CalamineError as error:
            raise damaged() from error
        self.sheets = [
            Sheet(about.name, about.visible != SheetVisibleEnum.Visible, about.name)
            for about in self._book.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet
        ]
        if len(self.sheets) > limits.sheets:
            raise too_many_sheets(limits)

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        try:
            found = self._book.get_sheet_by_name(str(sheet.key))
        except CalamineError as error:
            raise damaged() from error
        for number, values in enumerate(found.iter_rows(), start=1):
            cells = [as_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if len(cells) > self._limits.columns:
                raise far_out(sheet.name, number, len(cells) - 1, self._limits)
            if cells:
                yield SheetRow(number, cells)


def as_text(cell: _Value) -> str:
    """The value as a person would type it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return moment_text(cell)
    return str(cell)
