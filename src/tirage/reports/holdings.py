"""Wine by wine what a customer was offered, has and is still to get; and who has a wine. One pass each, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tirage.core.sql import day_out, fetch_all

#: Wines of a customer and people of a wine that are named; the rest is on the lists.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class WineOf:
    """A sku as one customer has to do with it, in pieces."""

    code: str
    name: str
    millilitres: int
    units: int
    #: In offers that are open to them now, by their own allowance where they have one.
    offered: int
    in_cart: int
    wished: int
    #: On orders that stand, whatever became of them since.
    bought: int
    shipped: int
    #: En primeur: of lots that haven't come yet, and of those that are in the cellar.
    to_come: int
    in_cellar: int
    window_from: date | None
    window_until: date | None
    #: The open release en primeur that offers it; empty for none.
    early: str


# What has to do with a sku, one row each; zeros are summed away.
_OF_CUSTOMER = """
WITH part AS (
    SELECT i.sku_id, coalesce(a.purchase_maximum, i.purchase_maximum) AS offered, 0 AS in_cart, 0 AS wished,
           0 AS bought, 0 AS shipped, 0 AS to_come, 0 AS in_cellar, CAST(NULL AS date) AS window_from,
           CAST(NULL AS date) AS window_until, CASE WHEN r.kind = 'en_primeur' THEN r.name ELSE '' END AS early
    FROM customers_membership m JOIN customers_group g ON g.id = m.group_id AND NOT g.is_test
    JOIN offers_offer o ON o.group_id = g.id AND o.is_active AND o.opens_at <= %(now)s AND o.closes_at > %(now)s
    JOIN offers_release r ON r.id = o.release_id JOIN offers_offeritem i ON i.offer_id = o.id
    LEFT JOIN offers_customallowance a ON a.offer_item_id = i.id AND a.customer_id = m.customer_id
    WHERE m.customer_id = %(customer)s
    UNION ALL
    SELECT i.sku_id, 0, CASE WHEN l.kept > l.quantity THEN l.kept ELSE l.quantity END, 0, 0, 0, 0, 0, NULL, NULL, ''
    FROM checkout_cart c JOIN checkout_cartline l ON l.cart_id = c.id JOIN offers_offeritem i ON i.id = l.offer_item_id
    WHERE c.customer_id = %(customer)s AND (c.expires_at > %(now)s OR (l.kept > 0 AND c.kept_until > %(now)s))
    UNION ALL
    SELECT i.sku_id, 0, 0, w.asked - w.granted, 0, 0, 0, 0, NULL, NULL, ''
    FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id
    WHERE w.customer_id = %(customer)s AND w.state = 'open'
    UNION ALL
    SELECT l.sku_id, 0, 0, 0, l.quantity, CASE WHEN o.state = 'shipped' THEN l.quantity ELSE 0 END, 0, 0, NULL, NULL, ''
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    WHERE o.customer_id = %(customer)s AND o.state IN ('placed', 'shipped')
    UNION ALL
    SELECT t.sku_id, 0, 0, 0, 0, 0, CASE WHEN t.stage = 'arrived' THEN 0 ELSE p.pieces END,
           CASE WHEN t.stage = 'arrived' THEN p.pieces ELSE 0 END,
           CASE WHEN t.stage = 'arrived' THEN NULL ELSE t.window_from END,
           CASE WHEN t.stage = 'arrived' THEN NULL ELSE t.window_until END, ''
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN futures_commitment p ON p.line_id = l.id
    JOIN futures_lot t ON t.id = p.lot_id
    WHERE o.customer_id = %(customer)s AND o.state = 'placed'
)
SELECT k.code, k.name, k.millilitres, k.units, sum(part.offered) AS offered, sum(part.in_cart) AS in_cart,
       sum(part.wished) AS wished, sum(part.bought) AS bought, sum(part.shipped) AS shipped,
       sum(part.to_come) AS to_come, sum(part.in_cellar) AS in_cellar, min(part.window_from) AS window_from,
       max(part.window_until) AS window_until, max(part.early) AS early
FROM part JOIN catalog_sku k ON k.id = part.sku_id
GROUP BY k.id, k.code, k.name, k.millilitres, k.units
HAVING sum(part.offered) > 0 OR sum(part.in_cart) > 0 OR sum(part.wished) > 0 OR sum(part.bought) > 0
ORDER BY CASE WHEN sum(part.offered) + sum(part.in_cart) + sum(part.wished) > 0 THEN 0
              WHEN sum(part.to_come) + sum(part.in_cellar) > 0 THEN 1
              WHEN sum(part.bought) > sum(part.shipped) THEN 2 ELSE 3 END, k.name DESC, k.millilitres, k.id
LIMIT %(most)s
"""


def wines_of(customer_id: int, now: datetime, most: int = SHOWN) -> list[WineOf]:
    """Each wine that a customer is offered, has in the cart, wishes for or bought, what is open first.

    One statement.
    """
    facts = {"customer": customer_id, "now": now, "most": most}
    return [WineOf(**_read(row)) for row in fetch_all(_OF_CUSTOMER, facts)]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    counts = ("offered", "in_cart", "wished", "bought", "shipped", "to_come", "in_cellar")
    days = {name: day_out(row[name]) for name in ("window_from", "window_until")}
    return {**row, **{name: int(row[name]) for name in counts}, **days}


@dataclass(frozen=True, slots=True)
class Share:
    """What a format, a group, a place or a person has of a wine, in bottles of whatever format."""

    #: ``sku``, ``group``, ``place`` or ``person``.
    by: str
    #: A sku's code, a group's name, ``US-NY``, a customer's reference.
    key: str
    name: str
    people: int
    #: Sold: en primeur and still to come, in the cellar, and gone out.
    to_come: int
    in_stock: int
    shipped: int

    @property
    def pieces(self) -> int:
        return self.to_come + self.in_stock + self.shipped


# An order's net pieces of each sku of the wine. Wine en primeur has no address before it is settled: where its
# customer lives stands for it.
_OF_WINE = """
WITH line AS (
    SELECT l.order_id, l.sku_id, l.quantity,
           coalesce((SELECT sum(p.pieces) FROM futures_commitment p JOIN futures_lot t ON t.id = p.lot_id
                     WHERE p.line_id = l.id AND t.stage <> 'arrived'), 0) AS coming
    FROM catalog_vintage v JOIN catalog_sku k ON k.vintage_id = v.id JOIN orders_orderline l ON l.sku_id = k.id
    WHERE v.wine_id = %(wine)s
), held AS (
    SELECT o.customer_id, o.group_id, line.sku_id, o.ship_state,
           CASE WHEN o.line1 <> '' THEN o.country ELSE '' END AS country,
           CASE WHEN o.state = 'placed' THEN sum(line.coming) ELSE 0 END AS to_come,
           CASE WHEN o.state = 'placed' THEN sum(line.quantity) - sum(line.coming) ELSE 0 END AS in_stock,
           CASE WHEN o.state = 'shipped' THEN sum(line.quantity) ELSE 0 END AS shipped
    FROM line JOIN orders_order o ON o.id = line.order_id AND o.state IN ('placed', 'shipped')
    GROUP BY o.id, o.state, o.customer_id, o.group_id, line.sku_id, o.line1, o.country, o.ship_state
    HAVING sum(line.quantity) > 0
), placed AS (
    SELECT h.customer_id, h.to_come, h.in_stock, h.shipped,
           CASE WHEN h.country <> '' THEN h.country ELSE coalesce(d.country, '') END AS country,
           CASE WHEN h.country <> '' THEN h.ship_state ELSE coalesce(d.state, '') END AS state
    FROM held h LEFT JOIN customers_address d
        ON d.customer_id = h.customer_id AND d.is_default AND d.removed_at IS NULL
)
SELECT 'sku' AS by, k.code AS key, k.name AS name, count(DISTINCT h.customer_id) AS people,
       sum(h.to_come) AS to_come, sum(h.in_stock) AS in_stock, sum(h.shipped) AS shipped
FROM held h JOIN catalog_sku k ON k.id = h.sku_id GROUP BY k.id, k.code, k.name
UNION ALL
SELECT 'group', coalesce(g.reference, ''), coalesce(g.name, 'In no group'), count(DISTINCT h.customer_id),
       sum(h.to_come), sum(h.in_stock), sum(h.shipped)
FROM held h LEFT JOIN customers_group g ON g.id = h.group_id GROUP BY g.reference, g.name
UNION ALL
SELECT 'place', country || '-' || state, '', count(DISTINCT customer_id), sum(to_come), sum(in_stock), sum(shipped)
FROM placed GROUP BY country, state
UNION ALL
SELECT * FROM (
    SELECT 'person', c.reference, c.first_name || ' ' || c.last_name, 1,
           sum(h.to_come), sum(h.in_stock), sum(h.shipped)
    FROM held h JOIN customers_customer c ON c.id = h.customer_id
    GROUP BY c.id, c.reference, c.first_name, c.last_name
    ORDER BY sum(h.to_come) + sum(h.in_stock) DESC, sum(h.shipped) DESC, c.id LIMIT %(most)s
) most
"""


def shares_of(wine_id: int, most: int = SHOWN) -> list[Share]:
    """Who has a wine: by format, by group, by place, and those who have most of it; one statement."""
    counts = ("people", "to_come", "in_stock", "shipped")
    rows = fetch_all(_OF_WINE, {"wine": wine_id, "most": most})
    found = [Share(**{**row, **{name: int(row[name]) for name in counts}}) for row in rows]
    return sorted(
        found, key=lambda one: (one.by, -one.to_come - one.in_stock, -one.shipped, one.name, one.key)
    )
