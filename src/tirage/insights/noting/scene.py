"""What every family is asked with: the twelve months, those before, and where everybody lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from tirage.insights.noting.homes import Homes
from tirage.insights.rules.periods import Period, last_months
from tirage.insights.statements import test_groups


@dataclass(frozen=True)
class Scene:
    """Twelve months until ``last_day``; homes and test groups are read once."""

    last_day: date

    @property
    def period(self) -> Period:
        return last_months(self.last_day, 12)

    @property
    def before(self) -> Period:
        return self.period.year_before()

    @cached_property
    def homes(self) -> Homes:
        return Homes.read()

    @cached_property
    def tests(self) -> list[int]:
        return test_groups()
