"""A calendar file (RFC 5545) that every calendar opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tirage.core.bounds import days_after

_LONGEST = 73


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at a moment with its end, or, with a day alone, the whole of it. ``uid`` stays the same for ever."""

    uid: str
    title: str
    begins: datetime | date
    ends: datetime | date
    place: str
    latitude: float
    longitude: float
    words: str = ""


def calendar_text(entries: Sequence[Entry], *, name: str, now: datetime) -> str:
    """The file; ``now`` is when it was made. Times are UTC: calendars show them on their own clocks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tirage//Insights//EN", "CALSCALE:GREGORIAN"]
    lines += [f"X-WR-CALNAME:{_escaped(name)}"]
    for entry in entries:
        lines += _lines(entry, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _lines(entry: Entry, now: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{_moment(now)}",
        _when("DTSTART", entry.begins),
        _when("DTEND", entry.ends),
        f"SUMMARY:{_escaped(entry.title)}",
        f"LOCATION:{_escaped(entry.place)}",
        f"GEO:{entry.latitude:.6f};{entry.longitude:.6f}",
        *([f"DESCRIPTION:{_escaped(entry.words)}"] if entry.words else []),
        "END:VEVENT",
    ]


def whole_day(day: date) -> tuple[date, date]:
    """Begin and end of an entry that lasts a day: the end is the day after."""
    return day, days_after(day, 1)


def _when(what: str, at: datetime | date) -> str:
    return f"{what}:{_moment(at)}" if isinstance(at, datetime) else f"{what};VALUE=DATE:{at:%Y%m%d}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes; what goes on begins with a blank, and no letter is cut in two."""
    parts, part = list[str](), ""
    for letter in line:
        if len((part + letter).encode()) > _LONGEST:
            parts.append(part)
            part = " "
        part += letter
    return [*parts, part]
