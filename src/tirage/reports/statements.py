"""The hand-written statements of a report: a release's ledger by day, group and wine, and its people.

Each is one pass over the release, however many customers it has. Whom something was offered to, and in which group
somebody counts, is said once (``wishes.reallocation.statements``), for unused bottles, filters and reports alike. Each
may be asked of some customers only (``among``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tirage.core.sql import day_of, fetch_all, fetch_one, ids_parameter, is_among
from tirage.core.winery import current_winery
from tirage.wishes.reallocation.statements import offered_people

#: Only these customers; None for everybody.
Among = Sequence[int] | None

# What orders promise, as the ledger tells it: each entry on the day of its change. A discount for the whole order has
# no wine. Orders being paid for count, as they do for limits; cancelled ones don't.
_LEDGER = """
    SELECT o.customer_id, h.at, l.sku_id, CAST(l.quantity AS bigint) * k.units AS bottles,
           CAST(l.quantity AS numeric) * l.unit_price_minor AS minor
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN orders_orderchange h ON h.id = l.change_id
    JOIN catalog_sku k ON k.id = l.sku_id
    WHERE o.release_id = %(release)s AND o.state IN ('pending', 'placed', 'shipped') AND {among}
    UNION ALL
    SELECT o.customer_id, h.at, g.sku_id, 0, g.amount_minor
    FROM orders_order o JOIN orders_ordercharge g ON g.order_id = o.id AND g.kind = 'discount'
    JOIN orders_orderchange h ON h.id = g.change_id
    WHERE o.release_id = %(release)s AND o.state IN ('pending', 'placed', 'shipped') AND {among}
"""


def _day_of(column: str) -> str:
    """The day of a moment on the winery's clock."""
    return day_of(column, "%(zone)s")


def _facts(release_id: int, now: datetime, among: Among) -> dict[str, Any]:
    facts = {"release": release_id, "now": now, "zone": current_winery().time_zone}
    return facts if among is None else facts | {"among": ids_parameter(among)}


def _of(among: Among, column: str) -> str:
    return "1 = 1" if among is None else is_among(column)


def _ledger(among: Among) -> str:
    return _LEDGER.format(among=_of(among, "o.customer_id"))


def _people(among: Among) -> str:
    return offered_people(narrows=among is not None)


def sold_by_day(release_id: int, now: datetime, among: Among = None) -> list[dict[str, Any]]:
    """``day``, ``offer_id`` (None for those whom nothing was offered to), ``sku_id`` (None for what takes something off
    whole orders), ``bottles`` and ``minor``: what orders that stand promise, by the day of the entry.
    """
    return fetch_all(
        f"""
        {_people(among)}, ledger AS ({_ledger(among)})
        SELECT {_day_of("u.at")} AS day, p.offer_id, u.sku_id,
               CAST(sum(u.bottles) AS bigint) AS bottles, sum(u.minor) AS minor
        FROM ledger u LEFT JOIN people p ON p.customer_id = u.customer_id
        GROUP BY 1, p.offer_id, u.sku_id ORDER BY 1
        """,
        _facts(release_id, now, among),
    )


def sold_until(release_id: int, until: datetime, now: datetime, among: Among = None) -> list[dict[str, Any]]:
    """``day``, ``bottles`` and ``minor`` of a release in all, and of them what was entered before ``until``."""
    return fetch_all(
        f"""
        SELECT {_day_of("u.at")} AS day, CAST(sum(u.bottles) AS bigint) AS bottles,
               sum(u.minor) AS minor,
               CAST(sum(CASE WHEN u.at < %(until)s THEN u.bottles ELSE 0 END) AS bigint) AS bottles_until,
               sum(CASE WHEN u.at < %(until)s THEN u.minor ELSE 0 END) AS minor_until
        FROM ({_ledger(among)}) u GROUP BY 1 ORDER BY 1
        """,
        _facts(release_id, now, among) | {"until": until},
    )


def buyers_until(release_id: int, until: datetime, now: datetime, among: Among = None) -> dict[str, Any]:
    """How many customers bought (``bought``), and how many had an order before ``until`` (``bought_until``)."""
    row = fetch_one(
        f"""
        SELECT count(DISTINCT o.customer_id) AS bought,
               count(DISTINCT CASE WHEN o.placed_at < %(until)s THEN o.customer_id END) AS bought_until
        FROM orders_order o
        WHERE o.release_id = %(release)s AND o.state IN ('placed', 'shipped') AND o.bottle_count > 0
          AND {_of(among, "o.customer_id")}
        """,
        _facts(release_id, now, among) | {"until": until},
    )
    return row or {}


def wished_by_day(release_id: int, now: datetime, among: Among = None) -> list[dict[str, Any]]:
    """``day``, ``offer_id``, ``sku_id``, bottles ``wished`` and ``granted``, by the day of the wish; not what was
    withdrawn.
    """
    return fetch_all(
        f"""
        SELECT {_day_of("w.made_at")} AS day, i.offer_id, i.sku_id,
               CAST(sum(CAST(w.asked AS bigint) * k.units) AS bigint) AS wished,
               CAST(sum(CAST(w.granted AS bigint) * k.units) AS bigint) AS granted
        FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id
        JOIN offers_offer o ON o.id = i.offer_id JOIN catalog_sku k ON k.id = i.sku_id
        WHERE o.release_id = %(release)s AND w.state NOT IN ('withdrawn', 'test')
          AND {_of(among, "w.customer_id")}
        GROUP BY 1, i.offer_id, i.sku_id ORDER BY 1
        """,
        _facts(release_id, now, among),
    )


def people_of(release_id: int, now: datetime, among: Among = None) -> list[dict[str, Any]]:
    """``offer_id``, ``offered`` and, of those customers, ``invited``, ``seen``, ``in_cart`` and ``bought``."""
    return fetch_all(
        f"""
        {_people(among)}, invited AS (
            SELECT DISTINCT x.customer_id FROM notifications_offerinvitation x
            JOIN offers_offer o ON o.id = x.offer_id WHERE o.release_id = %(release)s
        ), seen AS (
            SELECT DISTINCT x.customer_id FROM checkout_offerlook x
            JOIN offers_offer o ON o.id = x.offer_id WHERE o.release_id = %(release)s
        ), holding AS (
            SELECT DISTINCT k.customer_id FROM checkout_cart k
            JOIN inventory_hold h ON h.holder = k.reference AND h.expires_at > %(now)s
            WHERE k.release_id = %(release)s AND k.kept_until IS NULL
        ), bought AS (
            SELECT DISTINCT o.customer_id FROM orders_order o
            WHERE o.release_id = %(release)s AND o.state IN ('placed', 'shipped') AND o.bottle_count > 0
        )
        SELECT p.offer_id, count(*) AS offered, count(v.customer_id) AS invited, count(s.customer_id) AS seen,
               count(h.customer_id) AS in_cart, count(b.customer_id) AS bought
        FROM people p
        LEFT JOIN invited v ON v.customer_id = p.customer_id LEFT JOIN seen s ON s.customer_id = p.customer_id
        LEFT JOIN holding h ON h.customer_id = p.customer_id LEFT JOIN bought b ON b.customer_id = p.customer_id
        GROUP BY p.offer_id
        """,
        _facts(release_id, now, among),
    )


def offered_bottles(release_id: int, now: datetime, among: Among = None) -> list[dict[str, Any]]:
    """``offer_id`` and ``bottles``: what everybody's maximums come to, own allowances included."""
    return fetch_all(
        f"""
        {_people(among)}, crowds AS (
            SELECT p.offer_id, count(*) AS people FROM people p GROUP BY p.offer_id
        )
        SELECT e.offer_id, CAST(sum(e.bottles) AS bigint) AS bottles FROM (
            SELECT i.offer_id, w.people * i.purchase_maximum * k.units AS bottles
            FROM crowds w JOIN offers_offeritem i ON i.offer_id = w.offer_id JOIN catalog_sku k ON k.id = i.sku_id
            UNION ALL
            SELECT i.offer_id, CAST(a.purchase_maximum - i.purchase_maximum AS bigint) * k.units
            FROM people p JOIN offers_customallowance a ON a.customer_id = p.customer_id
            JOIN offers_offeritem i ON i.id = a.offer_item_id AND i.offer_id = p.offer_id
            JOIN catalog_sku k ON k.id = i.sku_id
        ) e GROUP BY e.offer_id
        """,
        _facts(release_id, now, among),
    )
