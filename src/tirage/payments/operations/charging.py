"""Moving money in three steps: store the attempt, ask the gateway with no transaction open, settle the answer.

Browser return, webhook and reconciler all end in ``settle_result``, which does nothing the second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.orders.operations import book_payment, book_without_placing
from tirage.payments import statements
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations.authorising import (
    AUTHORISATION_LIFE,
    calm_order,
    end_authorisation,
    note_authorised,
    note_capture_failed,
    note_refund_failed,
    note_renewal_failed,
)
from tirage.payments.protocol import (
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Outcome,
    customer_words,
)
from tirage.payments.states import PAYMENT_STEPS, PaymentKind, PaymentState

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
    kind: PaymentKind = PaymentKind.CHARGE


def start_charge(
    *,
    order_id: int,
    payment_method_id: int,
    token: str,
    gateway: str,
    amount: Money,
    description: str,
    kind: PaymentKind = PaymentKind.CHARGE,
    purpose: str = "",
    renews_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> StartedPayment:
    """Stores a pending charge, or authorisation, inside the caller's transaction; its reference is the idempotency key.

    ``purpose`` is the reference of the order change that it pays for, if it pays for one; ``renews_id`` the
    authorisation that it is to replace.
    """
    payment_id, reference = statements.insert_payment(
        order_id=order_id,
        payment_method_id=payment_method_id,
        parent_id=renews_id,
        gateway=gateway,
        kind=kind.value,
        amount_minor=amount.minor,
        currency=amount.currency,
        actor_label=actor.label,
        purpose=purpose,
        now=now,
    )
    return StartedPayment(payment_id, reference, gateway, token, amount, description, kind)


def send_charge(started: StartedPayment, *, return_url: str) -> GatewayResult | None:
    """Asks the gateway for the money, or to set it aside; None: it didn't say. Refuses in a transaction."""
    refuse_open_transaction()
    gateway = gateway_for(started.gateway)
    ask = gateway.authorise if started.kind is PaymentKind.AUTHORISE else gateway.charge
    try:
        return ask(
            token=started.token,
            amount=started.amount,
            idempotency_key=started.reference,
            description=started.description,
            return_url=return_url,
        )
    except GatewayTimeout:
        return None
    except GatewayRefused:
        if started.amount.minor < gateway.least(currency=started.amount.currency):
            return GatewayResult(Outcome.DECLINED, "", "amount_too_small", customer_words("amount_too_small"))
        return GatewayResult(Outcome.DECLINED, "", "refused", "This card can't be charged. Try another card.")


def refuse_open_transaction() -> None:
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
    Records payment events; reacts with ``payment.settled`` (or ``order.placed``), ``payment.failed`` or
    ``payment.needs_customer``.
    """
    to = _STATE_OF[result.outcome] if result else PaymentState.UNKNOWN
    return settle_as(payment_id, to, result or GatewayResult(Outcome.DECLINED), actor, now)


def settle_as(
    payment_id: int, to: PaymentState, answer: GatewayResult, actor: Actor, now: datetime
) -> Settled:
    sources = [state.value for state, steps in PAYMENT_STEPS.items() if to in steps]
    with transaction.atomic():
        row = statements.advance_payment(
            payment_id,
            to=to,
            sources=sources,
            gateway_reference=answer.gateway_reference,
            decline_code=answer.decline_code,
            message=answer.message,
            authorised_until=answer.expires_at or now + AUTHORISATION_LIFE,
            now=now,
        )
        if row is None:
            return Settled.ELSEWHERE
        return _follow(row, to, answer, actor, now)


def _follow(
    row: dict[str, Any], to: PaymentState, answer: GatewayResult, actor: Actor, now: datetime
) -> Settled:
    """What a payment's new state means for its order."""
    if to is PaymentState.SETTLED:
        return _follow_settled(row, actor, now)
    order_id, payment_id = row["order_id"], row["id"]
    text = _say_unsettled(row, to, answer)
    renews = row["kind"] == PaymentKind.AUTHORISE and row["parent_id"] is not None
    if to in (PaymentState.DECLINED, PaymentState.VOIDED):
        if renews:
            note_renewal_failed(row, answer, answer.decline_code, actor, now)
            return Settled.DONE
        record_payment_event(EventName.PAYMENT_FAILED, order_id, text, payment_id, actor, now)
        if row["kind"] == PaymentKind.CAPTURE:
            note_capture_failed(row, answer, actor, now)
        elif row["kind"] == PaymentKind.REFUND:
            note_refund_failed(row, answer, actor, now)
        react("payment.failed", order_id=order_id, payment_id=payment_id, actor=actor, now=now)
        return Settled.DONE
    name = EventName.PAYMENT_UNKNOWN if to is PaymentState.UNKNOWN else EventName.PAYMENT_NEEDS_CUSTOMER
    record_payment_event(name, order_id, text, payment_id, actor, now)
    if renews and to is PaymentState.NEEDS_CUSTOMER:
        note_renewal_failed(row, answer, "authentication_required", actor, now)
    elif to is PaymentState.NEEDS_CUSTOMER:
        react("payment.needs_customer", order_id=order_id, payment_id=payment_id, actor=actor, now=now)
    return Settled.DONE


#: What was asked for, after the name of who asked.
_ASKED = {
    PaymentKind.CHARGE.value: "asked the bank for {amount}",
    PaymentKind.AUTHORISE.value: "asked the bank to set {amount} aside",
    PaymentKind.CAPTURE.value: "asked the bank for {amount} that were set aside",
    PaymentKind.REFUND.value: "asked the bank to refund {amount}",
}


def _say_unsettled(row: dict[str, Any], to: PaymentState, answer: GatewayResult) -> str:
    """``asked the bank for $190.00, which said no: Your bank declined this card.``"""
    amount = Money(row["amount_minor"], row["currency"])
    asked, why = _ASKED[row["kind"]].format(amount=amount), answer.message or answer.decline_code
    said = {
        PaymentState.DECLINED: f"{asked}, which said no: {why}",
        PaymentState.VOIDED: f"let a payment of {amount} go: {why}",
        PaymentState.UNKNOWN: f"{asked}, which hasn't answered yet",
        PaymentState.NEEDS_CUSTOMER: f"{asked}, which wants the customer to confirm it",
    }
    return said[to]


#: What a settled payment did, after the name of who started it.
_MOVED = {
    PaymentKind.CHARGE: "charged {amount}",
    PaymentKind.CAPTURE: "took {amount} that were set aside",
    PaymentKind.REFUND: "refunded {amount}",
}


def _follow_settled(row: dict[str, Any], actor: Actor, now: datetime) -> Settled:
    """Books what has moved, or notes what was set aside; either places a pending order."""
    order_id, payment_id, kind = row["order_id"], row["id"], PaymentKind(row["kind"])
    if kind is PaymentKind.CAPTURE:
        # Before the order is locked: payments come first.
        end_authorisation(row["parent_id"], now)
    moved = _moved(kind, row["amount_minor"])
    # Money for a change finds its order placed.
    book = book_without_placing if row["purpose"] else partial(book_payment, actor=actor, now=now)
    booked = book(order_id=order_id, paid_minor=moved)
    if booked.places:
        # "order.placed" has said it: thousands place theirs in the same minute, and nobody else waits for this money.
        return Settled.PLACED
    if kind is PaymentKind.AUTHORISE:
        note_authorised(row, actor, now)
    else:
        text = _MOVED[kind].format(amount=Money(row["amount_minor"], row["currency"]))
        record_payment_event(EventName.PAYMENT_SETTLED, order_id, text, payment_id, actor, now)
    if booked.attention:
        calm_order(order_id, now)
    _tell_settled(row, actor, now)
    return Settled.DONE


def _tell_settled(row: dict[str, Any], actor: Actor, now: datetime) -> None:
    facts = {"order_id": row["order_id"], "payment_id": row["id"], "purpose": row["purpose"]}
    react("payment.settled", **facts, actor=actor, now=now)


def _moved(kind: PaymentKind, amount_minor: int) -> int:
    """What a settled payment adds to what the order has been paid."""
    return {PaymentKind.REFUND: -amount_minor, PaymentKind.AUTHORISE: 0}.get(kind, amount_minor)


def settle_at_once(
    *, payment_id: int, text: str, customer_id: int | None = None, actor: Actor, now: datetime
) -> None:
    """Settles a payment just stored that no gateway moves (offline, store credit), in the caller's transaction.

    Books it on its order, writes ``text`` into the activity (of ``customer_id`` too) and reacts with
    ``payment.settled``. It never places a pending order: the bottles' own payment does. Locks payment, order.
    """
    row = statements.advance_payment(
        payment_id,
        to=PaymentState.SETTLED,
        sources=[PaymentState.PENDING.value],
        gateway_reference="",
        decline_code="",
        message="",
        now=now,
    )
    if row is None:
        raise RuntimeError(f"payment {payment_id} was settled before")
    order_id = row["order_id"]
    book_without_placing(order_id=order_id, paid_minor=_moved(PaymentKind(row["kind"]), row["amount_minor"]))
    record_payment_event(EventName.PAYMENT_SETTLED, order_id, text, payment_id, actor, now, customer_id)
    _tell_settled(row, actor, now)


def record_payment_event(
    name: EventName,
    order_id: int,
    text: str,
    payment_id: int,
    actor: Actor,
    now: datetime,
    customer_id: int | None = None,
) -> None:
    record_event(
        name,
        "order",
        order_id,
        text=text,
        data={"payment_id": payment_id},
        customer_id=customer_id,
        actor=actor,
        now=now,
    )


def void_payment(*, payment_id: int, reason: str, actor: Actor, now: datetime) -> bool:
    """Gives an attempt that waits for the customer up: at the gateway first, then here.

    False when it was not waiting, when the money had moved already (then that is settled instead), or when the
    gateway doesn't answer or know it: then it waits on.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state != PaymentState.NEEDS_CUSTOMER:
        return False
    try:
        return _void_waiting(payment, reason, actor, now)
    except (GatewayTimeout, GatewayRefused):
        return False


def _void_waiting(payment: Payment, reason: str, actor: Actor, now: datetime) -> bool:
    gateway = gateway_for(payment.gateway)
    answer = gateway.void(
        gateway_reference=payment.gateway_reference, idempotency_key=f"{payment.idempotency_key}-void"
    )
    if answer.outcome is Outcome.SETTLED:
        gone = GatewayResult(Outcome.DECLINED, "", "given_up", reason)
        return bool(settle_as(payment.pk, PaymentState.VOIDED, gone, actor, now))
    result = gateway.fetch(gateway_reference=payment.gateway_reference)
    settle_result(payment_id=payment.pk, result=result, actor=actor, now=now)
    return False
