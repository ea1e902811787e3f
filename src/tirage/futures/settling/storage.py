"""What keeping wine costs by the day: dated prices, the bottles that were there, month by month. Pure.

Bottles count in bottles of 750 ml, in thousandths. Both days of a span are charged. A month is rounded once, half up,
for each lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tirage.core.money import say_fine
from tirage.core.texts import say_count
from tirage.taxes.duties.words import say_number

DAY = timedelta(days=1)
MILLION = 1_000_000
#: Bottles of a case.
CASE = 12


@dataclass(frozen=True, slots=True)
class DayPrice:
    """What one bottle, or one case, costs a day from ``first_day`` on, in millionths of the currency."""

    first_day: date
    by_case: bool
    day_micros: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days at one price with the same bottles there."""

    first: date
    last: date
    bottles_milli: int
    price: DayPrice

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def cost(self) -> Decimal:
        """In units of the currency, exactly."""
        units = Decimal(self.bottles_milli) / 1000 / (CASE if self.price.by_case else 1)
        return units * self.days * self.price.day_micros / MILLION


@dataclass(frozen=True, slots=True)
class Stored:
    """What is charged of one month: from a day to a day of it, in minor units, and how it came about."""

    month: date
    first: date
    last: date
    minor: int
    stretches: tuple[Stretch, ...]

    @property
    def days(self) -> str:
        """``March 5 to 31, 2029``."""
        return f"{self.first:%B} {self.first.day} to {self.last.day}, {self.last.year}"


def stored_months(
    bottles: Sequence[tuple[date, int]], prices: Sequence[DayPrice], first: date, last: date, decimals: int
) -> list[Stored]:
    """Each month from ``first`` to ``last``; ``bottles`` are those that were there from a day on, in order.

    Days before the first price cost nothing. ``decimals`` are those of the currency.
    """
    found = []
    for month, begins, ends in _months(first, last):
        parts = tuple(_stretches(bottles, prices, begins, ends))
        exact = sum((one.cost for one in parts), Decimal(0)).scaleb(decimals)
        minor = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        found.append(Stored(month, begins, ends, minor, parts))
    return found


def _months(first: date, last: date) -> Iterator[tuple[date, date, date]]:
    """Each month's first day, and the days of it that are asked about."""
    while first <= last:
        month = first.replace(day=1)
        following = (month + 31 * DAY).replace(day=1)
        yield month, first, min(last, following - DAY)
        first = following


def _stretches(
    bottles: Sequence[tuple[date, int]], prices: Sequence[DayPrice], first: date, last: date
) -> Iterator[Stretch]:
    moves = {day for day, _ in bottles} | {one.first_day for one in prices}
    begins = [first, *sorted(day for day in moves if first < day <= last)]
    for place, day in enumerate(begins):
        ends = begins[place + 1] - DAY if place + 1 < len(begins) else last
        there = [count for since, count in bottles if since <= day]
        price = [one for one in prices if one.first_day <= day]
        if there and there[-1] > 0 and price:
            yield Stretch(day, ends, there[-1], price[-1])


def say_stored(one: Stored, currency: str, locale: str) -> str:
    """``12 bottles for 31 days at $0.05 a case and day``; of several stretches each."""
    parts = [part for part in one.stretches if part.price.day_micros]
    return "; ".join(_say_stretch(part, currency, locale) for part in parts)


def _say_stretch(one: Stretch, currency: str, locale: str) -> str:
    count = say_number(Decimal(one.bottles_milli) / 1000)
    bottles = "1 bottle" if count == "1" else f"{count} bottles"
    days = say_count(one.days, "day", "days")
    return f"{bottles} for {days} at {say_day_price(one.price, currency, locale)}"


def say_day_price(price: DayPrice, currency: str, locale: str) -> str:
    """``$0.05 a case and day``."""
    amount = say_fine(Decimal(price.day_micros) / MILLION, currency, locale)
    return f"{amount} a {'case' if price.by_case else 'bottle'} and day"
