"""The two statements of a payment's hot path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tirage.core.sql import fetch_one
from tirage.payments.states import PaymentState


def insert_payment(
    *,
    reference: str,
    order_id: int,
    payment_method_id: int | None,
    parent_id: int | None,
    gateway: str,
    kind: str,
    amount_minor: int,
    currency: str,
    idempotency_key: str,
    actor_label: str,
    now: datetime,
    purpose: str = "",
    offline_kind: str = "",
    note: str = "",
) -> int:
    """Stores a pending payment before anybody is asked for money; its id."""
    row = fetch_one(
        """
        INSERT INTO payments_payment (reference, order_id, payment_method_id, parent_id, gateway, kind, state,
            amount_minor, currency, idempotency_key, gateway_reference, decline_code, message, purpose, offline_kind,
            note, actor_label, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, 'pending', %s, %s, %s, '', '', '', %s, %s, %s, %s, %s) RETURNING id
        """,
        [
            reference,
            order_id,
            payment_method_id,
            parent_id,
            gateway,
            kind,
            amount_minor,
            currency,
            idempotency_key,
            purpose,
            offline_kind,
            note[:300],
            actor_label[:200],
            now,
        ],
    )
    if row is None:
        raise RuntimeError("an insert always returns its row")
    return int(row["id"])


def advance_payment(
    payment_id: int,
    *,
    to: PaymentState,
    sources: Sequence[str],
    gateway_reference: str,
    decline_code: str,
    message: str,
    now: datetime,
) -> dict[str, Any] | None:
    """Takes the payment a legal step further and locks it; its facts, or None when somebody else was faster."""
    return fetch_one(
        f"""
        UPDATE payments_payment SET state = %s, gateway_reference = CASE WHEN %s <> '' THEN %s
            ELSE gateway_reference END, decline_code = %s, message = %s,
            settled_at = CASE WHEN %s = 'settled' THEN %s ELSE settled_at END
        WHERE id = %s AND state IN ({", ".join(["%s"] * len(sources))})
        RETURNING id, reference, order_id, kind, amount_minor, currency
        """,
        [
            to.value,
            gateway_reference,
            gateway_reference,
            decline_code[:60],
            message[:300],
            to.value,
            now,
            payment_id,
            *sources,
        ],
    )
