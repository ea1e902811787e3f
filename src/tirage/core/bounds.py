"""What a winery can mean: the days, amounts and numbers beyond which something was mistyped.

Each lies far inside of what its column holds, and so do sums of many: a moment a day or a time zone further is still
one, a price times as many bottles as there are fits a column of money. Forms, operations and imports refuse what is
outside with words, the database as the last; what was stored before is read all the same, and can be put right.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from tirage.core.errors import DomainError
from tirage.tables.cleaning.numbers import LARGEST_MINOR

FIRST_YEAR, LAST_YEAR = 1900, 2199
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
#: A day of play on either side for the clocks of all zones.
FIRST_MOMENT = datetime(FIRST_YEAR - 1, 12, 31, tzinfo=UTC)
LAST_MOMENT = datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC)
#: One amount in minor units.
MOST_MINOR = LARGEST_MINOR
YEARS = f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}."
#: The last moments of which every zone's clock still knows the day: what is read beyond them is read as them.
EARLIEST_READ = datetime(2, 1, 1, tzinfo=UTC)
LATEST_READ = datetime(9998, 12, 31, tzinfo=UTC)


def is_meant(moment: datetime) -> bool:
    """Whether somebody may mean this moment."""
    return FIRST_MOMENT <= moment <= LAST_MOMENT


def refuse_day(day: date, field: str) -> None:
    """Raises DomainError ``out_of_bounds`` for a day that nobody means."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DomainError("out_of_bounds", YEARS, {field: YEARS})


def readable(moment: datetime) -> datetime:
    """``moment``, or the edge of what every clock and a day more or less still knows."""
    if EARLIEST_READ.year <= moment.year <= LATEST_READ.year:
        return moment
    return EARLIEST_READ if moment.year < EARLIEST_READ.year else LATEST_READ


def on_clock(moment: datetime, zone: tzinfo) -> datetime:
    """``moment`` on the clock of ``zone``; what lies at the edges of the calendar is as near as it gets."""
    return readable(moment).astimezone(zone)


def days_before(day: date, days: int) -> date:
    """The day so many days earlier; the calendar's first where it has no such day."""
    return date.fromordinal(max(day.toordinal() - days, date.min.toordinal()))


def days_after(day: date, days: int) -> date:
    """The day so many days later; the calendar's last where it has no such day."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))
