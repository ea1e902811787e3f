"""Finding out what a crash, a time-out or a customer who left has kept open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Exists, OuterRef, Q

from tirage.core.actors import Actor, system
from tirage.core.turns import take_turns
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations.capturing import release_stray_authorisations
from tirage.payments.operations.charging import settle_as, settle_result, void_payment
from tirage.payments.operations.giving import finish_stray_giving
from tirage.payments.operations.refunding import refund_payment, refundable_payments, send_again
from tirage.payments.operations.turns import next_in_turn
from tirage.payments.protocol import (
    Gateway,
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
)
from tirage.payments.rules import NEVER_SEEN, SAID_UNSEEN
from tirage.payments.states import OPEN, PaymentKind, PaymentState

#: How long an unanswered call may still arrive at the gateway; only after it "never seen" is believed.
LATE_ARRIVAL = timedelta(minutes=2)
#: For how long a call that was given up unseen is still looked for; and one of which only people said so.
LATE_SEARCH, SAID_SEARCH = timedelta(days=1), timedelta(days=30)
#: Payments that one run asks about, and given up ones that it looks for once more.
MOST_AT_ONCE, MOST_LATE = 200, 100
#: How long a customer may take over the bank's page before the bottles go back.
AUTHENTICATION_TIME = timedelta(minutes=30)


def reconcile_payment(*, payment: Payment, actor: Actor, now: datetime) -> PaymentState:
    """Finds out what became of an open payment and settles it; its state afterwards. Talks to the gateway.

    A gateway that doesn't answer, or doesn't show it, says nothing about money: the payment stays open.
    """
    try:
        result = _ask_again(gateway_for(payment.gateway), payment)
    except (GatewayTimeout, GatewayRefused):
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
    """A call that the gateway never saw, once it can no longer arrive. (If it does, the money is given back.)

    A refund is decided already: it is asked for again, with its key.
    """
    if payment.kind == PaymentKind.REFUND:
        send_again(payment, actor, now)
    elif now - payment.made_at >= LATE_ARRIVAL:
        unseen = GatewayResult(Outcome.DECLINED, "", NEVER_SEEN, "The payment never reached the bank.")
        settle_as(payment.pk, PaymentState.VOIDED, unseen, actor, now)


def _ask_again(gateway: Gateway, payment: Payment) -> GatewayResult | None:
    if payment.gateway_reference:
        return gateway.fetch(gateway_reference=payment.gateway_reference)
    return gateway.find(idempotency_key=payment.idempotency_key)


def reconcile_payments(*, now: datetime) -> int:
    """Settles what a crash, a time-out or a customer who left has kept open; how many were looked at.

    Pending payments are left alone for their first half minute: their own request is still at work. One that can't be
    settled keeps no other waiting, nor do many whose gateway stays silent: those that were asked about longest ago come
    first. What went wrong is raised at the end.
    """
    waiting = Payment.objects.filter(state__in=[state.value for state in OPEN])
    stale = waiting.filter(
        Q(state=PaymentState.UNKNOWN.value)
        | Q(state=PaymentState.PENDING.value, made_at__lte=now - timedelta(seconds=30))
        | Q(state=PaymentState.NEEDS_CUSTOMER.value, made_at__lte=now - AUTHENTICATION_TIME)
    )
    actor, payments = system("Payment check"), next_in_turn(stale, MOST_AT_ONCE, now)
    acts: list[Callable[[], object]] = [
        *(partial(reconcile_payment, payment=payment, actor=actor, now=now) for payment in payments),
        partial(_look_for_late_arrivals, now),
        partial(refund_stray_payments, now=now),
        partial(release_stray_authorisations, now=now),
        partial(finish_stray_giving, now=now),
    ]
    take_turns(acts)
    return len(payments)


def _look_for_late_arrivals(now: datetime) -> None:
    """Asks once more about calls that were given up unseen: one that arrived after all is booked, then given back.

    One at which the bank still waits for its customer is let go there, so that nobody confirms it any more. A capture
    that was tried again since is left alone: the newer one says what became of the authorisation.
    """
    live = [state.value for state in (*OPEN, PaymentState.SETTLED)]
    captured_since = Payment.objects.filter(
        parent_id=OuterRef("parent_id"), kind=PaymentKind.CAPTURE.value, state__in=live
    )
    unseen = Payment.objects.filter(
        ~Q(kind=PaymentKind.CAPTURE.value) | ~Exists(captured_since),
        Q(decline_code=NEVER_SEEN, made_at__gt=now - LATE_SEARCH)
        | Q(decline_code=SAID_UNSEEN, made_at__gt=now - SAID_SEARCH),
        state=PaymentState.VOIDED.value,
    )
    for payment in next_in_turn(unseen, MOST_LATE, now):
        try:
            _look_once_more(payment, now)
        except (GatewayTimeout, GatewayRefused):
            continue


def _look_once_more(payment: Payment, now: datetime) -> None:
    gateway = gateway_for(payment.gateway)
    result = gateway.find(idempotency_key=payment.idempotency_key)
    if result is None:
        return
    if result.outcome is Outcome.NEEDS_CUSTOMER:
        key = f"{payment.idempotency_key}-void"
        result = gateway.void(gateway_reference=result.gateway_reference, idempotency_key=key)
        if result.outcome is Outcome.SETTLED:
            return
        result = gateway.find(idempotency_key=payment.idempotency_key)
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
