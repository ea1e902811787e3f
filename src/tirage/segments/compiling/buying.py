"""Conditions about what somebody bought, spent, wished and took of what was offered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, F, Min, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from tirage.core.fields import product
from tirage.core.sql import is_postgresql
from tirage.offers.models import Offer, OfferItem
from tirage.segments.compiling.people import Compile, customers
from tirage.segments.compiling.scope import Scope, Sql, among, between, joined, sql
from tirage.segments.rules import PERIOD_KEYS, Condition

#: Orders that stand; in these words the index of their figures is for them.
_STANDING = "o.state IN ('placed', 'shipped')"


def _has_period(found: Condition) -> bool:
    return any(found.get(key) is not None for key in PERIOD_KEYS)


def _measured(found: Condition, scope: Scope, figure: str, low: Any, high: Any) -> Sql:
    """A figure of the orders of each customer, together; who has none has nought."""
    orders = Sql(f"SELECT o.customer_id AS id FROM orders_order o WHERE {_STANDING}")
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
    ordered = Sql(f"SELECT o.customer_id AS id FROM orders_order o WHERE {_STANDING}")
    ordered += scope.within(found, "o.placed_at") + scope.mine("o.customer_id")
    grouped = Sql("GROUP BY o.customer_id HAVING")
    return ordered + grouped + between("sum(o.wine_minor)", low, high, times="count(*)")


def refunded(found: Condition, scope: Scope) -> Sql:
    """Who got money back is few, so only theirs is added up; everybody else who paid has a ratio of nought."""
    low, high = found.number("from"), found.number("to")
    getting = (
        "SELECT o.customer_id FROM payments_payment p JOIN orders_order o ON o.id = p.order_id"
        " WHERE p.kind = 'refund' AND p.state = 'settled'"
    )
    back = "sum(CASE WHEN p.kind = 'refund' THEN p.amount_minor ELSE 0 END)"
    paid = "sum(CASE WHEN p.kind IN ('charge', 'capture') THEN p.amount_minor ELSE 0 END)"
    ratios = Sql(
        "SELECT o.customer_id AS id FROM orders_order o JOIN payments_payment p ON p.order_id = o.id"
        f" WHERE p.state = 'settled' AND o.customer_id IN ({getting}"
    )
    ratios += scope.mine("o.customer_id") + Sql(")") + scope.mine("o.customer_id")
    ratios += Sql("GROUP BY o.customer_id HAVING")
    if low is not None and low > 0:
        return ratios + Sql(f"{paid} > 0 AND") + _ratio(back, paid, low, high)
    payers = Sql(
        "SELECT o.customer_id AS id FROM orders_order o WHERE EXISTS (SELECT 1 FROM payments_payment p"
        " WHERE p.order_id = o.id AND p.state = 'settled' AND p.kind IN ('charge', 'capture'))"
    ) + scope.mine("o.customer_id")
    if high is None:
        return payers
    return payers + Sql("EXCEPT") + ratios + Sql(f"{back} * 1000 > %s * {paid}", (_thousandths(high),))


def _thousandths(percent: Decimal) -> int:
    return int(percent * 10)


def _ratio(part: str, whole: str, low: Decimal | None, high: Decimal | None) -> Sql:
    """``part ÷ whole`` in percent lies from low to high; whole numbers, so that nothing is rounded."""
    bounds = []
    if low is not None:
        bounds.append(Sql(f"{part} * 1000 >= %s * {whole}", (_thousandths(low),)))
    if high is not None:
        bounds.append(Sql(f"{part} * 1000 <= %s * {whole}", (_thousandths(high),)))
    return joined(bounds, "AND")


def _wines(found: Condition, column: str) -> Sql:
    """``column`` is a sku of those that the condition names; empty when it names none."""
    where = []
    if found.text("sku"):
        where.append(sql("k.code = %s", found.text("sku")))
    if found.text("vintage"):
        where.append(_vintage(found.text("vintage")))
    if found.text("wine"):
        where.append(sql("w.reference = %s", found.text("wine")))
    if not where:
        return Sql("")
    named = Sql(
        f"AND {column} IN (SELECT k.id FROM catalog_sku k JOIN catalog_vintage v ON v.id = k.vintage_id"
        " JOIN catalog_wine w ON w.id = v.wine_id WHERE"
    )
    return named + joined(where, "AND") + Sql(")")


def _vintage(key: str) -> Sql:
    """``WIN-7K2M9QXA.2023``: its wine and its year; ``NV`` for none."""
    wine, _, year = key.rpartition(".")
    if year.isascii() and year.isdigit() and len(year) == 4:
        return sql("w.reference = %s AND v.year = %s", wine, int(year))
    return sql("w.reference = %s AND v.year IS NULL", wine)


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
            f"SELECT o.customer_id AS id FROM orders_order o WHERE {_STANDING} AND o.bottle_count > 0"
        )
        return of_release + release + period + mine
    if scope.only is not None:
        lines = Sql(
            "SELECT o.customer_id AS id FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
            f" WHERE {_STANDING}"
        )
    else:
        lines = Sql(
            "SELECT o.customer_id AS id FROM orders_orderline l CROSS JOIN orders_order o"
            f" WHERE o.id = l.order_id AND {_STANDING}"
        )
    grouped = Sql("GROUP BY o.customer_id HAVING sum(l.quantity) > 0")
    return lines + wines + release + period + mine + grouped


def wished(found: Condition, scope: Scope) -> Sql:
    outcome = {"asked": "1 = 1", "granted": "x.granted > 0", "declined": "x.state = 'declined'"}
    asked = Sql(
        "SELECT x.customer_id AS id FROM wishes_wish x JOIN offers_offeritem i ON i.id = x.offer_item_id"
        " JOIN offers_offer f ON f.id = i.offer_id JOIN offers_release r ON r.id = f.release_id"
        f" WHERE {outcome[found.text('outcome')]}"
    )
    if found.text("release"):
        asked += sql("AND r.reference = %s", found.text("release"))
    return asked + _wines(found, "i.sku_id") + scope.within(found, "x.made_at") + scope.mine("x.customer_id")


def take(found: Condition, scope: Scope) -> Sql:
    """Bottles bought ÷ bottles offered over the releases that opened last; those of its time were offered them."""
    shown = _shown_offers(found.whole("releases"), scope)
    if not shown:
        return customers(scope, Sql("1 = 0"))
    row = "SELECT %s AS offer_id, %s AS group_id, %s AS begins, %s AS ends, %s AS bottles"
    typed = row.replace("%s AS begins, %s AS ends", "%s::timestamptz AS begins, %s::timestamptz AS ends")
    one = typed if is_postgresql() else row
    rows = [
        sql(one, offer.pk, offer.group_id, begins, ends, bottles) for offer, begins, ends, bottles in shown
    ]
    offers = among("i.offer_id", [offer.pk for offer, *_ in shown], kind="bigint")
    releases = among("o.release_id", sorted({offer.release_id for offer, *_ in shown}), kind="bigint")
    people = (
        Sql(
            "SELECT m.customer_id, f.offer_id FROM offers f JOIN customers_membership m ON m.group_id = f.group_id"
            " WHERE m.since < f.ends"
        )
        + scope.mine("m.customer_id")
        + Sql(
            "UNION SELECT m.customer_id, f.offer_id FROM offers f"
            " JOIN customers_pastmembership m ON m.group_id = f.group_id"
            " WHERE m.since < f.ends AND m.until > f.begins"
        )
        + scope.mine("m.customer_id")
    )
    silent = Sql(
        "SELECT c.id, f.offer_id FROM customers_customer c CROSS JOIN offers f"
        " WHERE c.status = 'suspended' AND (c.suspended_at IS NULL OR c.suspended_at <= f.begins)"
        " UNION SELECT s.customer_id, f.offer_id FROM customers_pastsuspension s CROSS JOIN offers f"
        " WHERE s.since <= f.begins AND s.until >= f.ends"
    )
    statement = Sql("WITH offers AS (") + joined(rows, "UNION ALL") + Sql("), silent AS (") + silent
    statement += (
        Sql("), people AS (")
        + people
        + Sql(
            "EXCEPT SELECT * FROM silent), entitled AS (SELECT p.customer_id, sum(f.bottles) AS bottles FROM people p"
            " JOIN offers f ON f.offer_id = p.offer_id GROUP BY p.customer_id),"
            " own AS (SELECT a.customer_id, sum((a.purchase_maximum - i.purchase_maximum) * k.units) AS bottles"
            " FROM offers_customallowance a JOIN offers_offeritem i ON i.id = a.offer_item_id"
            " JOIN catalog_sku k ON k.id = i.sku_id"
            " JOIN people p ON p.customer_id = a.customer_id AND p.offer_id = i.offer_id WHERE"
        )
    )
    statement += offers + Sql("GROUP BY a.customer_id),")
    statement += Sql(
        f"taken AS (SELECT o.customer_id, sum(o.bottle_count) AS bottles FROM orders_order o WHERE {_STANDING} AND"
    )
    statement += releases + scope.mine("o.customer_id") + Sql("GROUP BY o.customer_id)")
    whole, part = "(e.bottles + coalesce(w.bottles, 0))", "coalesce(t.bottles, 0)"
    statement += Sql(
        "SELECT e.customer_id AS id FROM entitled e LEFT JOIN own w ON w.customer_id = e.customer_id"
        f" LEFT JOIN taken t ON t.customer_id = e.customer_id WHERE {whole} > 0 AND"
    )
    statement += _ratio(part, whole, found.number("from"), found.number("to"))
    return Sql("SELECT q.id AS id FROM (") + statement + Sql(") q")


def _shown_offers(count: int, scope: Scope) -> list[tuple[Offer, Any, Any, int]]:
    """The offers of the ``count`` releases that opened last: from when until when each was shown, and its bottles."""
    end = Value(scope.now + timedelta(microseconds=1), output_field=DateTimeField())
    shown = (
        Offer.objects.filter(Q(is_active=True) | Q(deactivated_at__isnull=False))
        .annotate(
            begins=Greatest("opens_at", Coalesce("activated_at", "opens_at")),
            ends=Least("closes_at", Coalesce("deactivated_at", "closes_at"), end),
        )
        .filter(begins__lt=F("ends"))
    )
    latest = shown.values("release").annotate(opened=Min("opens_at")).order_by("-opened", "-release")[:count]
    releases = [row["release"] for row in latest]
    full = dict(
        OfferItem.objects.filter(offer__release__in=releases)
        .values_list("offer")
        .annotate(bottles=Sum(product("purchase_maximum", "sku__units")))
    )
    return [
        (offer, vars(offer)["begins"], vars(offer)["ends"], int(full.get(offer.pk, 0)))
        for offer in shown.filter(release__in=releases).order_by("pk")
    ]


COMPILERS: dict[str, Compile] = {
    "spent": spent,
    "orders": orders,
    "bottles": bottles,
    "average": average,
    "refunded": refunded,
    "bought": bought,
    "wished": wished,
    "take": take,
}
