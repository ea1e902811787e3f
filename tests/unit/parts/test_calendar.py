"""Calendar files as the standard wants them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.parts.calendar import Entry, calendar_file

NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
OPENS = datetime(2026, 10, 6, 9, 0, tzinfo=ZoneInfo("America/Los_Angeles"))


def lines_of(entry: Entry) -> list[str]:
    """Unfolded, as a calendar reads them."""
    raw = calendar_file([entry], now=NOW).decode()
    assert raw.endswith("\r\n") and "\n" not in raw.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in raw.split("\r\n"))
    return raw.replace("\r\n ", "").split("\r\n")[:-1]


def test_a_moment_is_written_in_utc_with_its_alarm() -> None:
    lines = lines_of(Entry("x@y", OPENS, "Opens", url="https://y/offer/", remind=timedelta(minutes=10)))
    assert lines[:4] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tirage//Tirage//EN",
        "CALSCALE:GREGORIAN",
    ]
    assert "DTSTART:20261006T160000Z" in lines and "DTEND:20261006T161500Z" in lines
    assert "DTSTAMP:20261001T120000Z" in lines and "URL:https://y/offer/" in lines
    assert lines[lines.index("BEGIN:VALARM") : lines.index("END:VALARM")] == [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Opens",
        "TRIGGER:-PT10M",
    ]


def test_a_day_ends_before_the_next_and_keeps_nobody_busy() -> None:
    lines = lines_of(Entry("x@y", date(2026, 12, 31), "It leaves"))
    assert "DTSTART;VALUE=DATE:20261231" in lines and "DTEND;VALUE=DATE:20270101" in lines
    assert "TRANSP:TRANSPARENT" in lines and "BEGIN:VALARM" not in lines


def test_a_moment_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendar_file([Entry("x@y", OPENS.replace(tzinfo=None), "Opens")], now=NOW)


@given(st.text(max_size=300))
def test_no_words_break_out_of_their_line(words: str) -> None:
    lines = lines_of(Entry("x@y", OPENS, words or "-", words=words))
    names = [line.partition(":")[0] for line in lines]
    assert names.count("BEGIN") == 2 and names.count("END") == 2 and names.count("SUMMARY") == 1
    assert len(lines) <= 14


def test_marks_of_the_format_are_escaped() -> None:
    lines = lines_of(Entry("x@y", OPENS, "Red, white; and \\ both", words="One\nTwo"))
    assert "SUMMARY:Red\\, white\\; and \\\\ both" in lines and "DESCRIPTION:One\\nTwo" in lines
