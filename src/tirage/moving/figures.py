"""Customers' figures after many orders came or went at once."""

from __future__ import annotations

from django.db import transaction

from tirage.core.locks import lock_rows
from tirage.core.sql import fetch_all, ids_parameter, is_among, run
from tirage.customers.models import Customer

PORTION = 500
_SUMS = """SELECT count(*), coalesce(sum(o.wine_minor), 0), min(o.placed_at), max(o.placed_at)
    FROM orders_order o WHERE o.customer_id = c.id AND o.state IN ('placed', 'shipped')"""
_DIFFERING = """SELECT c.id FROM customers_customer c LEFT JOIN (
        SELECT o.customer_id, count(*) AS orders, sum(o.wine_minor) AS wine, min(o.placed_at) AS first,
               max(o.placed_at) AS last
        FROM orders_order o WHERE o.state IN ('placed', 'shipped') GROUP BY o.customer_id) x ON x.customer_id = c.id
    WHERE c.orders_count <> coalesce(x.orders, 0) OR c.lifetime_minor <> coalesce(x.wine, 0)
        OR (c.first_order_at IS NULL) <> (x.first IS NULL) OR c.first_order_at <> x.first OR c.last_order_at <> x.last
    ORDER BY c.id"""


def recount_customers() -> int:
    """Makes the figures of everybody agree with the ledger where they don't; how many. Locks them, some at a time."""
    differing = [row["id"] for row in fetch_all(_DIFFERING)]
    for start in range(0, len(differing), PORTION):
        some = differing[start : start + PORTION]
        with transaction.atomic():
            # An order that is being placed counts itself under this lock: it is either seen here, or counts after.
            lock_rows(Customer.objects.filter(pk__in=some))
            run(
                f"""UPDATE customers_customer AS c SET
                    (orders_count, lifetime_minor, first_order_at, last_order_at) = ({_SUMS})
                WHERE {is_among("c.id")}""",  # noqa: S608  # fixed words
                {"among": ids_parameter(some)},
            )
    return len(differing)
