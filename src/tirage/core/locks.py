"""The one place that spells row locks.

Order, always: Finding, Club, ClubMember, StandingOrder, Transfer, Payment, Order, ComplianceCheck, ChangeDraft,
OpeningPlan, Cart, Destination, Stock, WaitingPlace, Customer, Lot, Wish, Segment, CustomerList; by primary key inside
one table. (A payment's outcome begins most journeys, so it comes before the rest; placing an order locks only the
cart and the stock, its order and payment are new.) PostgreSQL locks rows; SQLite runs every writing transaction alone
(``BEGIN IMMEDIATE``), so there the lock is the transaction itself.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import connection, models, transaction
from django.db.models import QuerySet

M = TypeVar("M", bound=models.Model)


def lock_rows(rows: QuerySet[M]) -> list[M]:
    """Locks and loads the rows in primary key order, related tables left alone."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a lock needs a transaction around it")
    ordered = rows.order_by("pk")
    if connection.features.has_select_for_update:
        ordered = ordered.select_for_update(of=("self",))
    return list(ordered)


def lock_row(rows: QuerySet[M]) -> M | None:
    """Locks and loads the one row of ``rows``; None when there is none."""
    found = lock_rows(rows[:1]) if rows.query.is_sliced else lock_rows(rows)
    return found[0] if found else None


def refuse_inside_transaction() -> None:
    """Raises RuntimeError inside the caller's transaction: what another company is asked can't be rolled back with it.

    Free outside one. The transaction that a test case wraps around a test doesn't count."""
    if transaction.get_connection().in_atomic_block:
        with transaction.atomic(durable=True, savepoint=False):
            pass
