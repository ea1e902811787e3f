"""The hand-written statements of figures: one pass over customers and orders, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from tirage.core.sql import is_postgresql
from tirage.core.winery import start_of_day
from tirage.insights.rollups import PLACED_ONCE
from tirage.insights.rules.periods import Period
from tirage.segments.compiling.scope import Sql, among, joined, orders_by_figures, sql
from tirage.segments.compiling.taking import offered_and_taken

#: A spot: where all customers of one ZIP are, or of one city abroad.
SPOT = ("country", "state", "zip_code", "county", "metro", "latitude", "longitude")
_SPOT = ", ".join(f"p.{name}" for name in SPOT)
#: Numbers first: they are compared faster, and tell nearly all spots apart.
_BY_SPOT = "p.latitude, p.longitude, p.zip_code, p.country, p.state, p.county, p.metro"
_SET = "; ".join(
    f"SET LOCAL {name} = {value}"
    for name, value in (
        ("work_mem", "'64MB'"),
        ("random_page_cost", "1.1"),
        ("max_parallel_workers_per_gather", "0"),
    )
)
_STANDING = "o.state IN ('placed', 'shipped')"


def rows_of(statement: Sql) -> list[tuple[Any, ...]]:
    """The rows; on PostgreSQL with room enough to sort and hash a whole list of customers in memory.

    And by the index of figures rather than by the orders themselves: PostgreSQL takes rows for as far apart as on a
    disk that turns, while what is read here is in memory. And by one processor: a page leaves the others to the shop.

    On SQLite without a transaction: there it would keep everybody else from writing.
    """
    with ExitStack() as stack:
        if is_postgresql():
            stack.enter_context(transaction.atomic())
        cursor = stack.enter_context(connection.cursor())
        if is_postgresql():
            cursor.execute(_SET)
        cursor.execute(statement.text, statement.values)
        return list(cursor.fetchall())


def test_groups() -> list[int]:
    """Groups that try things: neither their orders nor their members count."""
    from tirage.customers.models import Group

    return list(Group.objects.filter(is_test=True).order_by("pk").values_list("pk", flat=True))


def within(column: str, period: Period) -> Sql:
    """A moment lies in the period, whole days on the winery's clock."""
    return sql(
        f"({column} >= %s AND {column} < %s)",
        start_of_day(period.first),
        start_of_day(period.last + timedelta(days=1)),
    )


def _counted(ids: Collection[int] | None, tests: Sequence[int]) -> Sql:
    """Whose placements, as ``p``, count."""
    where = [Sql("p.coverage <> 'excluded'")]
    if ids is not None:
        where.append(among("p.customer_id", list(ids), kind="bigint"))
    if tests:
        where.append(
            Sql("p.customer_id NOT IN (SELECT m.customer_id FROM customers_membership m WHERE")
            + among("m.group_id", tests, kind="bigint")
            + Sql(")")
        )
    return joined(where, "AND")


def _not_of(tests: Sequence[int], column: str = "o.group_id") -> Sql:
    """Ends a WHERE: no order of a test group."""
    if not tests:
        return Sql("")
    return Sql(f"AND ({column} IS NULL OR NOT (") + among(column, tests, kind="bigint") + Sql("))")


def _either(column: str, period: Period, compared: Period) -> Sql:
    return Sql("(") + within(column, period) + Sql("OR") + within(column, compared) + Sql(")")


def _case(condition: Sql, figure: str) -> Sql:
    return Sql("CAST(sum(CASE WHEN") + condition + Sql(f"THEN {figure} ELSE 0 END) AS bigint)")


def _sum(figure: str) -> str:
    """A whole number, nought of nothing: to PostgreSQL a sum of whole numbers isn't one, and slower to go on with."""
    return f"CAST(coalesce(sum({figure}), 0) AS bigint)"


def bought(period: Period, compared: Period, tests: Sequence[int]) -> Sql:
    """By customer, orders that stand: ``n``, ``bottles``, ``minor`` of the period and (``…_b``) of the other."""
    now, before = within("o.placed_at", period), within("o.placed_at", compared)
    parts = [
        _case(when, figure) + Sql(f"AS {name}{suffix}")
        for when, suffix in ((now, ""), (before, "_b"))
        for figure, name in (("1", "n"), ("o.bottle_count", "bottles"), ("o.wine_minor", "minor"))
    ]
    return (
        Sql("SELECT o.customer_id,")
        + joined(parts, ",")
        + Sql(f"FROM {orders_by_figures()} WHERE {_STANDING} AND")
        + _either("o.placed_at", period, compared)
        + _not_of(tests)
        + Sql("GROUP BY o.customer_id")
    )


def people_by_spot(period: Period, compared: Period, ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """``SPOT``, then customers, active, active before, new, lapsed, retained, sales, sales before, orders, before,
    bottles, before.
    """
    tests = test_groups()
    figures = Sql(
        "count(*), sum(CASE WHEN b.n > 0 THEN 1 ELSE 0 END), sum(CASE WHEN b.n_b > 0 THEN 1 ELSE 0 END),"
        " sum(CASE WHEN b.n > 0 AND"
    )
    figures += within("c.first_order_at", period) + Sql(
        "THEN 1 ELSE 0 END),"
        " sum(CASE WHEN b.n_b > 0 AND b.n = 0 THEN 1 ELSE 0 END),"
        " sum(CASE WHEN b.n_b > 0 AND b.n > 0 THEN 1 ELSE 0 END),"
        f" {_sum('b.minor')}, {_sum('b.minor_b')}, {_sum('b.n')}, {_sum('b.n_b')}, {_sum('b.bottles')},"
        f" {_sum('b.bottles_b')}"
    )
    return rows_of(
        Sql("WITH b AS (")
        + bought(period, compared, tests)
        + Sql(f") SELECT {_SPOT},")
        + figures
        + Sql("FROM insights_placement p JOIN customers_customer c ON c.id = p.customer_id")
        + Sql("LEFT JOIN b ON b.customer_id = p.customer_id WHERE")
        + _counted(ids, tests)
        + Sql(f"GROUP BY {_BY_SPOT}")
    )


def households_by_spot(period: Period, ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """``SPOT``, then households, and those of them in which somebody bought in the period."""
    tests = test_groups()
    return rows_of(
        Sql(
            f"WITH b AS MATERIALIZED (SELECT DISTINCT o.customer_id FROM {orders_by_figures()} WHERE {_STANDING} AND"
        )
        + within("o.placed_at", period)
        + _not_of(tests)
        # Who lives by themselves, as far as anybody knows, is told apart by who they are.
        + Sql(
            f"), h AS (SELECT {_SPOT}, CASE WHEN p.household = '' THEN p.customer_id ELSE 0 END AS alone,"
            " p.household, max(CASE WHEN b.customer_id IS NULL THEN 0 ELSE 1 END) AS bought"
            " FROM insights_placement p LEFT JOIN b ON b.customer_id = p.customer_id WHERE"
        )
        + _counted(ids, tests)
        + Sql(f"GROUP BY {_BY_SPOT}, alone, p.household)")
        + Sql(f"SELECT {_SPOT}, count(*), sum(p.bought) FROM h p GROUP BY {_BY_SPOT}")
    )


def money_by_spot(period: Period, ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """``SPOT``, then what came in for orders of the period, canceled ones too, and what of it was given back."""
    back = (
        "SELECT y.order_id, CAST(sum(y.amount_minor) AS bigint) AS minor FROM payments_payment y"
        " WHERE y.kind = 'refund' AND y.state = 'settled' GROUP BY y.order_id"
    )
    figures = f"{_sum('o.paid_minor + coalesce(a.minor, 0)')}, {_sum('a.minor')}"
    return _orders_by_spot(figures, f"LEFT JOIN ({back})", f"o.state IN {PLACED_ONCE}", period, ids)


def deliveries_by_spot(period: Period, ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """``SPOT``, then what orders of the period that stand pay for delivery."""
    return _orders_by_spot(
        _sum("a.amount_minor"), "JOIN orders_ordercharge", f"a.kind = 'shipping' AND {_STANDING}", period, ids
    )


def _orders_by_spot(
    figures: str, other: str, states: str, period: Period, ids: Collection[int] | None
) -> list[tuple[Any, ...]]:
    """Sums of a period's orders ``o`` with another table ``a`` by order, by spot."""
    tests = test_groups()
    return rows_of(
        Sql(
            f"SELECT {_SPOT}, {figures} FROM orders_order o {other} a ON a.order_id = o.id"
            f" JOIN insights_placement p ON p.customer_id = o.customer_id WHERE {states} AND"
        )
        + within("o.placed_at", period)
        + _not_of(tests)
        + Sql("AND")
        + _counted(ids, tests)
        + Sql(f"GROUP BY {_BY_SPOT}")
    )


def wishes_by_spot(period: Period, ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """``SPOT``, then bottles wished for in the period and those of them that weren't granted."""
    tests = test_groups()
    return rows_of(
        Sql(
            f"SELECT {_SPOT}, {_sum('CAST(w.asked AS bigint) * k.units')},"
            f" {_sum('CAST(w.asked - w.granted AS bigint) * k.units')}"
            " FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id"
            " JOIN offers_offer f ON f.id = i.offer_id JOIN catalog_sku k ON k.id = i.sku_id"
            " JOIN insights_placement p ON p.customer_id = w.customer_id WHERE w.state NOT IN ('withdrawn', 'test') AND"
        )
        + within("w.made_at", period)
        + _not_of(tests, "f.group_id")
        + Sql("AND")
        + _counted(ids, tests)
        + Sql(f"GROUP BY {_BY_SPOT}")
    )


def offers_by_spot(period: Period, ids: Collection[int] | None, now: datetime) -> list[tuple[Any, ...]]:
    """``SPOT``, then bottles that releases which opened in the period offered, and what was taken of them."""
    since, before = start_of_day(period.first), start_of_day(period.last + timedelta(days=1))
    people = offered_and_taken(since, before, now)
    if people is None:
        return []
    tests = test_groups()
    offered, taken = (
        _sum(f"CASE WHEN t.offered > 0 THEN t.{one} ELSE 0 END") for one in ("offered", "taken")
    )
    # From everybody's placements, for nothing tells PostgreSQL how many were offered something.
    return rows_of(
        Sql(f"SELECT {_SPOT}, {offered}, {taken} FROM insights_placement p LEFT JOIN (")
        + people
        + Sql(") t ON t.customer_id = p.customer_id WHERE")
        + _counted(ids, tests)
        + Sql(f"GROUP BY {_BY_SPOT}")
    )


_OF_ONE = {
    "customers": ("1", "1"),
    "sales": ("c.lifetime_minor", "coalesce(b.minor, 0)"),
    "average_value": ("c.lifetime_minor", "coalesce(b.minor, 0)"),
    "orders": ("c.orders_count", "coalesce(b.n, 0)"),
    "bottles": ("coalesce(b.bottles, 0)", "coalesce(b.bottles, 0)"),
}


def points(metric: str, period: Period | None, ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """``customer_id``, latitude, longitude and the value of everybody who is placed, by id."""
    tests = test_groups()
    ever, then = _OF_ONE[metric]
    orders = Sql(
        "LEFT JOIN (SELECT o.customer_id, count(*) AS n, sum(o.bottle_count) AS bottles, sum(o.wine_minor) AS minor"
        f" FROM {orders_by_figures()} WHERE {_STANDING}"
    )
    orders += (Sql("AND") + within("o.placed_at", period) if period else Sql("")) + _not_of(tests)
    orders += Sql("GROUP BY o.customer_id) b ON b.customer_id = p.customer_id")
    value = ever if period is None else then
    return rows_of(
        Sql(
            f"SELECT p.customer_id, p.latitude, p.longitude, CAST({value} AS bigint) FROM insights_placement p"
        )
        + Sql("JOIN customers_customer c ON c.id = p.customer_id")
        + (orders if "b." in value else Sql(""))
        + Sql("WHERE p.latitude IS NOT NULL AND")
        + _counted(ids, tests)
        + Sql("ORDER BY p.customer_id")
    )


def coverage(ids: Collection[int] | None) -> list[tuple[Any, ...]]:
    """Coverage and reason (both None of who hasn't been looked at), customers, and what they ever bought."""
    tests = test_groups()
    where = [Sql("1 = 1")]
    if ids is not None:
        where.append(among("c.id", list(ids), kind="bigint"))
    if tests:
        where.append(
            Sql("c.id NOT IN (SELECT m.customer_id FROM customers_membership m WHERE")
            + among("m.group_id", tests, kind="bigint")
            + Sql(")")
        )
    return rows_of(
        Sql(
            "SELECT p.coverage, p.reason, count(*), sum(c.lifetime_minor) FROM customers_customer c"
            " LEFT JOIN insights_placement p ON p.customer_id = c.id WHERE"
        )
        + joined(where, "AND")
        + Sql("GROUP BY p.coverage, p.reason")
    )
