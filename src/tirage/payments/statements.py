"""The hand-written statements of payments: a payment's hot path, and store credit in one decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tirage.core.errors import DomainError
from tirage.core.references import insert_with_reference
from tirage.core.sql import fetch_one, run
from tirage.orders.history import refuse_history
from tirage.orders.states import is_test
from tirage.payments.states import TRIAL, PaymentState


def insert_payment(
    *,
    order_id: int,
    payment_method_id: int | None,
    parent_id: int | None,
    gateway: str,
    kind: str,
    amount_minor: int,
    currency: str,
    actor_label: str,
    now: datetime,
    purpose: str = "",
    offline_kind: str = "",
    note: str = "",
) -> tuple[int, str]:
    """Stores a pending payment before anybody is asked for money; its id and its reference, the idempotency key too.

    The wall between tests and money: raises DomainError ``test_order`` where a test order would be paid by anything but
    the gateway of test orders, or anything else by that one. Conflict ``history`` for an order of a former system.
    """
    facts = [order_id, payment_method_id, parent_id, gateway, kind, amount_minor, currency]
    words = [purpose, offline_kind, note[:300], actor_label[:200], now]
    return insert_with_reference("PAY", lambda drawn: _insert_drawn([drawn, *facts, drawn, *words], gateway))


def _insert_drawn(values: Sequence[Any], gateway: str) -> int | None:
    row = fetch_one(
        """
        INSERT INTO payments_payment (reference, order_id, payment_method_id, parent_id, gateway, kind, state,
            amount_minor, currency, idempotency_key, gateway_reference, decline_code, message, purpose, offline_kind,
            note, actor_label, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, 'pending', %s, %s, %s, '', '', '', %s, %s, %s, %s, %s)
        ON CONFLICT (reference) DO NOTHING
        RETURNING id, (SELECT o.state FROM orders_order o WHERE o.id = order_id) AS order_state,
            (SELECT o.channel FROM orders_order o WHERE o.id = order_id) AS channel
        """,
        values,
    )
    if row:
        refuse_history(row["channel"])
    if row and is_test(row["order_state"]) is not (gateway == TRIAL):
        raise DomainError("test_order", "A test order is paid with test cards, and nothing else is.")
    return int(row["id"]) if row else None


def advance_payment(
    payment_id: int,
    *,
    to: PaymentState,
    sources: Sequence[str],
    gateway_reference: str,
    decline_code: str,
    message: str,
    authorised_until: datetime | None = None,
    now: datetime,
) -> dict[str, Any] | None:
    """Takes the payment a legal step further and locks it; its facts, or None when somebody else was faster.

    ``authorised_until`` is kept when the payment is an authorisation that settles.
    """
    return fetch_one(
        f"""
        UPDATE payments_payment SET state = %s, gateway_reference = CASE WHEN %s <> '' THEN %s
            ELSE gateway_reference END, decline_code = %s, message = %s,
            settled_at = CASE WHEN %s = 'settled' THEN %s ELSE settled_at END,
            expires_at = CASE WHEN %s = 'settled' AND kind = 'authorise' THEN %s ELSE expires_at END
        WHERE id = %s AND state IN ({", ".join(["%s"] * len(sources))})
        RETURNING id, reference, order_id, parent_id, kind, amount_minor, currency, purpose
        """,
        [
            to.value,
            gateway_reference,
            gateway_reference,
            decline_code[:60],
            message[:300],
            to.value,
            now,
            to.value,
            authorised_until,
            payment_id,
            *sources,
        ],
    )


def is_asked(order_id: int) -> bool:
    """Whether an order, its changes too, has an open collection or a pay link that can be used."""
    row = fetch_one(
        """
        SELECT EXISTS (SELECT 1 FROM payments_collection WHERE order_id = %(order)s AND state = 'open')
            OR EXISTS (SELECT 1 FROM payments_paylink
                       WHERE order_id = %(order)s AND used_at IS NULL AND revoked_at IS NULL) AS is_asked
        """,
        {"order": order_id},
    )
    return bool(row and row["is_asked"])


def move_credit(customer_id: int, amount_minor: int) -> int | None:
    """Adds to a customer's store credit (negative takes away) and locks the customer; the balance afterwards.

    None when the balance would fall below nought, or there is no such customer: nothing has changed.
    """
    row = fetch_one(
        """
        UPDATE customers_customer SET credit_minor = credit_minor + %(amount)s
        WHERE id = %(customer)s AND credit_minor + %(amount)s >= 0 RETURNING credit_minor
        """,
        {"customer": customer_id, "amount": amount_minor},
    )
    return int(row["credit_minor"]) if row else None


def insert_credit_entry(
    *,
    customer_id: int,
    payment_id: int | None,
    amount_minor: int,
    balance_minor: int,
    currency: str,
    reason: str,
    actor_label: str,
    now: datetime,
) -> None:
    """Writes one movement of store credit, with the customer's row locked by ``move_credit``."""
    run(
        """
        INSERT INTO payments_creditentry (customer_id, payment_id, amount_minor, balance_minor, currency, reason,
            actor_label, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            customer_id,
            payment_id,
            amount_minor,
            balance_minor,
            currency,
            reason[:300],
            actor_label[:200],
            now,
        ],
    )
