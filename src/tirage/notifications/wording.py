"""Money, moments and counts in mails, in the winery's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from tirage.core.bounds import on_clock
from tirage.core.models import Winery
from tirage.core.money import Money, say_money
from tirage.core.zones import say_zone


@dataclass(frozen=True, slots=True)
class Say:
    winery: Winery

    def money(self, amount: Money) -> str:
        """``$190.00``."""
        return say_money(amount, self.winery.locale)

    def moment(self, at: datetime) -> str:
        """``Tuesday, October 6, 2026, 9:00 AM PDT``: the winery's clock, with its zone."""
        local = on_clock(at, ZoneInfo(self.winery.time_zone))
        day = format_date(local, "full", locale=self.winery.locale)
        clock = format_time(local, "short", locale=self.winery.locale).replace("\u202f", " ")
        return f"{day}, {clock} {say_zone(local, self.winery.locale)}"

    def day(self, at: datetime) -> str:
        """``Friday, October 9, 2026`` on the winery's clock."""
        local = on_clock(at, ZoneInfo(self.winery.time_zone))
        return str(format_date(local, "full", locale=self.winery.locale))

    def date(self, day: date) -> str:
        """``Friday, October 9, 2026``."""
        return str(format_date(day, "full", locale=self.winery.locale))

    def bottles(self, count: int) -> str:
        """``2 bottles``."""
        return f"{format_decimal(count, locale=self.winery.locale)} {'bottle' if count == 1 else 'bottles'}"
