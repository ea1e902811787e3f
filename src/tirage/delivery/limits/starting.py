"""Limits to start from, as published lists have them. Nothing is held to them until the winery takes them over.

Lists contradict each other and laws change: each row says where it was read, and is to be checked. A rule that says
nothing of whose wine is counted is taken as one of a person.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tirage.delivery.limits.operations import LimitValues
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit

_FIRST_DAY = date(2025, 1, 1)
_INSTITUTE = ("Wine Institute's direct shipping table. Starting data, check it", date(2025, 5, 20))
_WINERY = ("A winery's published list. Starting data, check it", None)

_PERSON, _HOUSEHOLD, _ADDRESS = LimitSubject.PERSON, LimitSubject.HOUSEHOLD, LimitSubject.ADDRESS
_CASES, _LITRES, _BOTTLES = VolumeUnit.CASE, VolumeUnit.LITRE, VolumeUnit.BOTTLE

_ROWS = (
    ("AL", 12, _CASES, LimitPeriod.YEAR, _PERSON, _INSTITUTE),
    ("AK", 18, _LITRES, LimitPeriod.ORDER, _PERSON, _INSTITUTE),
    ("AK", 108, _LITRES, LimitPeriod.YEAR, _PERSON, _INSTITUTE),
    ("AZ", 12, _CASES, LimitPeriod.YEAR, _PERSON, _INSTITUTE),
    ("AR", 1, _CASES, LimitPeriod.QUARTER, _PERSON, _INSTITUTE),
    ("CT", 2, _CASES, LimitPeriod.TWO_MONTHS, _PERSON, _INSTITUTE),
    ("DC", 1, _CASES, LimitPeriod.MONTH, _PERSON, _INSTITUTE),
    ("GA", 12, _CASES, LimitPeriod.YEAR, _PERSON, _INSTITUTE),
    ("GA", 12, _CASES, LimitPeriod.YEAR, _ADDRESS, _INSTITUTE),
    ("HI", 6, _CASES, LimitPeriod.YEAR, _HOUSEHOLD, _INSTITUTE),
    ("IN", 24, _CASES, LimitPeriod.YEAR, _PERSON, _INSTITUTE),
    ("MN", 2, _CASES, LimitPeriod.YEAR, _PERSON, _WINERY),
    ("MT", 18, _CASES, LimitPeriod.YEAR, _PERSON, _WINERY),
    ("NV", 12, _CASES, LimitPeriod.FISCAL_YEAR, _PERSON, _WINERY),
    ("NY", 36, _CASES, LimitPeriod.YEAR, _PERSON, _WINERY),
    ("OR", 5, _CASES, LimitPeriod.MONTH, _PERSON, _WINERY),
    ("PA", 36, _CASES, LimitPeriod.YEAR, _PERSON, _WINERY),
    ("SC", 2, _CASES, LimitPeriod.MONTH, _PERSON, _WINERY),
    ("TX", 45, _BOTTLES, LimitPeriod.MONTH, _PERSON, _WINERY),
    ("TX", 15, _CASES, LimitPeriod.YEAR, _PERSON, _WINERY),
)


def starting_limits() -> list[LimitValues]:
    """Limits of states of the United States, to look at and take over."""
    return [
        LimitValues("US", state, Decimal(amount), unit, period, subject, _FIRST_DAY, None, *source)
        for state, amount, unit, period, subject, source in _ROWS
    ]
