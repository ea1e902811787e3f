"""Limits and laws of the United States to start from, as published lists have them (``data/SOURCES.md``).

Nothing is held to them until the winery takes them over. Lists contradict each other and laws change: each row says
where it was read, and is to be checked.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files

from tirage.delivery.laws.operations import LawValues
from tirage.delivery.limits.operations import LimitValues, year_day
from tirage.delivery.states import LawKind, LimitPeriod, LimitSubject, VolumeUnit


def starting_limits() -> list[LimitValues]:
    """How much may go to each state, to look at and take over."""
    return [
        LimitValues(
            "US",
            row["state"],
            Decimal(row["amount"]),
            VolumeUnit(row["unit"]),
            LimitPeriod(row["period"]),
            LimitSubject(row["subject"]),
            date.fromisoformat(row["first_day"]),
            _day(row["last_day"]),
            row["source"],
            _day(row["checked_on"]),
            year_day(*map(int, row["year_begins"].split("-"))) if row["year_begins"] else None,
        )
        for row in _rows("us_limits.csv")
    ]


def starting_laws() -> list[LawValues]:
    """What each state says besides, to look at and take over."""
    return [
        LawValues(
            "US",
            row["state"],
            LawKind(row["kind"]),
            date.fromisoformat(row["first_day"]),
            _day(row["last_day"]),
            int(Decimal(row["percent"]) * 10) if row["percent"] else None,
            row["words"],
            source=row["source"],
            checked_on=_day(row["checked_on"]),
            every=row["every"],
        )
        for row in _rows("us_laws.csv")
    ]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("tirage.delivery") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
