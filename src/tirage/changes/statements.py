"""The hand-written reads of a change's page: order and draft side by side, one statement each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_all, fetch_one

# An order's entries and the draft's differences, summed by wine and price; in the order in which they came.
_LINES = """
SELECT x.sku_id, x.unit_price_minor, sum(x.pieces) AS pieces, sum(x.wanted) AS wanted,
       max(x.offer_item_id) AS offer_item_id, k.code, k.name, k.millilitres, k.units, b.digest, st.id AS stock_id,
       h.quantity AS own_hold, h.expires_at AS hold_ends, st.expected, st.on_hand
FROM (SELECT l.sku_id, l.unit_price_minor, l.quantity AS pieces, 0 AS wanted, l.offer_item_id, 0 AS late, l.id
      FROM orders_orderline l WHERE l.order_id = %(order)s
      UNION ALL
      SELECT d.sku_id, d.unit_price_minor, 0, d.quantity, d.offer_item_id, 1, d.id
      FROM changes_changedraftline d WHERE d.draft_id = %(draft)s) x
JOIN catalog_sku k ON k.id = x.sku_id
JOIN catalog_vintage v ON v.id = k.vintage_id
LEFT JOIN catalog_label b ON b.id = v.label_id
LEFT JOIN inventory_stock st ON st.sku_id = k.id
LEFT JOIN inventory_hold h ON h.stock_id = st.id AND h.holder = %(holder)s
GROUP BY x.sku_id, x.unit_price_minor, k.code, k.name, k.millilitres, k.units, b.digest, st.id,
         h.quantity, h.expires_at, st.expected, st.on_hand
HAVING sum(x.pieces) <> 0 OR sum(x.wanted) <> 0
ORDER BY min(x.late), coalesce(min(CASE WHEN x.late = 0 THEN x.id END), min(x.id))
"""

# The same of charges: the ledger's sums, then staff's rows of the draft, each for itself.
_CHARGES = """
SELECT kind, description, sum(amount_minor) AS amount_minor, NULL AS id, NULL AS percent_bp, sku_id,
       unit_price_minor, sum(pieces) AS pieces
FROM orders_ordercharge WHERE order_id = %(order)s
GROUP BY kind, description, sku_id, unit_price_minor HAVING sum(amount_minor) <> 0
UNION ALL
SELECT kind, reason, amount_minor, id, percent_bp, sku_id, NULL, NULL
FROM changes_changedraftcharge WHERE draft_id = %(draft)s
ORDER BY 4, 1, 2, 6, 7
"""

# A customer, and the recipient as the address book knows them, with today's benefits of the groups, an order's refunds
# under way and what is set aside for it (as payments.queries.live_authorisations has it), and how many changes the
# order has from a number on.
_CUSTOMER = """
SELECT c.status, c.credit_minor, c.birth_date,
       (SELECT max(a.birth_date) FROM customers_address a WHERE a.customer_id = c.id AND a.birth_date IS NOT NULL
        AND lower(a.recipient) = lower(%(recipient)s)) AS recipient_born,
       (SELECT coalesce(sum(p.amount_minor), 0) FROM payments_payment p WHERE p.order_id = %(order)s
        AND p.kind = 'refund' AND p.state IN ('pending', 'unknown', 'needs_customer')) AS refunds_under_way,
       (SELECT coalesce(sum(p.amount_minor), 0) FROM payments_payment p WHERE p.order_id = %(order)s
        AND p.kind = 'authorise' AND p.state = 'settled' AND p.released_at IS NULL
        AND p.expires_at > %(now)s) AS authorised,
       (SELECT max(g.discount_bp) FROM customers_membership m JOIN customers_group g ON g.id = m.group_id
        WHERE m.customer_id = c.id) AS discount_bp,
       (SELECT max(CASE WHEN g.free_shipping THEN 1 ELSE 0 END)
        FROM customers_membership m JOIN customers_group g ON g.id = m.group_id
        WHERE m.customer_id = c.id) AS free_shipping,
       (SELECT count(*) FROM orders_orderchange x
        WHERE x.order_id = %(order)s AND x.number > %(base)s) AS newer
FROM customers_customer c WHERE c.id = %(customer)s
"""

# The stock of every wine that a draft moves or holds, with the pieces that it adds or takes off over all prices.
_MOVED = """
SELECT x.sku_id, st.id AS stock_id, sum(x.pieces) AS pieces, max(x.holds) AS holds
FROM (SELECT d.sku_id, d.quantity AS pieces, 0 AS holds FROM changes_changedraftline d WHERE d.draft_id = %(draft)s
      UNION ALL
      SELECT s.sku_id, 0, 1 FROM inventory_hold h JOIN inventory_stock s ON s.id = h.stock_id
      WHERE h.holder = %(holder)s) x
LEFT JOIN inventory_stock st ON st.sku_id = x.sku_id
GROUP BY x.sku_id, st.id
"""

_ZONES = """
SELECT zone_id FROM delivery_destination
WHERE (country = %(country)s AND state = %(state)s) OR (country = %(other_country)s AND state = %(other_state)s)
"""


def lines_of(order_id: int, draft_id: int, holder: str) -> list[dict[str, Any]]:
    """Each wine at each price: pieces on the order, pieces that the draft adds or takes, the draft's hold."""
    return fetch_all(_LINES, {"order": order_id, "draft": draft_id, "holder": holder})


def charges_of(order_id: int, draft_id: int) -> list[dict[str, Any]]:
    """The order's charges as they stand, those that name a line by line; and the draft's own rows, which have an id."""
    return fetch_all(_CHARGES, {"order": order_id, "draft": draft_id})


def moved_by(draft_id: int, holder: str) -> list[dict[str, Any]]:
    """Each wine that a draft moves, or holds until now: its stock, the net pieces, whether it is held."""
    return fetch_all(_MOVED, {"draft": draft_id, "holder": holder})


def is_under_way(order_id: int, draft_id: int, draft_reference: str) -> bool:
    """Whether a bank is asked for a draft, or for other money of its order, or another draft of it is being paid."""
    row = fetch_one(
        """
        SELECT EXISTS (SELECT 1 FROM payments_payment p WHERE p.order_id = %(order)s AND p.state IN
                           ('pending', 'unknown', 'needs_customer')
                       AND (p.purpose = %(reference)s
                            OR p.state <> 'needs_customer' AND p.kind IN ('charge', 'authorise', 'capture')))
            OR EXISTS (SELECT 1 FROM changes_changedraft d
                       WHERE d.order_id = %(order)s AND d.state = 'paying' AND d.id <> %(draft)s) AS is_under_way
        """,
        {"order": order_id, "draft": draft_id, "reference": draft_reference},
    )
    return bool(row and row["is_under_way"])


def customer_today(
    customer_id: int, order_id: int, now: datetime, *, base_number: int, recipient: str
) -> dict[str, Any]:
    """A customer's status and date of birth, the groups' discount and free shipping, the order's changes since.

    With the date of birth of the ``recipient`` where the address book has it (of several the latest), the minor units
    of the order that are on their way back, and those that are set aside for it.
    """
    facts = {
        "customer": customer_id,
        "base": base_number,
        "order": order_id,
        "now": now,
        "recipient": recipient,
    }
    row = fetch_one(_CUSTOMER, facts)
    if row is None:
        raise RuntimeError(f"customer {customer_id} is gone")
    return row


def in_one_zone(place: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two different places (country and state) cost the same to reach."""
    facts = {
        "country": place[0],
        "state": place[1],
        "other_country": other[0],
        "other_state": other[1],
    }
    zones = [row["zone_id"] for row in fetch_all(_ZONES, facts)]
    return len(zones) == 2 and zones[0] is not None and zones[0] == zones[1]


def lock_cart_of(customer_id: int, release_id: int, reference: str, now: datetime) -> None:
    """Locks the customer's cart of a release, made without time and lines where there is none yet.

    Cart and drafts count against one allowance: whoever adds to either holds this lock while deciding.
    """
    fetch_one(
        """
        INSERT INTO checkout_cart AS k (reference, customer_id, release_id, expires_at, attempt, changed_at)
        VALUES (%(reference)s, %(customer)s, %(release)s, NULL, 1, %(now)s)
        ON CONFLICT (customer_id, release_id) WHERE kept_until IS NULL
        DO UPDATE SET changed_at = k.changed_at RETURNING id
        """,
        {"reference": reference, "customer": customer_id, "release": release_id, "now": now},
    )
