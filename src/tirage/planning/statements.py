"""What past offers took, counted by the database: twenty thousand customers come back as one row a wine and offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_all


def taken_of_offers(offer_ids: Sequence[int]) -> list[dict[str, Any]]:
    """``offer_id``, ``sku_id``, ``buyers``, ``taken`` and ``squares`` of what was taken, ``sold`` with all beyond.

    Pieces of placed and shipped orders with what changed since. ``taken`` counts each customer's up to the maximum:
    what was granted or added beyond it isn't taken of an allowance. ``squares`` are those of each customer's ``taken``.
    """
    if not offer_ids:
        return []
    return fetch_all(
        f"""
        SELECT t.offer_id, t.sku_id, sum(t.sold) AS sold, sum(t.pieces) AS taken,
            sum(t.pieces * t.pieces) AS squares, sum(CASE WHEN t.pieces > 0 THEN 1 ELSE 0 END) AS buyers
        FROM (
            SELECT q.offer_id, q.sku_id, q.sold,
                CASE WHEN q.sold > coalesce(a.purchase_maximum, i.purchase_maximum)
                    THEN coalesce(a.purchase_maximum, i.purchase_maximum) ELSE q.sold END AS pieces
            FROM (
                SELECT o.offer_id, o.customer_id, l.sku_id, sum(l.quantity) AS sold
                FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
                WHERE o.offer_id IN ({_marks(offer_ids)}) AND o.state IN ('placed', 'shipped')
                GROUP BY o.offer_id, o.customer_id, l.sku_id) q
            JOIN offers_offeritem i ON i.offer_id = q.offer_id AND i.sku_id = q.sku_id
            LEFT JOIN offers_customallowance a ON a.offer_item_id = i.id AND a.customer_id = q.customer_id
            WHERE q.sold > 0) t
        GROUP BY t.offer_id, t.sku_id
        """,
        list(offer_ids),
    )


def came_by(moments: Mapping[int, datetime]) -> list[dict[str, Any]]:
    """``offer_id``, ``orders`` of each offer, and how many of them were placed ``early``: before the offer's moment."""
    if not moments:
        return []
    early = " OR ".join(["(offer_id = %s AND placed_at < %s)"] * len(moments))
    return fetch_all(
        f"""
        SELECT offer_id, count(*) AS orders, sum(CASE WHEN {early} THEN 1 ELSE 0 END) AS early
        FROM orders_order
        WHERE offer_id IN ({_marks(moments)}) AND state IN ('placed', 'shipped') GROUP BY offer_id
        """,
        [*(value for offer, at in moments.items() for value in (offer, at)), *moments],
    )


def _marks(values: Sequence[int] | Mapping[int, Any]) -> str:
    return ", ".join(["%s"] * len(values))
