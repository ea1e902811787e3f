"""The one hand-written statement of the mails: the receipt of an order."""

from __future__ import annotations

import json
from datetime import datetime

from tirage.core.sql import fetch_one


def insert_receipt(*, kind: str, early: str, order_id: int, customer_id: int, now: datetime) -> int:
    """Queues the receipt of an order to its customer, without a job; its id. ``early`` is the kind of an order of wine
    en primeur."""
    row = fetch_one(
        """
        INSERT INTO notifications_sentmail
            (customer_id, kind, "to", subject, data, due_at, has_job, attempts, problem)
        VALUES (%s, CASE WHEN EXISTS (SELECT 1 FROM orders_order o JOIN offers_release r ON r.id = o.release_id
                                      WHERE o.id = %s AND r.kind = 'en_primeur') THEN %s ELSE %s END,
                '', '', %s, %s, false, 0, '') RETURNING id
        """,
        [customer_id, order_id, early, kind, json.dumps({"order_id": order_id}), now],
    )
    if row is None:
        raise RuntimeError("an insert always returns its row")
    return int(row["id"])
