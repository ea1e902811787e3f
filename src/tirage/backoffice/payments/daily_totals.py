"""A month of money by day and by way, as its page and its file show it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from babel.dates import format_date, format_skeleton
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.safestring import SafeString

from tirage.backoffice.frame.cells import axis_money, money_cell, money_value
from tirage.backoffice.payments.words import gateway_words, how_words
from tirage.core.winery import current_winery
from tirage.parts.charts import Bar, bar_chart
from tirage.payments.states import AT_ONCE, CREDIT
from tirage.payments.totals import Sums, Totals, Way, totals_by_day
from tirage.tables.writing import Cell

FIRST_YEAR, LAST_YEAR = 2000, 2099
HEADERS = (
    *("Day", "How", "Gateway", "Card brand"),
    *("Money in", "Refunded", "Net", "Set aside", "Gifts", "Payments"),
)


class MonthField(forms.CharField):
    """A month such as 2026-10; its value is its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-10", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        year, _, month = text.partition("-")
        try:
            found = date(int(year), int(month), 1)
        except (ValueError, OverflowError):
            raise ValidationError("Write a month such as 2026-10.") from None
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValidationError(f"Write a month between {FIRST_YEAR} and {LAST_YEAR}.")
        return found

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class MonthForm(forms.Form):
    month = MonthField(label="Month", required=False)


@dataclass(frozen=True, slots=True)
class WayLine:
    """One way with its sums, in words."""

    way: Way
    sums: Sums

    @property
    def label(self) -> str:
        return way_words(self.way)


@dataclass(frozen=True, slots=True)
class DayLines:
    """One day with its ways; ``url`` leads to its payments."""

    day: date
    totals: Totals

    @property
    def label(self) -> str:
        return say_date(self.day, "MMMEd")

    @property
    def url(self) -> str:
        """The day's settled payments in the list."""
        return f"{reverse('backoffice:payments')}?settled_first={self.day}&settled_last={self.day}"

    @property
    def ways(self) -> list[WayLine]:
        return way_lines(self.totals)


class Month:
    """A month's totals; one statement, when first asked."""

    def __init__(self, first: date) -> None:
        self.first = first.replace(day=1)

    @property
    def name(self) -> str:
        return say_date(self.first, "yMMMM")

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def previous(self) -> Month:
        return Month(self.first - timedelta(days=1))

    @property
    def next(self) -> Month:
        return Month(self.first + timedelta(days=31))

    @cached_property
    def all_days(self) -> list[DayLines]:
        length = monthrange(self.first.year, self.first.month)[1]
        found = totals_by_day(self.first, length)
        return [DayLines(self.first + timedelta(days=at), totals) for at, totals in enumerate(found)]

    @property
    def days(self) -> list[DayLines]:
        """The days on which something settled."""
        return [day for day in self.all_days if day.totals.by_way]

    @cached_property
    def totals(self) -> Totals:
        return sum((day.totals for day in self.all_days), Totals())

    @property
    def ways(self) -> list[WayLine]:
        return way_lines(self.totals)

    @property
    def has_set_aside(self) -> bool:
        return bool(self.totals.money.set_aside)

    @property
    def has_gifts(self) -> bool:
        return bool(self.totals.gifts.payments)

    def chart(self) -> SafeString:
        """Money in by day; what went back stands in the table behind it."""
        bars = [
            Bar(str(day.day.day), money.taken, _back_words(money.given_back))
            for day in self.all_days
            for money in [day.totals.money]
        ]
        return bar_chart(bars, title="Money in", unit="by day", say=axis_money)

    def rows(self) -> Iterator[list[Cell]]:
        """One row for each day and way, for a file."""
        for day in self.days:
            for line in day.ways:
                yield _row(day.day, line)


def way_words(way: Way) -> str:
    """``Visa, Stripe``, ``Store credit``, ``Check``."""
    how = how_words(way.gateway, way.offline_kind, way.brand)
    return ", ".join(part for part in (how, gateway_words(way.gateway)) if part)


def way_lines(totals: Totals) -> list[WayLine]:
    """Cards first, then store credit, then what came offline, gifts last."""

    def place(way: Way) -> tuple[bool, bool, bool, str]:
        return (way.is_gift, way.gateway in AT_ONCE, way.gateway != CREDIT, way_words(way))

    return [WayLine(way, totals.by_way[way]) for way in sorted(totals.by_way, key=place)]


def say_date(day: date, skeleton: str) -> str:
    """A day in the winery's locale: ``Tue, Oct 6`` or ``October 2026``."""
    locale = current_winery().locale
    try:
        return format_skeleton(skeleton, day, locale=locale)
    except KeyError:
        return format_date(day, locale=locale)


def _back_words(minor: int) -> str:
    return f"({money_cell(minor)} refunded)" if minor else ""


def _row(day: date, line: WayLine) -> list[Cell]:
    way, sums = line.way, line.sums
    money = Sums(set_aside=sums.set_aside) if way.is_gift else sums
    gifts = sums.net if way.is_gift else 0
    amounts = (money.taken, money.given_back, money.net, money.set_aside, gifts)
    card = "" if way.gateway in AT_ONCE else way.brand
    how = how_words(way.gateway, way.offline_kind)
    return [day, how, gateway_words(way.gateway), card, *(money_value(one) for one in amounts), sums.payments]
