"""Dates in the shapes people and programs write them."""

import datetime as dt
import re
from enum import StrEnum

from tirage.tables.cleaning.text import clean_text, is_empty
from tirage.tables.errors import CellError

EARLIEST_YEAR, LATEST_YEAR = 1850, 2150
#: Characters of a date with its weekday, time and zone, and then some.
LONGEST = 100
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = re.compile(
    r"(?:^|[T\s,])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?(?:m\b\.?)?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2}(?::?\d{2})?)?$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"^((?:18|19|20|21)\d{2})(\d{2})(\d{2})$")
_NUMERIC = re.compile(r"^(\d{1,2})\s?([/.\-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})$")
_MONTH_FIRST = re.compile(r"^([A-Za-z]{3,9})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4}|'?\d{2})$")
_DAY_FIRST = re.compile(
    r"^(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:of\s)?([A-Za-z]{3,9})\.?,?[\s-]+(\d{4}|'?\d{2})$"
)
_SERIAL = re.compile(r"^(\d{1,5})(\.\d+)?$")
_NO_DATE = re.compile(r"^(?:0{1,4}[-/.]0{1,2}[-/.]0{1,4}|0?1[-/.]0?1[-/.]0001|0001-01-01)$")


class DateOrder(StrEnum):
    """What 3/4/2024 means: April or March the 4th or 3rd."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"


def told_order(value: str) -> DateOrder | None:
    """The order that a date undoubtfully follows, since one of its parts is past 12; None when it tells nothing.

    Dates with dots tell nothing: they are day first whatever the file says.
    """
    parts = _two_parts(value)
    if parts is None:
        return None
    first, second = parts
    if first > 12 >= second:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if second > 12 >= first else None


def is_doubtful_date(value: str) -> bool:
    """Whether it is another day in the other order: 3/4/2024, but neither 4/4/2024 nor 25/12/2024."""
    parts = _two_parts(value)
    return parts is not None and parts[0] != parts[1] and max(parts) <= 12


def _two_parts(value: str) -> tuple[int, int] | None:
    """Of a date whose day and month are numbers, the first and the second; None for every other text."""
    match = _NUMERIC.match(_date_part(value)[0]) if value[:1].isdigit() or not value.isascii() else None
    if match is None or match.group(2) == ".":
        return None
    return int(match.group(1)), int(match.group(3))


def parse_date(value: str, order: DateOrder = DateOrder.MONTH_FIRST, *, pivot: int = 30) -> dt.date | None:
    """2024-03-01, 3/1/2024, 01.03.2024, "Mar 1, 2024", 1-Mar-24, 20240301, 45352 (Excel), any with a time.

    Two-digit years up to `pivot` are 20xx, later ones 19xx.
    A part past 12 overrules `order`. None when empty, also for the zero dates databases write.
    Raises CellError for what is no date.
    """
    if is_empty(value):
        return None
    text, _ = _date_part(value)
    if _NO_DATE.match(text):
        return None
    parts = _parts(text, order, pivot)
    if parts is None:
        raise _unreadable(value)
    try:
        date = dt.date(*parts)
    except ValueError as error:
        raise CellError(f"“{clean_text(value)}” is no day of the calendar. Correct it.") from error
    if not EARLIEST_YEAR <= date.year <= LATEST_YEAR:
        raise CellError(f"“{clean_text(value)}” has an unlikely year. Write dates as 2024-03-01.")
    return date


def parse_moment(
    value: str, zone: dt.tzinfo, order: DateOrder = DateOrder.MONTH_FIRST, *, pivot: int = 30
) -> dt.datetime | None:
    """The same as an instant in UTC: without a time of day midnight, without a zone of its own in `zone`."""
    date = parse_date(value, order, pivot=pivot)
    if date is None:
        return None
    text, time = _date_part(value)
    if time is None:
        return dt.datetime.combine(date, _serial_time(text), zone).astimezone(dt.UTC)
    return dt.datetime.combine(date, _clock(time, value), _own_zone(time.group(5)) or zone).astimezone(dt.UTC)


def _date_part(value: str) -> tuple[str, re.Match[str] | None]:
    text = _WEEKDAY.sub("", clean_text(value, longest=LONGEST))
    time = _TIME.search(text)
    return (text[: time.start()].strip(" ,T") if time else text), time


def _parts(text: str, order: DateOrder, pivot: int) -> tuple[int, int, int] | None:
    if match := _ISO.match(text) or _COMPACT.match(text):
        year, month, day = match.groups()
        return int(year), int(month), int(day)
    if match := _NUMERIC.match(text):
        return _in_order(int(match[1]), int(match[3]), _year(match[4], pivot), match[2], order)
    if match := _MONTH_FIRST.match(text):
        return _named(match[1], match[2], match[3], pivot)
    if match := _DAY_FIRST.match(text):
        return _named(match[2], match[1], match[3], pivot)
    return _serial(text)


def _in_order(first: int, second: int, year: int, mark: str, order: DateOrder) -> tuple[int, int, int]:
    day_first = mark == "." or order is DateOrder.DAY_FIRST
    if first > 12 >= second:
        day_first = True
    elif second > 12 >= first:
        day_first = False
    return (year, second, first) if day_first else (year, first, second)


def _named(month: str, day: str, year: str, pivot: int) -> tuple[int, int, int] | None:
    number = _MONTHS.get(month.lower())
    return (_year(year, pivot), number, int(day)) if number else None


def _year(text: str, pivot: int) -> int:
    year = int(text.lstrip("'"))
    if len(text.lstrip("'")) == 4:
        return year
    return year + (2000 if year <= pivot else 1900)


def _serial(text: str) -> tuple[int, int, int] | None:
    """Excel's count of days since 1900; four digits that look like a year are no date."""
    match = _SERIAL.match(text)
    if match is None or int(match[1]) < 61 or (match[2] is None and 1800 <= int(match[1]) <= 2200):
        return None
    date = _EXCEL_EPOCH + dt.timedelta(days=int(match[1]))
    return date.year, date.month, date.day


def _serial_time(text: str) -> dt.time:
    match = _SERIAL.match(text)
    if match is None or match[2] is None:
        return dt.time()
    seconds = min(round(float("0" + match[2]) * 86_400), 86_399)
    hour, rest = divmod(seconds, 3600)
    return dt.time(hour, *divmod(rest, 60))


def _clock(time: re.Match[str], value: str) -> dt.time:
    hour, half = int(time[1]), (time[4] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, int(time[2]), int(time[3] or 0))
    except ValueError as error:
        raise CellError(f"“{clean_text(value)}” has no possible time of day. Correct it.") from error


def _own_zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[3:].replace(":", "")[:2])
    return dt.timezone((1 if text[0] == "+" else -1) * dt.timedelta(hours=hours, minutes=minutes))


def _unreadable(value: str) -> CellError:
    return CellError(f"“{clean_text(value)}” is not a date that can be read. Write it as 2024-03-01.")
