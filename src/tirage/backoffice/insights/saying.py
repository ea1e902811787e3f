"""Figures of Insights in words: values, what they were worked out from, days."""

from __future__ import annotations

from babel.dates import format_skeleton

from tirage.backoffice.frame.cells import axis_money
from tirage.core.winery import current_winery
from tirage.insights.rules.metrics import Figure, MetricSpec, Unit
from tirage.insights.rules.periods import Period
from tirage.parts.wording import say_number, say_percent


def say_value(unit: Unit, value: float | None) -> str:
    """``$12,300``, ``12.5%``, ``84``; a dash for nothing. Minus signs are signs."""
    if value is None:
        return "–"
    locale = current_winery().locale
    if unit is Unit.MONEY:
        return axis_money(round(value))
    if unit is Unit.RATIO:
        return say_percent(value, locale).replace("-", "−")
    figure = round(value, 1) if unit is Unit.PER_100K else round(value)
    return say_number(figure, locale).replace("-", "−")


def say_parts(spec: MetricSpec, figure: Figure) -> str:
    """“$12,300 sold in the period ÷ 84 customers who bought”; of a plain sum what it counts."""
    words = f"{say_value(spec.part_unit, figure.numerator)} {spec.numerator_words}"
    if spec.denominator is None or spec.base_unit is None:
        return words
    if figure.denominator is None:
        return f"{words}; how many {spec.denominator_words} there are isn’t known here"
    return f"{words} ÷ {say_value(spec.base_unit, figure.denominator)} {spec.denominator_words}"


def say_range(unit: Unit, low: float, high: float) -> str:
    first, last = say_value(unit, low), say_value(unit, high)
    return first if first == last else f"{first} – {last}"


def say_days(days: Period) -> str:
    """``Mar 4 – Jun 10, 2026``, ``Dec 1, 2025 – Nov 30, 2026``."""
    if days.first == days.last:
        return str(format_skeleton("yMMMd", days.first, locale=_locale()))
    return f"{_day(days, first=True)} – {_day(days, first=False)}"


def _day(days: Period, *, first: bool) -> str:
    day, same_year = (days.first if first else days.last), days.first.year == days.last.year
    skeleton = "MMMd" if first and same_year else "yMMMd"
    return str(format_skeleton(skeleton, day, locale=_locale()))


def say_stretch(days: Period) -> str:
    """As it stands under a bar: ``Mar 4``; of a month ``Mar``."""
    if days.days > 7:
        return str(format_skeleton("MMM", days.first, locale=_locale()))
    return str(format_skeleton("MMMd", days.first, locale=_locale()))


def _locale() -> str:
    return "en_US" if current_winery().locale == "en_US" else "en_GB"
