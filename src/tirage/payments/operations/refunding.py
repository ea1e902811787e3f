"""Giving money back to where it came from, with or without lowering what the order owes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Subquery, Sum

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.orders.history import refuse_history
from tirage.orders.models import Order
from tirage.orders.operations import credit_order
from tirage.orders.states import Channel, OrderState
from tirage.payments import statements
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations.charging import (
    record_payment_event,
    refuse_open_transaction,
    settle_at_once,
    settle_result,
)
from tirage.payments.operations.entries import enter_credit
from tirage.payments.protocol import (
    Gateway,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
)
from tirage.payments.states import (
    AT_ONCE,
    CREDIT,
    HISTORY,
    MONEY_IN,
    OFFLINE,
    OPEN,
    OfflineKind,
    PaymentKind,
    PaymentState,
)


def refundable_payments(*, order_id: int) -> list[tuple[str, int]]:
    """Settled charges and captures of an order, newest first, with the minor units that can still be given back."""
    settled = Payment.objects.filter(
        order_id=order_id, state=PaymentState.SETTLED.value, kind__in=MONEY_IN
    ).exclude(gateway=HISTORY)
    left = [
        (payment.reference, payment.amount_minor - refunded_minor(payment.pk))
        for payment in settled.order_by("-id")
    ]
    return [(reference, minor) for reference, minor in left if minor > 0]


def refunded_minor(payment_id: int) -> int:
    """What has been given back of a payment, or is on its way."""
    live = [state.value for state in (*OPEN, PaymentState.SETTLED)]
    found = Payment.objects.filter(parent_id=payment_id, kind=PaymentKind.REFUND.value, state__in=live)
    return int(found.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def refund_payment(
    *,
    payment_reference: str,
    amount_minor: int,
    reason: str,
    seen_left_minor: int | None = None,
    mail: bool = False,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Gives all or part of a settled payment back to where it came from; the refund's own payment row.

    Store credit goes back to the store credit; what came offline is given back by hand, and written down at once.
    Money that the order doesn't owe any more (it was cancelled) is simply given back; what goes beyond that lowers
    what the order owes by as much, as a change with the reason, so that nobody is asked for it again.
    Never more than is left of the payment, whatever arrives at once. ``seen_left_minor`` is what the person saw as
    left: something else is refused, so that a form sent twice gives back once. With ``mail`` the customer is told.
    Locks payment, then order, while deciding and not while asking.
    Raises DomainError ``order_pending``, ``not_refundable``, ``too_much``, ``reason_missing``, Conflict
    ``payment_moved_on``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why money is refunded.", {"reason": "Write a few words."})
    with transaction.atomic():
        parent = lock_refundable(Payment.objects.filter(reference=payment_reference), now, seen_left_minor)
        refund = start_refund(
            parent, amount_minor, gateway=parent.gateway, reason=reason, actor=actor, now=now
        )
        if mail:
            announce_refunds([refund], reason=reason, now=now)
    send_refunds([refund], actor, now)
    return refund


def announce_refunds(
    refunds: Sequence[Payment], *, reason: str, change_id: int | None = None, now: datetime
) -> None:
    """Has the customer told of refunds of one order, in the transaction that stores them; ``change_id``: for its wines.

    Reacts with ``refund.announced``.
    """
    if refunds:
        react(
            "refund.announced",
            order_id=refunds[0].order_id,
            customer_id=refunds[0].order.customer_id,
            payment_ids=[refund.pk for refund in refunds],
            change_id=change_id,
            reason=reason,
            now=now,
        )


def lock_payments_of(order_id: int | Subquery) -> list[Payment]:
    """Locks an order's payments that may have money to give back, newest first; before the order is locked."""
    settled = Payment.objects.filter(
        Q(order_id=order_id), state=PaymentState.SETTLED.value, kind__in=MONEY_IN
    )
    return sorted(lock_rows(settled), key=lambda payment: -payment.pk)


def start_refunds(
    payments: Sequence[Payment],
    amount_minor: int,
    *,
    to_credit: bool = False,
    lowers_owed: bool = True,
    reason: str,
    actor: Actor,
    now: datetime,
) -> list[Payment]:
    """Stores refunds of so much of the locked ``payments``, as they come, split over several where needed.

    As store credit with ``to_credit``, else each to where it came from. Less than ``amount_minor`` where the payments
    don't have as much left. Inside the caller's transaction; ``send_refunds`` after it.
    Raises DomainError ``was_gift``.
    """
    refunds, missing = [], amount_minor
    for payment in payments:
        part = min(missing, payment.amount_minor - refunded_minor(payment.pk))
        if part <= 0:
            continue
        if to_credit:
            refuse_gift(payment)
        gateway = CREDIT if to_credit else payment.gateway
        refunds.append(
            start_refund(
                payment,
                part,
                gateway=gateway,
                lowers_owed=lowers_owed,
                reason=reason,
                actor=actor,
                now=now,
            )
        )
        missing -= part
    return refunds


def is_gift(payment: Payment) -> bool:
    """Whether it is a gift of the house, or one taken back."""
    return payment.offline_kind == OfflineKind.COMP


def refuse_gift(payment: Payment) -> None:
    """A gift of the house can be taken back, and never becomes money: nobody paid it. Raises ``was_gift``."""
    if is_gift(payment):
        words = "A part of this was a gift of the house: nobody paid it, so it can't become store credit."
        raise DomainError("was_gift", f"{words} It can go back to where it came from.", {"to": words})


def send_refunds(refunds: Sequence[Payment], actor: Actor, now: datetime) -> None:
    """Asks the gateways to give back what was stored, and settles what they say. No transaction may be open.

    A process that dies before leaves pending refunds: the reconciler sends them, with the same keys.
    """
    for refund in refunds:
        if refund.gateway not in AT_ONCE and refund.state == PaymentState.PENDING:
            refuse_open_transaction()
            _send_refund(refund, actor, now)
        refund.refresh_from_db()


def lock_refundable(
    payments: QuerySet[Payment], now: datetime, seen_left_minor: int | None = None
) -> Payment:
    """Locks the one payment of ``payments`` that has money to refund, as much as was seen if that is given.

    An order that is still being paid is refused before anything is locked: when its payment fails, what was paid by
    store credit is given back by who holds the order's lock already.
    Reacts with ``payment.refunding``, which may refuse (an order's change is being paid).
    Raises DomainError ``order_pending``, ``not_refundable``, Conflict ``payment_moved_on``, ``history``, and what the
    reactions raise.
    """
    if payments.filter(order__state__in=[OrderState.PENDING.value, OrderState.TRYING.value]).exists():
        raise DomainError("order_pending", "This order is still being paid. Wait until it is placed.")
    if payments.filter(gateway=HISTORY).exists():
        refuse_history(Channel.HISTORY)
    parent = lock_row(payments)
    if parent is None or parent.state != PaymentState.SETTLED or parent.kind not in MONEY_IN:
        raise DomainError("not_refundable", "This payment has no money left to refund.")
    if seen_left_minor is not None and parent.amount_minor - refunded_minor(parent.pk) != seen_left_minor:
        raise Conflict(
            "payment_moved_on",
            "Money of this payment has gone back since you saw it. Look at what is left, then decide again.",
        )
    react("payment.refunding", order_id=parent.order_id, now=now)
    return parent


def start_refund(
    parent: Payment,
    amount_minor: int,
    *,
    gateway: str,
    lowers_owed: bool = True,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Stores a refund of the locked ``parent`` by ``gateway``, and settles it where no gateway has to be asked.

    What goes beyond what is overpaid lowers what the order owes, unless ``lowers_owed`` is off: money that came for
    nothing goes back, and what was owed before is still owed. Inside the caller's transaction. Locks the order, and
    the customer where its figures or its credit move.
    Raises DomainError ``too_much``, and ``test_order`` where store credit would be given for one.
    """
    left = parent.amount_minor - refunded_minor(parent.pk)
    if not 0 < amount_minor <= left:
        most = Money(left, parent.currency)
        raise DomainError(
            "too_much", f"Between nothing and {most} can be refunded.", {"amount": f"At most {most}."}
        )
    order = lock_row(Order.objects.filter(pk=parent.order_id))
    if order is None:
        raise RuntimeError("a payment always has its order")
    if order.is_test and gateway == CREDIT:
        raise DomainError("test_order", "A test order moves no money, so it gives no store credit either.")
    beyond = amount_minor - overpaid_minor(order)
    refund = _store_refund(parent, amount_minor, gateway, reason, actor, now)
    if gateway in AT_ONCE:
        _settle_refund(refund, order.customer_id, reason, actor, now)
    else:
        text = f"asked the bank to refund {Money(amount_minor, parent.currency)} ({reason})"
        record_payment_event(EventName.PAYMENT_STARTED, order.pk, text, refund.pk, actor, now)
    if lowers_owed and beyond > 0 and order.step != OrderState.ABANDONED:
        credit_order(order=order, amount_minor=beyond, reason=reason, actor=actor, now=now)
    if gateway == CREDIT:
        enter_credit(
            customer_id=order.customer_id,
            amount=Money(amount_minor, parent.currency),
            payment_id=refund.pk,
            reason=reason,
            actor=actor,
            now=now,
        )
    return refund


def overpaid_minor(order: Order) -> int:
    """What was paid beyond what is owed and isn't on its way back yet."""
    under_way = Payment.objects.filter(
        order=order, kind=PaymentKind.REFUND.value, state__in=[state.value for state in OPEN]
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    return max(order.paid_minor - order.owed_minor - int(under_way or 0), 0)


def _store_refund(
    parent: Payment, amount_minor: int, gateway: str, reason: str, actor: Actor, now: datetime
) -> Payment:
    refund_id, _ = statements.insert_payment(
        order_id=parent.order_id,
        payment_method_id=parent.payment_method_id if gateway == parent.gateway else None,
        parent_id=parent.pk,
        gateway=gateway,
        kind=PaymentKind.REFUND.value,
        amount_minor=amount_minor,
        currency=parent.currency,
        offline_kind=parent.offline_kind if gateway == OFFLINE else "",
        note=reason,
        actor_label=actor.label,
        now=now,
    )
    return Payment.objects.select_related("parent").get(pk=refund_id)


def _settle_refund(refund: Payment, customer_id: int, reason: str, actor: Actor, now: datetime) -> None:
    amount = Money(refund.amount_minor, refund.currency)
    words = {
        CREDIT: f"refunded {amount} as store credit ({reason})",
        OFFLINE: f"took back {amount} of a gift of the house ({reason})"
        if is_gift(refund)
        else f"refunded {amount} by hand ({reason})",
    }
    settle_at_once(
        payment_id=refund.pk, text=words[refund.gateway], customer_id=customer_id, actor=actor, now=now
    )


def send_again(refund: Payment, actor: Actor, now: datetime) -> None:
    """Asks for a refund that its gateway has never seen: the process that stored it died before it asked."""
    refuse_open_transaction()
    _send_refund(refund, actor, now)


def _send_refund(refund: Payment, actor: Actor, now: datetime) -> None:
    """Asks the gateway; an unknown outcome is left to the reconciler."""
    if refund.parent is None:
        raise RuntimeError("a refund always has the payment it goes back to")
    result: GatewayResult | None
    gateway = gateway_for(refund.gateway)
    try:
        result = gateway.refund(
            gateway_reference=_reference_at(gateway, refund.parent),
            amount=Money(refund.amount_minor, refund.currency),
            idempotency_key=refund.idempotency_key,
        )
    except GatewayTimeout:
        result = None
    except GatewayRefused as refused:
        result = GatewayResult(Outcome.DECLINED, "", "refused", str(refused))
    settle_result(payment_id=refund.pk, result=result, actor=actor, now=now)


def _reference_at(gateway: Gateway, payment: Payment) -> str:
    """Its name at the gateway; asked for only now where a person answered for a gateway that was silent."""
    if payment.gateway_reference:
        return payment.gateway_reference
    found = gateway.find(idempotency_key=payment.idempotency_key)
    if found is None or not found.gateway_reference:
        raise GatewayRefused("The bank doesn't know this payment. Refund the money another way.")
    return found.gateway_reference
