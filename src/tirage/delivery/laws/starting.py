"""Laws to start from, as published lists have them. Nothing is held to them until the winery takes them over.

Lists contradict each other and laws change: each row says where it was read, and is to be checked.
"""

from __future__ import annotations

from datetime import date

from tirage.delivery.laws.operations import LawValues
from tirage.delivery.states import LawKind

_FIRST_DAY = date(2025, 1, 1)
_INSTITUTE = ("Wine Institute's direct shipping table. Starting data, check it", date(2025, 5, 20))
_WINERY = ("A winery's published list. Starting data, check it", None)

_ON_SITE = "Only what somebody buys at the winery may be sent"
_ROWS: tuple[tuple[str, LawKind, int | None, str, tuple[str, date | None]], ...] = (
    ("AL", LawKind.LABELS, None, "", _INSTITUTE),
    ("AR", LawKind.CLOSED, None, "", (f"{_INSTITUTE[0]}: {_ON_SITE.lower()}", _INSTITUTE[1])),
    ("CT", LawKind.LABELS, None, "", _INSTITUTE),
    ("DE", LawKind.CLOSED, None, "", _INSTITUTE),
    ("MS", LawKind.CLOSED, None, "", _WINERY),
    ("MT", LawKind.ALCOHOL, 160, "", _WINERY),
    ("SC", LawKind.ALCOHOL, 165, "", _WINERY),
    ("UT", LawKind.CLOSED, None, "", _WINERY),
)


def starting_laws() -> list[LawValues]:
    """The rows, each of the United States and in force from the first day of the list on."""
    return [
        LawValues(
            "US",
            state,
            kind,
            _FIRST_DAY,
            tenths=tenths,
            words=words,
            source=source,
            checked_on=checked_on,
        )
        for state, kind, tenths, words, (source, checked_on) in _ROWS
    ]
