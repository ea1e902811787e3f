"""The one writer of store credit: a customer's balance and its ledger move together."""

from __future__ import annotations

from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.payments import statements


def enter_credit(
    *, customer_id: int, amount: Money, payment_id: int | None, reason: str, actor: Actor, now: datetime
) -> int:
    """Adds an entry to a customer's store credit (negative takes away); the balance afterwards, in minor units.

    Inside the caller's transaction, which locks nothing of a lower place afterwards: the customer comes last. The
    decision is one conditional statement, so that however many spend at once the balance never falls below nought.
    Raises DomainError ``credit_too_low``.
    """
    balance_minor = statements.move_credit(customer_id, amount.minor)
    if balance_minor is None:
        raise _too_low(customer_id, amount.currency)
    statements.insert_credit_entry(
        customer_id=customer_id,
        payment_id=payment_id,
        amount_minor=amount.minor,
        balance_minor=balance_minor,
        currency=amount.currency,
        reason=reason,
        actor_label=actor.label,
        now=now,
    )
    return balance_minor


def _too_low(customer_id: int, currency: str) -> DomainError:
    present = Customer.objects.filter(pk=customer_id).values_list("credit_minor", flat=True).first()
    words = (
        f"Only {Money(present, currency)} of store credit are left."
        if present
        else "No store credit is left."
    )
    return DomainError("credit_too_low", f"{words} Look at the amount again.", {"amount": words})
