"""The one hand-written statement of the mails: the receipt of an order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_one


def insert_mail(*, kind: str, data: Mapping[str, Any], customer_id: int, now: datetime) -> int:
    """Queues a mail to a customer, without a job; its id."""
    row = fetch_one(
        """
        INSERT INTO notifications_sentmail
            (customer_id, kind, "to", subject, data, due_at, has_job, attempts, problem)
        VALUES (%s, %s, '', '', %s, %s, false, 0, '') RETURNING id
        """,
        [customer_id, kind, json.dumps(data), now],
    )
    if row is None:
        raise RuntimeError("an insert always returns its row")
    return int(row["id"])
