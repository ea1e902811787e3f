"""Moving money in three steps: store the attempt, ask the gateway with no transaction open, settle the answer.

Browser return, webhook and reconciler all end in ``settle_result``, which does nothing the second time.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.references import new_reference
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.operations import book_payment, credit_order
from tirage.orders.states import OrderState
from tirage.payments import statements
from tirage.payments.gateways import current_gateway, gateway_for
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.protocol import (
    CardRefused,
    Gateway,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
)
from tirage.payments.states import MONEY_IN, OPEN, PAYMENT_STEPS, PaymentKind, PaymentState

#: How long an unanswered call may still arrive at the gateway; only after it "never seen" is believed.
LATE_ARRIVAL = timedelta(minutes=2)
#: For how long a call that was given up unseen is still looked for.
LATE_SEARCH = timedelta(days=1)
NEVER_SEEN = "never_seen"
#: How long a customer may take over the bank's page before the bottles go back.
AUTHENTICATION_TIME = timedelta(minutes=30)

_STATE_OF = {
    Outcome.SETTLED: PaymentState.SETTLED,
    Outcome.DECLINED: PaymentState.DECLINED,
    Outcome.NEEDS_CUSTOMER: PaymentState.NEEDS_CUSTOMER,
}


@dataclass(frozen=True, slots=True)
class StartedPayment:
    """A stored attempt, ready to be sent: everything the gateway needs, so nothing is loaded in between."""

    id: int
    reference: str
    gateway: str
    token: str
    amount: Money
    description: str


def start_charge(
    *,
    order_id: int,
    payment_method_id: int,
    token: str,
    gateway: str,
    amount: Money,
    description: str,
    actor: Actor,
    now: datetime,
) -> StartedPayment:
    """Stores a pending charge inside the caller's transaction; its reference is the idempotency key."""
    reference = new_reference("PAY")
    payment_id = statements.insert_payment(
        reference=reference,
        order_id=order_id,
        payment_method_id=payment_method_id,
        parent_id=None,
        gateway=gateway,
        kind=PaymentKind.CHARGE.value,
        amount_minor=amount.minor,
        currency=amount.currency,
        idempotency_key=reference,
        actor_label=actor.label,
        now=now,
    )
    return StartedPayment(payment_id, reference, gateway, token, amount, description)


def send_charge(started: StartedPayment, *, return_url: str) -> GatewayResult | None:
    """Asks the gateway for the money; None when the outcome is unknown. No transaction may be open."""
    _refuse_open_transaction()
    try:
        return gateway_for(started.gateway).charge(
            token=started.token,
            amount=started.amount,
            idempotency_key=started.reference,
            description=started.description,
            return_url=return_url,
        )
    except GatewayTimeout:
        return None
    except GatewayRefused:
        return GatewayResult(Outcome.DECLINED, "", "refused", "This card can't be charged. Try another card.")


def _refuse_open_transaction() -> None:
    """Raises when a transaction is open: the network must never wait inside one."""
    with transaction.atomic(durable=True):
        pass


class Settled(Enum):
    """What settling did; false when another road had done it already."""

    ELSEWHERE = 0
    DONE = 1
    #: The money placed its order.
    PLACED = 2

    def __bool__(self) -> bool:
        return self is not Settled.ELSEWHERE


def settle_result(*, payment_id: int, result: GatewayResult | None, actor: Actor, now: datetime) -> Settled:
    """Writes what the gateway said (None: it didn't say) and everything that follows, once.

    ELSEWHERE when another road had settled it already. Locks payment, order, cart, stock, in this order.
    Records payment events; reacts with ``payment.settled`` or ``payment.failed``.
    """
    to = _STATE_OF[result.outcome] if result else PaymentState.UNKNOWN
    return _settle(payment_id, to, result or GatewayResult(Outcome.DECLINED), actor, now)


def _settle(payment_id: int, to: PaymentState, answer: GatewayResult, actor: Actor, now: datetime) -> Settled:
    sources = [state.value for state, steps in PAYMENT_STEPS.items() if to in steps]
    with transaction.atomic():
        row = statements.advance_payment(
            payment_id,
            to=to,
            sources=sources,
            gateway_reference=answer.gateway_reference,
            decline_code=answer.decline_code,
            message=answer.message,
            now=now,
        )
        if row is None:
            return Settled.ELSEWHERE
        return _follow(row["order_id"], row["kind"], row["amount_minor"], payment_id, to, answer, actor, now)


def _follow(
    order_id: int,
    kind: str,
    amount_minor: int,
    payment_id: int,
    to: PaymentState,
    answer: GatewayResult,
    actor: Actor,
    now: datetime,
) -> Settled:
    """What a payment's new state means for its order."""
    placed = False
    if to is PaymentState.SETTLED:
        moved = {PaymentKind.REFUND: -amount_minor, PaymentKind.AUTHORISE: 0}.get(
            PaymentKind(kind), amount_minor
        )
        if moved:
            placed = book_payment(order_id=order_id, paid_minor=moved, actor=actor, now=now)
            if not placed:
                _record(EventName.PAYMENT_SETTLED, order_id, f"{kind} settled", payment_id, actor, now)
        react("payment.settled", order_id=order_id, payment_id=payment_id, actor=actor, now=now)
        return Settled.PLACED if placed else Settled.DONE
    if to in (PaymentState.DECLINED, PaymentState.VOIDED):
        text = f"{kind} declined: {answer.message or answer.decline_code}"
        _record(EventName.PAYMENT_FAILED, order_id, text, payment_id, actor, now)
        react("payment.failed", order_id=order_id, payment_id=payment_id, actor=actor, now=now)
        return Settled.DONE
    name = EventName.PAYMENT_UNKNOWN if to is PaymentState.UNKNOWN else EventName.PAYMENT_NEEDS_CUSTOMER
    _record(name, order_id, f"{kind}: {to.value.replace('_', ' ')}", payment_id, actor, now)
    return Settled.DONE


def _record(name: EventName, order_id: int, text: str, payment_id: int, actor: Actor, now: datetime) -> None:
    record_event(name, "order", order_id, text=text, data={"payment_id": payment_id}, actor=actor, now=now)


def void_payment(*, payment_id: int, reason: str, actor: Actor, now: datetime) -> bool:
    """Gives an attempt that waits for the customer up: at the gateway first, then here.

    False when it was not waiting, or when the money had moved already (then that is settled instead).
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state != PaymentState.NEEDS_CUSTOMER:
        return False
    gateway = gateway_for(payment.gateway)
    answer = gateway.void(
        gateway_reference=payment.gateway_reference, idempotency_key=f"{payment.idempotency_key}-void"
    )
    if answer.outcome is Outcome.SETTLED:
        gone = GatewayResult(Outcome.DECLINED, "", "given_up", reason)
        return bool(_settle(payment_id, PaymentState.VOIDED, gone, actor, now))
    result = gateway.fetch(gateway_reference=payment.gateway_reference)
    settle_result(payment_id=payment_id, result=result, actor=actor, now=now)
    return False


def reconcile_payment(*, payment: Payment, actor: Actor, now: datetime) -> PaymentState:
    """Finds out what became of an open payment and settles it; its state afterwards. Talks to the gateway."""
    try:
        result = _ask_again(gateway_for(payment.gateway), payment)
    except GatewayTimeout:
        return PaymentState(payment.state)
    if result is None:
        _give_up_unseen(payment, actor, now)
    elif result.outcome is not Outcome.NEEDS_CUSTOMER:
        settle_result(payment_id=payment.pk, result=result, actor=actor, now=now)
    elif now - payment.made_at >= AUTHENTICATION_TIME:
        settle_result(payment_id=payment.pk, result=result, actor=actor, now=now)
        void_payment(
            payment_id=payment.pk, reason="Not confirmed with the bank in time.", actor=actor, now=now
        )
    else:
        settle_result(payment_id=payment.pk, result=result, actor=actor, now=now)
    payment.refresh_from_db()
    return PaymentState(payment.state)


def _give_up_unseen(payment: Payment, actor: Actor, now: datetime) -> None:
    """A call that the gateway never saw, once it can no longer arrive. (If it does, the money is given back.)"""
    if now - payment.made_at >= LATE_ARRIVAL:
        unseen = GatewayResult(Outcome.DECLINED, "", NEVER_SEEN, "The payment never reached the bank.")
        _settle(payment.pk, PaymentState.VOIDED, unseen, actor, now)


def _ask_again(gateway: Gateway, payment: Payment) -> GatewayResult | None:
    if payment.gateway_reference:
        return gateway.fetch(gateway_reference=payment.gateway_reference)
    return gateway.find(idempotency_key=payment.idempotency_key)


def reconcile_payments(*, now: datetime) -> int:
    """Settles what a crash, a time-out or a customer who left has kept open; how many were looked at.

    Pending payments are left alone for their first half minute: their own request is still at work.
    """
    waiting = Payment.objects.filter(state__in=[state.value for state in OPEN])
    stale = waiting.filter(
        Q(state=PaymentState.UNKNOWN.value)
        | Q(state=PaymentState.PENDING.value, made_at__lte=now - timedelta(seconds=30))
        | Q(state=PaymentState.NEEDS_CUSTOMER.value, made_at__lte=now - AUTHENTICATION_TIME)
    )
    looked_at = 0
    for payment in stale.order_by("made_at")[:200]:
        reconcile_payment(payment=payment, actor=system("Payment check"), now=now)
        looked_at += 1
    _look_for_late_arrivals(now)
    refund_stray_payments(now=now)
    return looked_at


def _look_for_late_arrivals(now: datetime) -> None:
    """Asks once more about calls that were given up unseen: one that arrived after all is booked, then given back."""
    unseen = Payment.objects.filter(
        state=PaymentState.VOIDED.value, decline_code=NEVER_SEEN, made_at__gt=now - LATE_SEARCH
    )
    for payment in unseen.order_by("-made_at")[:100]:
        try:
            result = gateway_for(payment.gateway).find(idempotency_key=payment.idempotency_key)
        except GatewayTimeout:
            continue
        if result is not None and result.outcome is Outcome.SETTLED:
            settle_result(payment_id=payment.pk, result=result, actor=system("Payment check"), now=now)


def refund_stray_payments(*, now: datetime) -> int:
    """Gives back money that arrived for an order already abandoned; how many refunds.

    Once: what the bank declined to take back is for people, whom ``tirage doctor`` tells.
    """
    declined = Payment.objects.filter(
        order_id=OuterRef("pk"), kind=PaymentKind.REFUND.value, state=PaymentState.DECLINED.value
    )
    stray = Order.objects.filter(~Exists(declined), state=OrderState.ABANDONED.value, paid_minor__gt=0)
    refunded = 0
    for order_id in stray.values_list("pk", flat=True)[:50]:
        for reference, left in refundable_payments(order_id=order_id):
            refund_payment(
                payment_reference=reference,
                amount_minor=left,
                reason="The order had ended before the money arrived",
                actor=system("Payment check"),
                now=now,
            )
            refunded += 1
    return refunded


def refundable_payments(*, order_id: int) -> list[tuple[str, int]]:
    """Settled charges and captures of an order, newest first, with the minor units that can still be given back."""
    settled = Payment.objects.filter(
        order_id=order_id, state=PaymentState.SETTLED.value, kind__in=MONEY_IN
    ).order_by("-id")
    left = [(payment.reference, payment.amount_minor - refunded_minor(payment.pk)) for payment in settled]
    return [(reference, minor) for reference, minor in left if minor > 0]


def refunded_minor(payment_id: int) -> int:
    """What has been given back of a payment, or is on its way."""
    live = [state.value for state in (*OPEN, PaymentState.SETTLED)]
    found = Payment.objects.filter(parent_id=payment_id, kind=PaymentKind.REFUND.value, state__in=live)
    return int(found.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def refund_payment(
    *, payment_reference: str, amount_minor: int, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Gives all or part of a settled payment back to where it came from; the refund's own payment row.

    Money that the order doesn't owe any more (it was cancelled) is simply given back; what goes beyond that lowers
    what the order owes by as much, as a change with the reason, so that nobody is asked for it again.
    Never more than is left of the payment, whatever arrives at once. Locks payment, then order, while deciding and
    not while asking.
    Raises DomainError ``not_refundable``, ``too_much``, ``reason_missing``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why money is given back.", {"reason": "Write a few words."})
    with transaction.atomic():
        parent = lock_row(Payment.objects.filter(reference=payment_reference))
        refund = _start_refund(parent, amount_minor, reason, actor, now)
    _send_refund(refund, actor, now)
    refund.refresh_from_db()
    return refund


def _start_refund(
    parent: Payment | None, amount_minor: int, reason: str, actor: Actor, now: datetime
) -> Payment:
    if parent is None or parent.state != PaymentState.SETTLED or parent.kind not in MONEY_IN:
        raise DomainError("not_refundable", "This payment has no money to give back.")
    left = parent.amount_minor - refunded_minor(parent.pk)
    if not 0 < amount_minor <= left:
        most = Money(left, parent.currency)
        raise DomainError(
            "too_much", f"Between nothing and {most} can be given back.", {"amount": f"At most {most}."}
        )
    _let_go_of(parent.order_id, amount_minor, reason, actor, now)
    reference = new_reference("PAY")
    refund_id = statements.insert_payment(
        reference=reference,
        order_id=parent.order_id,
        payment_method_id=parent.payment_method_id,
        parent_id=parent.pk,
        gateway=parent.gateway,
        kind=PaymentKind.REFUND.value,
        amount_minor=amount_minor,
        currency=parent.currency,
        idempotency_key=reference,
        actor_label=actor.label,
        now=now,
    )
    text = f"gives back {Money(amount_minor, parent.currency)} ({reason})"
    _record(EventName.PAYMENT_STARTED, parent.order_id, text, refund_id, actor, now)
    return Payment.objects.select_related("parent").get(pk=refund_id)


def _let_go_of(order_id: int, amount_minor: int, reason: str, actor: Actor, now: datetime) -> None:
    """Lowers what the order owes by the part of a refund that isn't overpaid already."""
    order = lock_row(Order.objects.filter(pk=order_id))
    if order is None or order.state == OrderState.ABANDONED:
        return
    under_way = Payment.objects.filter(
        order_id=order_id, kind=PaymentKind.REFUND.value, state__in=[state.value for state in OPEN]
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    overpaid = max(order.paid_minor - order.owed_minor - int(under_way or 0), 0)
    if amount_minor > overpaid:
        credit_order(order=order, amount_minor=amount_minor - overpaid, reason=reason, actor=actor, now=now)


def _send_refund(refund: Payment, actor: Actor, now: datetime) -> None:
    """Asks the gateway; an unknown outcome is left to the reconciler."""
    if refund.parent is None:
        raise RuntimeError("a refund always has the payment it goes back to")
    result: GatewayResult | None
    try:
        result = gateway_for(refund.gateway).refund(
            gateway_reference=refund.parent.gateway_reference,
            amount=Money(refund.amount_minor, refund.currency),
            idempotency_key=refund.idempotency_key,
        )
    except GatewayTimeout:
        result = None
    except GatewayRefused as refused:
        result = GatewayResult(Outcome.DECLINED, "", "refused", str(refused))
    settle_result(payment_id=refund.pk, result=result, actor=actor, now=now)


def save_card(
    *,
    customer: Customer,
    details: Mapping[str, str],
    make_default: bool,
    attempt_key: str = "",
    actor: Actor,
    now: datetime,
) -> PaymentMethod:
    """Saves a card at the gateway, then its token here; the first card becomes the default.

    ``attempt_key`` (from the form) makes a repeated submit save one card. Raises DomainError ``card_refused``,
    ``card_unknown``.
    """
    gateway = current_gateway()
    try:
        card = gateway.save_card(
            customer_reference=customer.reference,
            details=details,
            idempotency_key=f"{customer.reference}-{attempt_key or secrets.token_hex(8)}",
        )
    except CardRefused as refused:
        raise DomainError("card_refused", str(refused), {"card_number": str(refused)}) from refused
    except GatewayTimeout as timeout:
        raise DomainError(
            "card_unknown", "The bank did not answer. Nothing was charged; try again in a moment."
        ) from timeout
    with transaction.atomic():
        saved, made = PaymentMethod.objects.get_or_create(
            gateway=gateway.key,
            token=card.token,
            defaults={
                "customer": customer,
                "brand": card.brand,
                "last4": card.last4,
                "exp_month": card.exp_month,
                "exp_year": card.exp_year,
                "saved_at": now,
            },
        )
        others = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True, is_default=True)
        if make_default or not others.exists():
            _make_default(customer, saved)
        if made:
            record_event(
                EventName.CARD_SAVED,
                "customer",
                customer.pk,
                text=f"saved {saved.label}",
                customer_id=customer.pk,
                actor=actor,
                now=now,
            )
    return saved


def _make_default(customer: Customer, card: PaymentMethod) -> None:
    PaymentMethod.objects.filter(customer=customer, is_default=True).exclude(pk=card.pk).update(
        is_default=False
    )
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=True)
    card.is_default = True


def _own_card(customer: Customer, card_reference: str) -> PaymentMethod:
    cards = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True)
    card = lock_row(cards.filter(reference=card_reference))
    if card is None:
        raise DomainError("not_found", "This card is no longer saved.")
    return card


@transaction.atomic
def make_default_card(
    *, customer: Customer, card_reference: str, actor: Actor, now: datetime
) -> PaymentMethod:
    """Makes one of the customer's cards the one that is offered first."""
    card = _own_card(customer, card_reference)
    _make_default(customer, card)
    return card


def remove_card(*, customer: Customer, card_reference: str, actor: Actor, now: datetime) -> None:
    """Forgets a card here, then at the gateway; another card, the newest, becomes the default."""
    with transaction.atomic():
        card = _own_card(customer, card_reference)
        card.removed_at = now
        was_default, card.is_default = card.is_default, False
        card.save(update_fields=["removed_at", "is_default"])
        rest = PaymentMethod.objects.filter(customer=customer, removed_at__isnull=True)
        newest = rest.order_by("-id").first() if was_default else None
        if newest:
            _make_default(customer, newest)
        record_event(
            EventName.CARD_REMOVED,
            "customer",
            customer.pk,
            text=f"removed {card.label}",
            customer_id=customer.pk,
            actor=actor,
            now=now,
        )
    gateway_for(card.gateway).remove_card(token=card.token)
