"""Had these criteria held on an earlier day: who would have been in another group, and what they spent since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tirage.core.winery import start_of_day
from tirage.customers.models import Group
from tirage.segments.compiling.scope import Sql, sql
from tirage.segments.queries import definitions_for
from tirage.segments.rules import Condition, Node, conditions
from tirage.tiers.placing import Tier, placed_statement, rows_of, tiers_in_order
from tirage.tiers.rules.lookback import cannot_look_back, look_back


@dataclass(frozen=True, slots=True)
class Moved:
    """People who were in ``origin`` on the day and belonged in ``target``; None is no allocation group.

    ``spent_minor``: what they have ordered since then, of wine.
    """

    origin: Group | None
    target: Group | None
    people: int
    spent_minor: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``staying``: people who were where the criteria would have put them. ``as_of_now``: conditions that can't look
    back, so they were asked as of now.
    """

    moved: Sequence[Moved]
    staying: int
    staying_minor: int
    as_of_now: Sequence[Condition]

    @property
    def people(self) -> int:
        return sum(one.people for one in self.moved)

    @property
    def spent_minor(self) -> int:
        return sum(one.spent_minor for one in self.moved)


def compare_as_of(day: date, now: datetime) -> Comparison:
    """The tiering as it would have been at the end of ``day``, a day before today; one statement and the criteria's."""
    tiers = tiers_in_order()
    definitions = definitions_for(*(tier.node for tier in tiers if tier.node is not None))
    then = [Tier(tier.group, look_back(tier.node, day) if tier.node else None) for tier in tiers]
    past = {reference: look_back(node, day) for reference, node in definitions.items()}
    end = start_of_day(day + timedelta(days=1))
    compiler, placed = placed_statement(then, past, now, inside=_inside_at(end))
    statement = (
        Sql(
            "SELECT q.origin, q.target, count(*) AS people, sum(coalesce(s.minor, 0)) AS minor"
            " FROM customers_customer c JOIN ("
        )
        + placed
        + Sql(
            ") q ON q.id = c.id LEFT JOIN (SELECT o.customer_id, sum(o.wine_minor) AS minor FROM orders_order o"
            " WHERE o.state IN ('placed', 'shipped')"
        )
        + sql("AND o.placed_at >= %s", end)
        + Sql("GROUP BY o.customer_id) s ON s.customer_id = c.id")
        + sql("WHERE c.signed_up_at < %s", end)
        + Sql("GROUP BY q.origin, q.target")
    )
    groups = {tier.group.pk: tier.group for tier in tiers}
    moved, staying, staying_minor = [], 0, 0
    for origin, target, people, minor in rows_of(compiler.with_sets(statement)):
        if origin == target:
            staying, staying_minor = staying + people, staying_minor + int(minor)
        else:
            moved.append(Moved(groups.get(origin), groups.get(target), people, int(minor)))
    order = {tier.group.pk: place for place, tier in enumerate(tiers)}
    moved.sort(
        key=lambda one: tuple(order.get(g.pk if g else 0, len(order)) for g in (one.target, one.origin))
    )
    return Comparison(moved, staying, staying_minor, _as_of_now(tiers, definitions))


def _inside_at(end: datetime) -> Sql:
    """Customers and the allocation group that they were in just before ``end``."""
    return (
        Sql(
            "SELECT x.customer_id, max(x.group_id) AS group_id FROM (SELECT m.customer_id, m.group_id"
            " FROM customers_membership m WHERE m.kind = 'allocation'"
        )
        + sql("AND m.since < %s", end)
        + Sql(
            "UNION SELECT h.customer_id, h.group_id FROM customers_pastmembership h"
            " JOIN customers_group g ON g.id = h.group_id WHERE g.kind = 'allocation'"
        )
        + sql("AND h.since < %s AND h.until >= %s", end, end)
        + Sql(") x GROUP BY x.customer_id")
    )


def _as_of_now(tiers: Sequence[Tier], definitions: Mapping[str, Node]) -> list[Condition]:
    """Each condition that can't look back, once, also of segments that the criteria name."""
    nodes = [tier.node for tier in tiers if tier.node is not None]
    named = {one.text("segment") for node in nodes for one in conditions(node) if one.word == "segment"}
    coming, seen = list(named), set(named)
    while coming:
        node = definitions.get(coming.pop())
        if node is None:
            continue
        nodes.append(node)
        inner = {one.text("segment") for one in conditions(node) if one.word == "segment"} - seen
        seen |= inner
        coming += inner
    return [
        one
        for one in dict.fromkeys(one for node in nodes for one in conditions(node))
        if cannot_look_back(one)
    ]
