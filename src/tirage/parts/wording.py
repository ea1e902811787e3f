"""Money, moments and counts in the winery's words. Babel, no Django."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from tirage.core.bounds import on_clock
from tirage.core.money import Money, exponent, say_money
from tirage.core.zones import say_zone


@lru_cache(maxsize=4096)
def say_whole_money(amount: Money, locale: str) -> str:
    """``$190`` for plots and summaries: rounded to whole units."""
    whole = amount.decimal.quantize(Decimal(1))
    pattern = _whole(locale)
    return format_currency(whole, amount.currency, pattern, locale=locale, currency_digits=False).replace(
        "-", "−"
    )


def say_short_money(amount: Money, locale: str) -> str:
    """``$2,164``, and ``$2,164.50`` where there are cents."""
    is_whole = amount.minor % 10 ** exponent(amount.currency) == 0
    return say_whole_money(amount, locale) if is_whole else say_money(amount, locale)


def say_moment(at: datetime, zone: str, locale: str, *, year: bool = False) -> str:
    """``Tue, Nov 24, 9:00 AM PST``: the day and the time on the winery's clock, with its zone."""
    return _on_clock(at, zone, locale, _joined(locale, "yMMMEd" if year else "MMMEd"))


def say_day(at: datetime | date, zone: str, locale: str, *, width: str = "medium") -> str:
    """``Nov 24, 2026``; ``width`` is short, medium, long or full (``Tuesday, November 24, 2026``).

    The day of a moment is that of the zone's clock; a day is itself.
    """
    local = on_clock(_aware(at), _zone(zone)) if isinstance(at, datetime) else at
    return format_date(local, format=width, locale=locale)


def say_time_of_day(at: datetime, zone: str, locale: str, *, with_zone: bool = False) -> str:
    """``9:24 AM``, or ``9:24 AM PST`` where the time decides something."""
    return _on_clock(at, zone, locale, _time_pattern(locale) + (" zzz" if with_zone else ""))


def _on_clock(at: datetime, zone: str, locale: str, pattern: str) -> str:
    """By a pattern in which ``zzz`` stands for the zone's name."""
    local = on_clock(_aware(at), _zone(zone))
    if "zzz" in pattern:
        pattern = pattern.replace("zzz", "'" + say_zone(local, locale).replace("'", "''") + "'")
    return _plain(format_datetime(local, pattern, tzinfo=_zone(zone), locale=locale))


def say_ago(at: datetime, now: datetime, locale: str) -> str:
    """``3 hours ago`` or ``in 3 hours``."""
    return format_timedelta(_aware(at) - _aware(now), add_direction=True, locale=locale)


def say_until(at: datetime, now: datetime, locale: str) -> str:
    """``3 hours``: what is left, without a direction; nothing below zero."""
    left = max(_aware(at) - _aware(now), _aware(now) - _aware(now))
    return format_timedelta(left, locale=locale)


def say_clock(seconds: int) -> str:
    """``14:32``, ``2:05:00`` or ``6 days 2:05:00``: a countdown's face."""
    days, rest = divmod(max(0, seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days} {'day' if days == 1 else 'days'} {hours}:{minutes:02d}:{left:02d}"
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def say_bottles(count: int, locale: str) -> str:
    """``1 bottle``, ``1,200 bottles``."""
    return f"{say_number(count, locale)} {'bottle' if count == 1 else 'bottles'}"


def say_number(value: int | Decimal | float, locale: str) -> str:
    """``1,200`` or ``4.5``."""
    return format_decimal(value, locale=locale)


def say_percent(share: Decimal | float, locale: str, *, places: int = 1) -> str:
    """``12.5%`` for 0.125; at most so many decimal places."""
    return format_percent(share, format=f"#,##0.{'#' * places}%", locale=locale)


@lru_cache(maxsize=64)
def _joined(locale: str, skeleton: str) -> str:
    known = Locale.parse(locale)
    day = known.datetime_skeletons.get(skeleton) or known.date_formats["medium"]
    both = str(known.datetime_formats["medium"])
    return both.replace("{1}", str(day.pattern)).replace("{0}", _time_pattern(locale) + " zzz")


@lru_cache(maxsize=64)
def _time_pattern(locale: str) -> str:
    return str(Locale.parse(locale).time_formats["short"].pattern)


@lru_cache(maxsize=64)
def _whole(locale: str) -> str:
    return str(Locale.parse(locale).currency_formats["standard"].pattern).replace(".00", "")


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone can't be shown")
    return at


def _plain(text: str) -> str:
    """The narrow no-break space of newer locale data is missing in many faces; CSS keeps words together."""
    return text.replace("\u202f", " ")
