"""Store credit: given and taken by staff, spent on orders, and a place for refunds.

Its ledger only grows. What was a mistake is undone by the counter entry, with a reason of its own.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.payments import statements
from tirage.payments.models import Payment
from tirage.payments.operations.charging import settle_at_once
from tirage.payments.operations.entries import enter_credit
from tirage.payments.operations.refunding import (
    announce_refunds,
    lock_refundable,
    refunded_minor,
    refuse_gift,
    start_refund,
)
from tirage.payments.states import CREDIT, PaymentKind, PaymentState


@transaction.atomic
def give_credit(
    *,
    customer: Customer,
    amount: Money,
    reason: str,
    seen_minor: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Gives a customer store credit, or takes it away when ``amount`` is negative; the balance afterwards.

    ``seen_minor`` is the balance that the person saw: another one is refused, so that a form sent twice gives once.
    Locks the customer. Records ``credit.given`` or ``credit.taken``.
    Raises DomainError ``reason_missing``, ``amount_missing``, ``credit_too_low``, Conflict ``credit_moved_on``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why.", {"reason": "Write a few words."})
    if not amount:
        raise DomainError("amount_missing", "Say how much.", {"amount": "Write an amount."})
    balance_minor = enter_credit(
        customer_id=customer.pk, amount=amount, payment_id=None, reason=reason, actor=actor, now=now
    )
    if seen_minor is not None and balance_minor - amount.minor != seen_minor:
        raise Conflict("credit_moved_on", "The store credit has changed since you saw it. Look at it again.")
    gives = amount.minor > 0
    record_event(
        EventName.CREDIT_GIVEN if gives else EventName.CREDIT_TAKEN,
        "customer",
        customer.pk,
        text=f"gave {amount} of store credit ({reason})"
        if gives
        else f"took back {-amount} of store credit ({reason})",
        data={"amount_minor": amount.minor, "balance_minor": balance_minor},
        customer_id=customer.pk,
        actor=actor,
        now=now,
    )
    return balance_minor


@transaction.atomic
def spend_credit(
    *, order_id: int, customer_id: int, amount: Money, purpose: str = "", actor: Actor, now: datetime
) -> int:
    """Pays (part of) an order from its customer's store credit, inside the caller's transaction; the payment's id.

    Booked at once; a pending order is not placed by it. ``purpose`` is the reference of the order change that it
    pays for. Locks the order, then, last of all, the customer: take every other lock before.
    Records ``payment.settled``, reacts with it. Raises DomainError ``amount_missing``, ``credit_too_low``, and
    ``test_order`` for one of those.
    """
    if amount.minor <= 0:
        raise DomainError("amount_missing", "Say how much.", {"amount": "Write an amount."})
    payment_id, _ = statements.insert_payment(
        order_id=order_id,
        payment_method_id=None,
        parent_id=None,
        gateway=CREDIT,
        kind=PaymentKind.CHARGE.value,
        amount_minor=amount.minor,
        currency=amount.currency,
        actor_label=actor.label,
        purpose=purpose,
        now=now,
    )
    settle_at_once(
        payment_id=payment_id,
        text=f"paid {amount} from store credit",
        customer_id=customer_id,
        actor=actor,
        now=now,
    )
    enter_credit(
        customer_id=customer_id,
        amount=-amount,
        payment_id=payment_id,
        reason="Spent on an order",
        actor=actor,
        now=now,
    )
    return payment_id


@transaction.atomic
def refund_to_credit(
    *,
    payment_id: int,
    amount: Money,
    reason: str,
    seen_left_minor: int | None = None,
    mail: bool = False,
    actor: Actor,
    now: datetime,
) -> int:
    """Gives all or part of a settled payment back as store credit, whatever it was paid with; the refund's id.

    Counts as given back of that payment, lowers what the order owes like ``refund_payment``, and asks no bank.
    With ``mail`` the customer is told.
    Locks payment, order, customer, in this order: a caller in a transaction locks no order before.
    Raises DomainError ``order_pending``, ``not_refundable``, ``was_gift``, ``too_much``, ``reason_missing``, Conflict
    ``payment_moved_on``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why money is refunded.", {"reason": "Write a few words."})
    parent = lock_refundable(Payment.objects.filter(pk=payment_id), now, seen_left_minor)
    refuse_gift(parent)
    refund = start_refund(parent, amount.minor, gateway=CREDIT, reason=reason, actor=actor, now=now)
    if mail:
        announce_refunds([refund], reason=reason, now=now)
    return refund.pk


def return_credit(*, order_id: int, reason: str, actor: Actor, now: datetime) -> int:
    """Gives back all store credit spent on an order that has just been abandoned; the minor units.

    Inside the transaction that abandons it, which holds the order's lock: nobody refunds a pending order, so the
    payments' locks can't be waited for. Locks the customer last.
    """
    spent = Payment.objects.filter(
        order_id=order_id,
        gateway=CREDIT,
        kind=PaymentKind.CHARGE.value,
        state=PaymentState.SETTLED.value,
    )
    returned = 0
    for payment in spent.order_by("pk"):
        left = payment.amount_minor - refunded_minor(payment.pk)
        if left > 0:
            start_refund(payment, left, gateway=CREDIT, reason=reason, actor=actor, now=now)
            returned += left
    return returned
