"""Money that no gateway moves: cheques, transfers, cash, and gifts of the house."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments import statements
from tirage.payments.models import Payment
from tirage.payments.operations.charging import settle_at_once
from tirage.payments.states import MONEY_IN, OFFLINE, OFFLINE_WORDS, OPEN, OfflineKind, PaymentKind

_PAYABLE = (OrderState.PLACED, OrderState.SHIPPED, OrderState.BOOKED)


@transaction.atomic
def take_offline_payment(
    *,
    order_reference: str,
    amount_minor: int,
    offline_kind: OfflineKind,
    note: str,
    seen_balance_minor: int | None = None,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Records that money for an order has come by other roads than a gateway; the settled payment.

    ``seen_balance_minor`` is the balance that the person saw: another one is refused, so that a form sent twice
    records one payment. Locks the order. Raises as ``record_offline_payment``, and DomainError ``not_found``,
    Conflict ``order_moved_on``.
    """
    order = lock_row(Order.objects.filter(reference=order_reference))
    if order is None:
        raise DomainError("not_found", "There is no such order.")
    if seen_balance_minor is not None and seen_balance_minor != order.balance_minor:
        raise Conflict("order_moved_on", "What is owed has changed since you saw it. Look at it again.")
    payment_id = record_offline_payment(
        order_id=order.pk,
        amount=Money(amount_minor, order.currency),
        offline_kind=offline_kind,
        note=note,
        actor=actor,
        now=now,
    )
    return Payment.objects.get(pk=payment_id)


def record_offline_payment(
    *,
    order_id: int,
    amount: Money,
    offline_kind: OfflineKind,
    note: str,
    purpose: str = "",
    actor: Actor,
    now: datetime,
) -> int:
    """Books money that came by cheque, transfer or cash, or a gift of the house, at once; the payment's id.

    Inside the caller's transaction. Never more than the order still owes, less what is being charged already;
    with a ``purpose`` (the reference of the order change it pays for, or of what places the order) the caller knows
    the amount.
    ``note`` is the cheque's number or the like; a gift needs its reason there. Who may give is the caller's question.
    Locks the order. Records ``payment.settled`` and reacts with it.
    Raises DomainError ``not_payable``, ``reason_missing``, ``too_much``.
    """
    order = lock_row(Order.objects.filter(pk=order_id))
    is_taken = bool(purpose) and order is not None and order.state == OrderState.DRAFT
    if order is None or not (is_taken or order.state in _PAYABLE):
        raise DomainError("not_payable", "Only an order that is placed can be paid.")
    if offline_kind is OfflineKind.COMP and not note.strip():
        raise DomainError("reason_missing", "Say why it is a gift.", {"note": "A gift needs its reason."})
    _refuse_too_much(order, amount, purpose)
    payment_id, _ = statements.insert_payment(
        order_id=order_id,
        payment_method_id=None,
        parent_id=None,
        gateway=OFFLINE,
        kind=PaymentKind.CHARGE.value,
        amount_minor=amount.minor,
        currency=amount.currency,
        actor_label=actor.label,
        purpose=purpose,
        offline_kind=offline_kind.value,
        note=note.strip(),
        now=now,
    )
    words = f"recorded {gettext(OFFLINE_WORDS[offline_kind])} of {amount}" + (
        f" ({note.strip()})" if note.strip() else ""
    )
    settle_at_once(payment_id=payment_id, text=words, customer_id=order.customer_id, actor=actor, now=now)
    return payment_id


def _refuse_too_much(order: Order, amount: Money, purpose: str) -> None:
    if amount.minor <= 0:
        raise DomainError("too_much", "Say how much came.", {"amount": "Write an amount above nothing."})
    if purpose:
        return
    under_way = Payment.objects.filter(
        order=order, kind__in=MONEY_IN, state__in=[state.value for state in OPEN]
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    left = Money(max(order.balance_minor - int(under_way or 0), 0), order.currency)
    if amount > left:
        words = "Nothing is left to be paid." if not left else f"At most {left} are still to be paid."
        raise DomainError("too_much", words, {"amount": words})
