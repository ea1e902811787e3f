"""What a place's volume limits make of a parcel. Pure; volumes are whole millilitres, periods half-open days.

An order counts whole on the day it was made, by the limits in force on that day, against everything that counts in the
limit's period around that day. So each sum is of orders alone, and no order of events makes it another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from tirage.delivery.laws.rules import Broken
from tirage.delivery.states import LimitPeriod, LimitSubject, VolumeUnit

#: Millilitres of each unit.
UNIT_ML = {VolumeUnit.LITRE: 1_000, VolumeUnit.CASE: 9_000, VolumeUnit.BOTTLE: 750}
#: Months of the periods that are parts of a calendar, and the month in which the first of them begins.
_MONTHS = {
    LimitPeriod.MONTH: (1, 1),
    LimitPeriod.TWO_MONTHS: (2, 1),
    LimitPeriod.QUARTER: (3, 1),
    LimitPeriod.YEAR: (12, 1),
    LimitPeriod.FISCAL_YEAR: (12, 7),
}
#: The days on which a parcel might fit that are tried, one period after the other.
_TRIES = 6

#: An address in the spelling that is compared (``places.address_key``).
AddressKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so much for one person, household, address or winery in one period; in force from the first to the last
    day. ``year_begins`` is the month and day of a permit's year: 715. A country's counts what goes to any state.
    """

    millilitres: int
    unit: VolumeUnit
    period: LimitPeriod
    subject: LimitSubject
    first_day: date
    last_day: date | None = None
    year_begins: int | None = None
    is_of_country: bool = False

    def is_in_force(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def around(self, day: date) -> tuple[date, date]:
        """Its period around a day."""
        return period_of(self.period, day, self.year_begins)


@dataclass(frozen=True, slots=True)
class Sold:
    """Wine that goes or went to the place: of whom, where, and the customer's own home where it is known."""

    customer_id: int
    millilitres: int
    day: date
    address: AddressKey
    home: AddressKey | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A limit with what counts against it already, besides the parcel that is asked about."""

    limit: Limit
    had: int

    @property
    def left(self) -> int:
        return max(self.limit.millilitres - self.had, 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the law of a place says of a parcel: the tightest of its limits, if there is any, and laws that it breaks.

    ``has`` of what is ``asked`` is promised to go there already. ``reopens_on`` is the first day on which all of a
    parcel that doesn't fit now could be ordered; None when it fits, or never will as a whole.
    """

    asked: int
    tightest: Room | None = None
    reopens_on: date | None = None
    has: int = 0
    #: What else stands against it, however much it is.
    broken: tuple[Broken, ...] = ()

    @property
    def is_beyond(self) -> bool:
        return bool(self.broken) or self.is_too_much

    @property
    def is_too_much(self) -> bool:
        return self.tightest is not None and self.asked > self.tightest.left

    @property
    def left(self) -> int | None:
        """What may go at most, in millilitres; None where nothing limits it."""
        return self.tightest.left if self.tightest else None


def period_of(period: LimitPeriod, day: date, year_begins: int | None = None) -> tuple[date, date]:
    """The period around a day: its first day, and the first one after it; a permit's year by its month and day.

    >>> period_of(LimitPeriod.TWO_MONTHS, date(2026, 12, 24))
    (datetime.date(2026, 11, 1), datetime.date(2027, 1, 1))
    """
    if period is LimitPeriod.ORDER:
        return day, day
    if period is LimitPeriod.PERMIT_YEAR:
        return _permit_year(day, year_begins or 101)
    months, begins = _MONTHS[period]
    counted = day.year * 12 + day.month - begins
    first = counted - counted % months + begins - 1
    return _month(first), _month(first + months)


def _permit_year(day: date, begins: int) -> tuple[date, date]:
    year = day.year if (day.month, day.day) >= divmod(begins, 100) else day.year - 1
    return date(year, *divmod(begins, 100)), date(year + 1, *divmod(begins, 100))


def _month(counted: int) -> date:
    return date(counted // 12, counted % 12 + 1, 1)


def counts_from(limits: Sequence[Limit], day: date) -> date:
    """The first day whose orders have to be known to judge a parcel of ``day``, or of any day after it."""
    return min((limit.around(day)[0] for limit in limits), default=day)


def rooms(
    limits: Sequence[Limit], parcel: Sold, sold: Sequence[Sold], everybodys: Sequence[Sold] = ()
) -> list[Room]:
    """Each limit in force on the parcel's day, with what counts against it besides the parcel."""
    return [
        Room(limit, _had(limit, parcel, everybodys if limit.subject is LimitSubject.WINERY else sold))
        for limit in limits
        if limit.is_in_force(parcel.day)
    ]


def _had(limit: Limit, parcel: Sold, sold: Sequence[Sold]) -> int:
    if limit.period is LimitPeriod.ORDER:
        return 0
    first, after = limit.around(parcel.day)
    return sum(
        one.millilitres
        for one in sold
        if first <= one.day < after and _is_together(limit.subject, one, parcel)
    )


def _is_together(subject: LimitSubject, one: Sold, other: Sold) -> bool:
    """Whether two customers' wine counts as one's. Without a street an address says nothing of who lives there."""
    if subject is LimitSubject.WINERY:
        return True
    is_same = one.customer_id == other.customer_id
    if subject is LimitSubject.PERSON:
        return is_same
    is_one_place = one.address == other.address
    goes_there = bool(one.address[0]) and is_one_place
    if subject is LimitSubject.ADDRESS:
        return goes_there or (is_same and is_one_place)
    homes = {home for home in (other.home, other.address) if home and home[0]}
    return is_same or goes_there or one.home in homes or one.address in homes


def judge(
    limits: Sequence[Limit], parcel: Sold, sold: Sequence[Sold], everybodys: Sequence[Sold] = ()
) -> Verdict:
    """The verdict on ``parcel``; ``sold`` is everything else that counts, from ``counts_from`` on.

    ``everybodys`` is what counts against the winery's limits, whoever bought it: it may be summed by ``parts_of_time``.
    """
    tightest = min(rooms(limits, parcel, sold, everybodys), key=lambda room: room.left, default=None)
    verdict = Verdict(parcel.millilitres, tightest)
    if not verdict.is_too_much:
        return verdict
    return replace(verdict, reopens_on=_reopening(limits, parcel, sold, everybodys))


def parts_of_time(limits: Sequence[Limit], day: date) -> list[date]:
    """The days on which periods of the limits around ``day`` begin or end: between two of them sums are enough."""
    return sorted({edge for limit in limits for edge in limit.around(day)})


def _reopening(
    limits: Sequence[Limit], parcel: Sold, sold: Sequence[Sold], everybodys: Sequence[Sold]
) -> date | None:
    """The next beginning of a period on which nothing stands against the parcel any more."""
    for _ in range(_TRIES):
        found = rooms(limits, parcel, sold, everybodys)
        beyond = [room.limit for room in found if parcel.millilitres > room.left]
        if not beyond:
            return parcel.day
        if any(limit.millilitres < parcel.millilitres for limit in beyond):
            return None
        parcel = replace(parcel, day=max(limit.around(parcel.day)[1] for limit in beyond))
    return None
