"""Who is about to lapse: silent for longer than ever before, although they had a pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low

from tirage.core.sql import is_postgresql
from tirage.customers.models import Group, Membership
from tirage.customers.states import GroupKind
from tirage.insights.noting.homes import Gathered, Tally, compare_areas
from tirage.insights.noting.scene import Scene
from tirage.insights.rules.chance import share_against_rest
from tirage.insights.rules.facts import EVERYBODY, LEAST_PEOPLE, LEVEL, Fact, FactKind
from tirage.insights.statements import _not_of, rows_of
from tirage.segments.compiling.scope import Sql

#: A pace takes so many months in which somebody bought; who is silent for so long has lapsed already.
LEAST_MONTHS, LAPSED = 3, 24
#: A month as ``2026-10``, in UTC, by whether the engine is PostgreSQL.
_MONTH = {
    True: "to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM')",
    False: "substr(o.placed_at, 1, 7)",
}
Finish = Callable[[Fact, Tally], Fact]


@dataclass(frozen=True, slots=True)
class Pace:
    """Months since somebody last bought, and the usual and the longest number from one purchase to the next."""

    silent: int
    usual: int
    longest: int

    @property
    def is_silent(self) -> bool:
        return self.silent > self.longest


def pace_of(months: Sequence[int], now: int) -> Pace | None:
    """The pace of who bought in these months (year × 12 + month, rising), as of ``now``; None where there is none.

    Bottles that are added in the same month are one purchase.
    """
    if len(months) < LEAST_MONTHS or now - months[-1] > LAPSED:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(months))
    return Pace(now - months[-1], median_low(gaps), gaps[-1])


def _bought_in(scene: Scene) -> Iterable[tuple[int, int, list[int]]]:
    """Of each customer who bought: id, lifetime value, and the months of it; three months or more alone."""
    month = _MONTH[is_postgresql()]
    listed = f"string_agg(DISTINCT {month}, ',')" if is_postgresql() else f"group_concat(DISTINCT {month})"
    rows = rows_of(
        Sql("SELECT c.id, c.lifetime_minor, q.months FROM (SELECT o.customer_id,")
        + Sql(f"{listed} AS months")
        + Sql("FROM orders_order o WHERE o.state IN ('placed', 'shipped')")
        + _not_of(scene.tests)
        + Sql(f"GROUP BY o.customer_id HAVING count(DISTINCT {month}) >= {LEAST_MONTHS}) q")
        + Sql("JOIN customers_customer c ON c.id = q.customer_id WHERE c.status = 'active' ORDER BY c.id")
    )
    for customer_id, minor, months in rows:
        yield customer_id, int(minor), sorted(_month(one) for one in months.split(","))


def _month(said: str) -> int:
    return int(said[:4]) * 12 + int(said[5:7]) - 1


def lapsing(scene: Scene) -> Gathered:
    """Areas and tiers with more of them than elsewhere, and the whole list against itself a year ago."""
    gathered = Gathered()
    now = scene.last_day.year * 12 + scene.last_day.month - 1
    counted = [row for row in _bought_in(scene) if row[0] in scene.homes.areas]
    paces, lifetimes, then = {}, {}, []
    for customer_id, minor, months in counted:
        pace = pace_of([month for month in months if month <= now], now)
        if pace:
            paces[customer_id], lifetimes[customer_id] = pace, minor
        earlier = pace_of([month for month in months if month <= now - 12], now - 12)
        if earlier:
            then.append(earlier.is_silent)

    def finish(fact: Fact, tally: Tally) -> Fact:
        silent = tally.having
        if not silent:
            return fact
        return replace(
            fact,
            sums={
                "silent": median_low(paces[one].silent for one in silent),
                "usual": median_low(paces[one].usual for one in silent),
                "lifetime": sum(lifetimes[one] for one in silent),
            },
        )

    rows = [(customer_id, pace.is_silent, ()) for customer_id, pace in paces.items()]
    compare_areas(gathered, rows, scene.homes, kind=FactKind.LAPSING, finish=finish)
    everybody = Tally()
    for customer_id, is_silent, _ in rows:
        everybody.add(customer_id, is_silent, ())
    _compare_tiers(gathered, everybody, finish)
    # A year ago must have had time for a pace, too.
    is_old = counted and min(months[0] for _, _, months in counted) <= now - 12 - LAPSED
    if is_old and everybody.whole >= LEAST_PEOPLE and then:
        _add(gathered, EVERYBODY, "", everybody, sum(then), len(then), finish)
    return gathered


def _compare_tiers(gathered: Gathered, everybody: Tally, finish: Finish) -> None:
    """Each allocation group against all others."""
    groups = Group.objects.filter(kind=GroupKind.ALLOCATION.value, is_test=False).order_by("rank", "pk")
    for group in groups:
        members = set(Membership.objects.filter(group=group).values_list("customer_id", flat=True))
        own = Tally(
            [one for one in everybody.having if one in members],
            [one for one in everybody.lacking if one in members],
        )
        if own.whole >= LEAST_PEOPLE:
            rest_part = len(everybody.having) - len(own.having)
            _add(
                gathered,
                f"group:{group.reference}",
                group.name,
                own,
                rest_part,
                everybody.whole - own.whole,
                finish,
            )


def _add(
    gathered: Gathered,
    key: str,
    name: str,
    own: Tally,
    rest_part: int,
    rest_whole: int,
    finish: Finish,
) -> None:
    p = share_against_rest(len(own.having), own.whole, rest_part, rest_whole)
    fact = Fact(FactKind.LAPSING, key, name, len(own.having), own.whole, rest_part, rest_whole, p)
    gathered.add(finish(fact, own) if p <= LEVEL else fact, own.having)
