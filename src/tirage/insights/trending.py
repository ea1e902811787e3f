"""What customers bought over time: by day, week or month, of everybody or of one area."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tirage.core.winery import start_of_day
from tirage.insights.rules.areas import AreaKind
from tirage.insights.rules.periods import Period
from tirage.insights.statements import _STANDING, _counted, _not_of, rows_of, test_groups, within
from tirage.segments.compiling.scope import Sql, among, sql

_BY_DAY, _BY_WEEK = 31, 130
_COLUMNS = {
    AreaKind.STATE: "p.country = 'US' AND p.state",
    AreaKind.COUNTY: "p.county",
    AreaKind.METRO: "p.metro",
    AreaKind.ZIP: "p.zip_code",
    AreaKind.COUNTRY: "p.country",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day, a week or a month of a period, and what was bought then; minor units."""

    days: Period
    orders: int = 0
    bottles: int = 0
    minor: int = 0
    #: Different customers who bought.
    people: int = 0


def stretches_of(period: Period) -> list[Period]:
    """Days of up to a month, weeks of up to four, else calendar months; the first and last may be cut short."""
    if period.days <= _BY_WEEK:
        step = 1 if period.days <= _BY_DAY else 7
        firsts = [period.first + timedelta(days=at) for at in range(0, period.days, step)]
    else:
        firsts = [period.first]
        while (following := _month_after(firsts[-1])) <= period.last:
            firsts.append(following)
    lasts = [day - timedelta(days=1) for day in firsts[1:]] + [period.last]
    return [Period(first, last) for first, last in zip(firsts, lasts, strict=True)]


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def trend_of(
    period: Period,
    ids: Collection[int] | None,
    *,
    kind: AreaKind | None = None,
    keys: Sequence[str] = (),
) -> list[Stretch]:
    """What orders of the period that stand come to, by stretch.

    Of ``ids`` (None: everybody) who live in one of ``keys`` (areas of ``kind``; None: anywhere). Whom figures by area
    leave out is left out here. Two statements.
    """
    stretches, tests = stretches_of(period), test_groups()
    cases, values = [], []
    for at, days in enumerate(stretches[:-1]):
        cases.append(f"WHEN o.placed_at < %s THEN {at}")
        values.append(start_of_day(days.last + timedelta(days=1)))
    number = sql(f"CASE {' '.join(cases)} ELSE {len(stretches) - 1} END", *values) if cases else Sql("0")
    where = Sql("")
    if kind is not None:
        column = _COLUMNS[kind]
        where = sql(f"AND {column} = %s", keys[0]) if len(keys) == 1 else Sql("AND") + among(column, keys)
    rows = rows_of(
        Sql("SELECT q.n, count(*), sum(q.bottles), sum(q.minor), count(DISTINCT q.customer_id) FROM (SELECT")
        + number
        + Sql(
            "AS n, o.bottle_count AS bottles, o.wine_minor AS minor, o.customer_id FROM orders_order o"
            " JOIN insights_placement p ON p.customer_id = o.customer_id"
            f" WHERE {_STANDING} AND"
        )
        + within("o.placed_at", period)
        + _not_of(tests)
        + Sql("AND")
        + _counted(ids, tests)
        + where
        + Sql(") q GROUP BY q.n")
    )
    found = {int(row[0]): [int(one) for one in row[1:]] for row in rows}
    return [Stretch(days, *found.get(at, [])) for at, days in enumerate(stretches)]
