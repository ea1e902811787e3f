"""Calendar files: days and moments that somebody keeps in their own calendar, by RFC 5545. No Django.

A file that is opened again replaces its entries instead of doubling them, since what an entry is about names it
(``uid``) and never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
#: Of a line without its end (3.1); longer ones are folded, never inside a letter.
_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``at`` is a whole day, or a moment that is kept free for ``minutes``; ``words`` may have lines.

    ``remind`` is how long before it the calendar says so; None for never.
    """

    uid: str
    at: date | datetime
    title: str
    words: str = ""
    url: str = ""
    minutes: int = 15
    remind: timedelta | None = None


def calendar_file(entries: Sequence[Entry], *, now: datetime) -> bytes:
    """The entries as one file, stamped ``now``. Raises ValueError for a moment without a zone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tirage//Tirage//EN", "CALSCALE:GREGORIAN"]
    for entry in entries:
        lines += _event(entry, now)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(entry: Entry, now: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"DTSTAMP:{_moment(now)}",
        *_when(entry),
        f"SUMMARY:{_text(entry.title)}",
        *([f"DESCRIPTION:{_text(entry.words)}"] if entry.words else []),
        *([f"URL:{entry.url}"] if entry.url else []),
        *_alarm(entry),
        "END:VEVENT",
    ]


def _when(entry: Entry) -> list[str]:
    if isinstance(entry.at, datetime):
        ends = entry.at + timedelta(minutes=entry.minutes)
        return [f"DTSTART:{_moment(entry.at)}", f"DTEND:{_moment(ends)}"]
    # A day fills nobody's calendar: TRANSPARENT leaves it free.
    days = (entry.at, entry.at + timedelta(days=1))
    starts, ends_on = (f"{day:%Y%m%d}" for day in days)
    return [f"DTSTART;VALUE=DATE:{starts}", f"DTEND;VALUE=DATE:{ends_on}", "TRANSP:TRANSPARENT"]


def _alarm(entry: Entry) -> list[str]:
    if entry.remind is None:
        return []
    trigger = f"TRIGGER:-PT{int(entry.remind.total_seconds()) // 60}M"
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(entry.title)}", trigger, "END:VALARM"]


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone can't be kept in a calendar")
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Escaped (3.3.11); letters that no text file should have are left out."""
    kept = "".join(letter for letter in words if letter.isprintable() or letter == "\n")
    return kept.translate(_ESCAPES)


def _folded(line: str) -> bytes:
    """The line with its end, in pieces of 75 octets of which all but the first begin with a space."""
    pieces, piece = [], b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
