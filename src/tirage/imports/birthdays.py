"""Birthdays as files hold them without a year: kept in the note, since a date of birth proves an age."""

from __future__ import annotations

import re
from datetime import date

from tirage.tables.staging import RowReader

#: A year that says there is none: Apple writes 1604, others noughts.
_NO_YEAR = r"(?:--|0000-|1604-|0001-)"
_ISO = re.compile(rf"{_NO_YEAR}(\d{{1,2}})-?(\d{{1,2}})")
_SHORT = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.]?")
_WORDS = re.compile(r"(?:(\d{1,2})\.? )?([A-Za-z]{3,9})\.?(?: (\d{1,2})(?:st|nd|rd|th)?)?")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def birthday_without_year(reader: RowReader) -> tuple[str, ...]:
    """A line for the note, with a notice; nothing when the birthday has its year, or there is none."""
    text = reader.text("birth_date")
    if not text or (said := _say(text)) is None:
        return ()
    reader.notice("birth_date", "A birthday without its year is no date of birth. It is kept in the note.")
    return (f"Birthday: {said}",)


def _say(text: str) -> str | None:
    """The day in words where it is clear, else as it stands; None for what has a year or is no day."""
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]))
    if found := _SHORT.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if first > 12:
            return _day(second, first)
        if second > 12 or "-" in text:
            return _day(first, second)
        return text if _day(first, second) else None
    if (found := _WORDS.fullmatch(text)) and (found[1] or found[3]) and found[2][:3].lower() in _MONTHS:
        return _day(_MONTHS.index(found[2][:3].lower()) + 1, int(found[1] or found[3]))
    return None


def _day(month: int, day: int) -> str | None:
    try:
        # Any leap year: the day may be the last of February.
        return f"{date(2000, month, day):%B} {day}"
    except ValueError:
        return None
