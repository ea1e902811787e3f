"""Hand-written statements of bulk moves, on both engines: tens of thousands of rows at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tirage.core.sql import run_each
from tirage.customers.models import MoveRow, MoveRun

_INSERT = (
    'INSERT INTO customers_moverow (run_id, customer_id, outcome, "before", "after") '
    "VALUES (%s, %s, 'waiting', '[]', '[]')"
)
_UPDATE = 'UPDATE customers_moverow SET outcome = %s, "before" = %s, "after" = %s WHERE id = %s'


def insert_rows(run: MoveRun, customer_ids: Sequence[int]) -> None:
    """A waiting row for each customer, in this order."""
    run_each(_INSERT, [(run.pk, customer_id) for customer_id in customer_ids])


def update_rows(rows: Sequence[MoveRow]) -> None:
    """Writes outcome, before and after of each row."""
    run_each(_UPDATE, [(row.outcome, json.dumps(row.before), json.dumps(row.after), row.pk) for row in rows])
