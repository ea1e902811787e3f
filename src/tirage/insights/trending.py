"""What customers bought over time: by day, week or month, of everybody or of one area."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, pairwise

from tirage.core.winery import start_of_day
from tirage.insights.rules.areas import AreaKind
from tirage.insights.rules.periods import Period
from tirage.insights.statements import _STANDING, _counted, _not_of, rows_of, test_groups, within
from tirage.segments.compiling.scope import Sql, among, joined, orders_by_figures, sql

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


def trends_of(
    periods: Sequence[Period],
    ids: Collection[int] | None,
    *,
    kind: AreaKind | None = None,
    keys: Sequence[str] = (),
) -> list[list[Stretch]]:
    """What orders of each period that stand come to, by stretch.

    Of ``ids`` (None: everybody) who live in one of ``keys`` (areas of ``kind``; None: anywhere). Whom figures by area
    leave out is left out here. Two statements, and two more for periods that share days.
    """
    where = _living(kind, keys)
    ordered = sorted(periods, key=lambda one: one.first)
    if any(one.last >= other.first for one, other in pairwise(ordered)):
        return [_trends([one], ids, where)[0] for one in periods]
    found = dict(zip(ordered, _trends(ordered, ids, where), strict=True))
    return [found[one] for one in periods]


def _living(kind: AreaKind | None, keys: Sequence[str]) -> Sql:
    """Ends a WHERE: who lives there."""
    if kind is None:
        return Sql("")
    column = _COLUMNS[kind]
    return sql(f"AND {column} = %s", keys[0]) if len(keys) == 1 else Sql("AND") + among(column, keys)


def _trends(periods: Sequence[Period], ids: Collection[int] | None, where: Sql) -> list[list[Stretch]]:
    """Of periods one after another."""
    stretches, tests = [days for one in periods for days in stretches_of(one)], test_groups()
    rows = rows_of(
        Sql("SELECT q.n, sum(q.orders), sum(q.bottles), sum(q.minor), count(*) FROM (SELECT o.customer_id,")
        + _number(stretches, 0, len(stretches))
        + Sql("AS n, count(*) AS orders, CAST(sum(o.bottle_count) AS bigint) AS bottles,")
        + Sql(f"CAST(sum(o.wine_minor) AS bigint) AS minor FROM {orders_by_figures()}")
        + Sql(f"JOIN insights_placement p ON p.customer_id = o.customer_id WHERE {_STANDING} AND (")
        + joined([within("o.placed_at", one) for one in periods], "OR")
        + Sql(")")
        + _not_of(tests)
        + Sql("AND")
        + _counted(ids, tests)
        + where
        # By customer first: to count different ones takes both engines longer.
        + Sql("GROUP BY 1, 2) q GROUP BY q.n")
    )
    sums = {int(row[0]): [int(one) for one in row[1:]] for row in rows}
    found = iter([Stretch(days, *sums.get(at, [])) for at, days in enumerate(stretches)])
    return [list(islice(found, len(stretches_of(one)))) for one in periods]


def _number(stretches: Sequence[Period], low: int, high: int) -> Sql:
    """Which of the stretches an order is of, by halves: five comparisons rather than two dozen."""
    if high - low == 1:
        return Sql(str(low))
    middle = (low + high) // 2
    return (
        sql("CASE WHEN o.placed_at < %s THEN", start_of_day(stretches[middle].first))
        + _number(stretches, low, middle)
        + Sql("ELSE")
        + _number(stretches, middle, high)
        + Sql("END")
    )
