"""What was paid for wine goes with it to another customer's order: no money moves, the books say whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tirage.core.actors import Actor
from tirage.core.errors import Conflict
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.payments import statements
from tirage.payments.models import Payment
from tirage.payments.operations.charging import settle_at_once
from tirage.payments.operations.refunding import is_gift, refunded_minor
from tirage.payments.states import OFFLINE, OfflineKind, PaymentKind


def move_paid(
    *,
    payments: Sequence[Payment],
    source: Order,
    target: Order,
    amount_minor: int,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Books so much of the locked ``payments`` of ``source`` off it and onto ``target``, at once.

    From then on nobody can refund it to the card that it came from. A gift of the house stays where it was given.
    Inside the caller's transaction, with both orders locked. Records ``payment.settled``. Raises Conflict
    ``gift_stays``.
    """
    missing = amount_minor
    for payment in payments:
        part = 0 if is_gift(payment) else min(missing, payment.amount_minor - refunded_minor(payment.pk))
        if part > 0:
            _book(source, PaymentKind.REFUND, part, payment, note, actor, now)
            missing -= part
    if missing:
        words = "A part of this order was a gift of the house, or isn’t captured yet: it can’t be given on."
        raise Conflict("gift_stays", words)
    if amount_minor:
        _book(target, PaymentKind.CHARGE, amount_minor, None, note, actor, now)


def _book(
    order: Order,
    kind: PaymentKind,
    minor: int,
    parent: Payment | None,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    payment_id, _ = statements.insert_payment(
        order_id=order.pk,
        payment_method_id=None,
        parent_id=parent.pk if parent else None,
        gateway=OFFLINE,
        kind=kind.value,
        amount_minor=minor,
        currency=order.currency,
        actor_label=actor.label,
        offline_kind=OfflineKind.MOVED.value,
        note=note,
        now=now,
    )
    amount = Money(minor, order.currency)
    way = "from" if kind is PaymentKind.REFUND else "to"
    text = f"moved {amount} that were paid {way} this order ({note})"
    settle_at_once(payment_id=payment_id, text=text, customer_id=order.customer_id, actor=actor, now=now)
