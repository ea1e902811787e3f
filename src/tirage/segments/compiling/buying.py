"""Conditions about what somebody bought, spent, wished and took of what was offered."""

from __future__ import annotations

from typing import Any

from tirage.catalog.models import Sku
from tirage.segments.compiling.people import Compile, customers
from tirage.segments.compiling.scope import (
    REAL,
    STANDING,
    Scope,
    Sql,
    among,
    between,
    joined,
    orders_by_figures,
    ratio,
    sql,
    thousandths,
)
from tirage.segments.rules import PERIOD_KEYS, Condition


def _has_period(found: Condition) -> bool:
    return any(found.get(key) is not None for key in PERIOD_KEYS)


def _measured(found: Condition, scope: Scope, figure: str, low: Any, high: Any) -> Sql:
    """A figure of the orders of each customer, together; who has none has nought."""
    orders = Sql(f"SELECT o.customer_id AS id FROM {orders_by_figures()} WHERE {STANDING}")
    orders += scope.within(found, "o.placed_at") + scope.mine("o.customer_id")
    grouped = orders + Sql("GROUP BY o.customer_id HAVING")
    if low is not None and low > 0:
        return grouped + between(figure, low, high)
    # Nought is right, too: everybody but those who have less or more.
    beyond = [Sql(f"{figure} < %s", (low,))] if low is not None else []
    beyond += [Sql(f"{figure} > %s", (high,))] if high is not None else []
    return customers(scope, Sql("1 = 1")) + Sql("EXCEPT") + grouped + joined(beyond, "OR")


def spent(found: Condition, scope: Scope) -> Sql:
    low, high = scope.minor(found.number("from")), scope.minor(found.number("to"))
    if not _has_period(found):
        return customers(scope, between("c.lifetime_minor", low, high))
    return _measured(found, scope, "sum(o.wine_minor)", low, high)


def orders(found: Condition, scope: Scope) -> Sql:
    low, high = found.get("from"), found.get("to")
    if not _has_period(found):
        return customers(scope, between("c.orders_count", low, high))
    return _measured(found, scope, "count(*)", low, high)


def bottles(found: Condition, scope: Scope) -> Sql:
    return _measured(found, scope, "sum(o.bottle_count)", found.get("from"), found.get("to"))


def average(found: Condition, scope: Scope) -> Sql:
    low, high = scope.minor(found.number("from")), scope.minor(found.number("to"))
    if not _has_period(found):
        where = Sql("c.orders_count > 0 AND") + between("c.lifetime_minor", low, high, times="c.orders_count")
        return customers(scope, where)
    ordered = Sql(f"SELECT o.customer_id AS id FROM {orders_by_figures()} WHERE {STANDING}")
    ordered += scope.within(found, "o.placed_at") + scope.mine("o.customer_id")
    grouped = Sql("GROUP BY o.customer_id HAVING")
    return ordered + grouped + between("sum(o.wine_minor)", low, high, times="count(*)")


def refunded(found: Condition, scope: Scope) -> Sql:
    """Who got money back is few, so only theirs is added up; everybody else who paid has a ratio of nought."""
    low, high = found.number("from"), found.number("to")
    tables = Sql(
        "WITH back AS (SELECT o.customer_id, sum(p.amount_minor) AS back FROM payments_payment p"
        " CROSS JOIN orders_order o WHERE o.id = p.order_id AND p.kind = 'refund' AND p.state = 'settled'"
        " AND p.gateway <> 'trial'"
    ) + scope.mine("o.customer_id")
    # What an order has been paid is what came less what went back.
    tables += Sql(
        "GROUP BY o.customer_id), got AS (SELECT b.customer_id, b.back, b.back + (SELECT sum(o.paid_minor)"
        f" FROM orders_order o WHERE o.customer_id = b.customer_id AND {REAL}) AS paid FROM back b)"
    )
    got = "SELECT g.customer_id AS id FROM got g WHERE"
    if low is not None and low > 0:
        statement = tables + Sql(f"{got} g.paid > 0 AND") + ratio("g.back", "g.paid", low, high)
    else:
        paying = f"SELECT 1 FROM orders_order o WHERE o.customer_id = c.id AND o.paid_minor > 0 AND {REAL}"
        statement = tables + customers(scope, Sql(f"EXISTS ({paying})")) + Sql(f"UNION {got} g.paid > 0")
        if high is not None:
            statement += Sql(f"EXCEPT {got} g.back * 1000 > %s * g.paid", (thousandths(high),))
    return Sql("SELECT q.id AS id FROM (") + statement + Sql(") q")


def _wines(found: Condition, column: str) -> Sql:
    """``column`` is a sku of those that the condition names; empty when it names none.

    They are looked up beforehand: how many lines a wine has the engine can only guess when it sees which wine it is.
    """
    skus = Sku.objects.all()
    if found.text("sku"):
        skus = skus.filter(code=found.text("sku"))
    if found.text("vintage"):
        wine, _, year = found.text("vintage").rpartition(".")
        is_year = year.isascii() and year.isdigit() and len(year) == 4
        skus = skus.filter(vintage__wine__reference=wine, vintage__year=int(year) if is_year else None)
    if found.text("wine"):
        skus = skus.filter(vintage__wine__reference=found.text("wine"))
    if not skus.query.has_filters():
        return Sql("")
    return Sql("AND") + among(column, list(skus.order_by("pk").values_list("pk", flat=True)), kind="bigint")


def bought(found: Condition, scope: Scope) -> Sql:
    """From the wine's lines to their customers. CROSS JOIN says that order to SQLite, which has no statistics."""
    release = Sql("")
    if found.text("release"):
        release = sql(
            "AND o.release_id = (SELECT r.id FROM offers_release r WHERE r.reference = %s)",
            found.text("release"),
        )
    period, mine = scope.within(found, "o.placed_at"), scope.mine("o.customer_id")
    wines = _wines(found, "l.sku_id")
    if not wines.text:
        of_release = Sql(
            f"SELECT o.customer_id AS id FROM orders_order o WHERE {STANDING} AND o.bottle_count > 0"
        )
        return of_release + release + period + mine
    if scope.only is not None:
        lines = Sql(
            "SELECT o.customer_id AS id FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
            f" WHERE {STANDING}"
        )
    else:
        lines = Sql(
            "SELECT o.customer_id AS id FROM orders_orderline l CROSS JOIN orders_order o"
            f" WHERE o.id = l.order_id AND {STANDING}"
        )
    grouped = Sql("GROUP BY o.customer_id HAVING sum(l.quantity) > 0")
    return lines + wines + release + period + mine + grouped


def wished(found: Condition, scope: Scope) -> Sql:
    outcome = {"asked": "1 = 1", "granted": "x.granted > 0", "declined": "x.state = 'declined'"}
    asked = Sql(
        "SELECT x.customer_id AS id FROM wishes_wish x JOIN offers_offeritem i ON i.id = x.offer_item_id"
        " JOIN offers_offer f ON f.id = i.offer_id JOIN offers_release r ON r.id = f.release_id"
        f" WHERE x.state <> 'test' AND {outcome[found.text('outcome')]}"
    )
    if found.text("release"):
        asked += sql("AND r.reference = %s", found.text("release"))
    return asked + _wines(found, "i.sku_id") + scope.within(found, "x.made_at") + scope.mine("x.customer_id")


COMPILERS: dict[str, Compile] = {
    "spent": spent,
    "orders": orders,
    "bottles": bottles,
    "average": average,
    "refunded": refunded,
    "bought": bought,
    "wished": wished,
}
