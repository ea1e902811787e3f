"""Periods of whole days on the winery's clock, and what each is compared with. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Comparison(StrEnum):
    PREVIOUS = "previous"
    YEAR = "year"


COMPARISON_WORDS = {
    Comparison.PREVIOUS: "the period before",
    Comparison.YEAR: "the same period a year before",
}


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends on its first day at the earliest")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def previous(self) -> Period:
        """As many days, ending the day before; of whole months (or years) as many months before.

        >>> Period(date(2026, 1, 1), date(2026, 12, 31)).previous()
        Period(first=datetime.date(2025, 1, 1), last=datetime.date(2025, 12, 31))
        """
        if self._is_whole_months:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            return Period(_months_back(self.first, months), self.first - timedelta(days=1))
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def year_before(self) -> Period:
        """The same days of the year before; 29 February becomes the 28th."""
        last = _months_back(self.last, 12)
        if self._is_whole_months:
            last = _end_of_month(last)
        return Period(_months_back(self.first, 12), last)

    def compared(self, with_: Comparison) -> Period:
        return self.previous() if with_ is Comparison.PREVIOUS else self.year_before()

    @property
    def _is_whole_months(self) -> bool:
        return self.first.day == 1 and self.last == _end_of_month(self.last)


def last_days(today: date, days: int) -> Period:
    """So many days, today the last."""
    return Period(today - timedelta(days=days - 1), today)


def last_months(today: date, months: int) -> Period:
    """So many months until today: twelve from 1 December until 30 November."""
    return Period(_months_back(today, months) + timedelta(days=1), today)


def this_year(today: date) -> Period:
    return Period(date(today.year, 1, 1), today)


def last_year(today: date) -> Period:
    return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))


#: Choices by key, each with its words.
CHOICES: dict[str, tuple[str, Callable[[date], Period]]] = {
    "12m": ("Last 12 months", lambda today: last_months(today, 12)),
    "6m": ("Last 6 months", lambda today: last_months(today, 6)),
    "90d": ("Last 90 days", lambda today: last_days(today, 90)),
    "30d": ("Last 30 days", lambda today: last_days(today, 30)),
    "year": ("This year", this_year),
    "last_year": ("Last year", last_year),
}


def _months_back(day: date, months: int) -> date:
    """The same day so many months before, or the last that the month has."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _end_of_month(first).day))


def _end_of_month(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)
