"""The ledger of shipped orders, entry by entry, as month-ends count it: text alone, read before Django is set up."""

from __future__ import annotations

# Each entry of a shipped order: its place (where it went, or was handed over), its moment, and the column it counts in.
ENTRIES = """
SELECT s.id AS order_id, s.country, s.state, CASE WHEN c.at > s.shipped_at THEN c.at ELSE s.shipped_at END AS at,
       x.bottles, x.millilitres, x.wine, x.shipping, x.other, x.tax, x.fees, x.deposits, x.inside, x.absorbed,
       x.tax_kind, x.jurisdiction, x.rate_ppm, x.base
FROM (SELECT o.id, o.shipped_at, CASE WHEN m.kind IN ('pickup', 'storage') THEN d.country ELSE o.country END AS country,
             CASE WHEN m.kind IN ('pickup', 'storage') THEN d.state ELSE o.ship_state END AS state
      FROM orders_order o LEFT JOIN delivery_method m ON m.id = o.method_id
      LEFT JOIN delivery_destination d ON d.id = m.handover_id WHERE o.state = 'shipped') s
JOIN (SELECT l.order_id, l.change_id, CAST(l.quantity AS bigint) * k.units AS bottles,
             CAST(l.quantity AS bigint) * k.units * k.millilitres AS millilitres,
             l.quantity * l.unit_price_minor AS wine,
             0 AS shipping, 0 AS other, 0 AS tax, 0 AS fees, 0 AS deposits, 0 AS inside, 0 AS absorbed,
             '' AS tax_kind, '' AS jurisdiction, 0 AS rate_ppm, 0 AS base
      FROM orders_orderline l JOIN catalog_sku k ON k.id = l.sku_id
      UNION ALL
      SELECT g.order_id, g.change_id, 0, 0, CASE WHEN g.kind = 'discount' THEN g.amount_minor ELSE 0 END,
             CASE WHEN g.kind = 'shipping' THEN g.amount_minor ELSE 0 END,
             CASE WHEN g.kind NOT IN ('discount', 'shipping', 'tax') THEN g.amount_minor ELSE 0 END,
             CASE WHEN g.kind = 'tax' AND g.tax_kind NOT IN ('fee', 'deposit') THEN g.amount_minor ELSE 0 END,
             CASE WHEN g.tax_kind = 'fee' THEN g.amount_minor ELSE 0 END,
             CASE WHEN g.tax_kind = 'deposit' THEN g.amount_minor ELSE 0 END,
             CASE WHEN g.tax_kind NOT IN ('fee', 'deposit') THEN g.included_minor ELSE 0 END,
             CASE WHEN g.tax_kind IN ('fee', 'deposit') THEN g.included_minor ELSE 0 END,
             CASE WHEN g.kind = 'tax' THEN coalesce(nullif(g.tax_kind, ''), 'hand') ELSE '' END,
             g.jurisdiction, g.rate_ppm, g.base_minor
      FROM orders_ordercharge g) x ON x.order_id = s.id
JOIN orders_orderchange c ON c.id = x.change_id
"""
#: What of an entry is owed.
OWED = "e.wine + e.shipping + e.other + e.tax + e.fees + e.deposits"
