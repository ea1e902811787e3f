"""Values of cells as a person would type them, and what is wrong with cells that hold none."""

import datetime as dt

from tirage.tables.errors import TableError

NO_VALUE = (
    "This cell holds a formula whose result isn't stored in the file. Open the file in Excel or LibreOffice, save it "
    "there and send it again."
)
ERROR_VALUE = "This cell shows an error of the spreadsheet. Mend the formula, or write the value."

_FIRST_OF_1904, _FIRST = dt.datetime(1904, 1, 1), dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet knows no zone
_LAST_SERIAL = 2_958_465


def number_text(number: float) -> str:
    """94558.0 is 94558; 15 digits count; nothing in powers of ten that people would write out."""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    text = format(number, ".15g")
    if "e" in text and 1e-10 < abs(number) < 1e30:
        text = format(number, ".15f").rstrip("0") if abs(number) < 1 else format(number, ".0f")
    return text


def moment_text(moment: dt.datetime) -> str:
    """Midnight has no time."""
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date().isoformat()
    return moment.isoformat(sep=" ", timespec="seconds")


def serial_text(serial: float, *, from_1904: bool) -> str:
    """Excel's count of days as a date, to the second; below one day a time. What can't be a date stays a number."""
    if not 0 <= serial <= _LAST_SERIAL:
        return number_text(serial)
    days, part = divmod(serial, 1)
    seconds = round(part * 86_400)
    if days == 0 and not from_1904:
        return str(dt.timedelta(seconds=seconds)) if seconds < 86_400 else number_text(serial)
    # Excel counts a 29 February 1900 that never was.
    days += not from_1904 and days < 60
    return moment_text((_FIRST_OF_1904 if from_1904 else _FIRST) + dt.timedelta(days=days, seconds=seconds))


def damaged() -> TableError:
    return TableError(
        "This file is damaged or not a table. Open it in Excel or LibreOffice, save it as XLSX and send that."
    )
