"""What a person does about a finding: attaches it to an order, books what came after all, or has looked into it."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.texts import fitting
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments import statements
from tirage.payments.agreement import held
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Finding, Payment, PaymentMethod
from tirage.payments.operations.authorising import AUTHORISATION_LIFE
from tirage.payments.operations.charging import record_payment_event, refuse_open_transaction, settle_as
from tirage.payments.operations.finding import close_finding
from tirage.payments.operations.giving import lock_finding, moved_on
from tirage.payments.operations.refunding import lock_refundable, start_refund
from tirage.payments.protocol import (
    GatewayRefused,
    GatewayResult,
    GatewayTimeout,
    Listed,
    ListedState,
    Outcome,
)
from tirage.payments.states import (
    MONEY_IN,
    FindingKind,
    FindingState,
    PaymentKind,
    PaymentState,
    Resolution,
)

#: A payment's own number, which our keys are.
_NUMBER = re.compile(r"PAY-[A-Z0-9]{8}")
_ATTACHABLE = (OrderState.PLACED.value, OrderState.SHIPPED.value)


def attach_found(*, finding_reference: str, order_reference: str, actor: Actor, now: datetime) -> Payment:
    """Books a charge, or what is set aside, that was found at the gateway on an order; its payment.

    It gets the number that it had, where that is free. The gateway is asked first what it holds now. Locks the finding,
    then the order. Talks to the gateway; no transaction may be open. Records ``finding.closed`` and what a settled
    payment records. Raises DomainError ``not_found``, ``order_unknown``, ``other_currency``, ``gateway_silent``,
    Conflict ``finding_moved_on``.
    """
    refuse_open_transaction()
    finding = Finding.objects.filter(reference=finding_reference).first()
    if finding is None:
        raise DomainError("not_found", "There is no such finding.")
    if finding.state != FindingState.OPEN or finding.kind != FindingKind.STRAY_CHARGE:
        raise moved_on()
    line = _see_at_gateway(finding)
    with transaction.atomic():
        finding = lock_finding(finding_reference)
        if finding.state != FindingState.OPEN or finding.kind != FindingKind.STRAY_CHARGE:
            raise moved_on()
        order = _attachable(order_reference, finding)
        payment = _book_on(order, finding, line.amount, actor, now)
        text = f"attached it to {order.reference} as {payment.reference}"
        close_finding(finding, Resolution.ATTACHED, text, actor, now, payment=payment)
    return payment


def _see_at_gateway(finding: Finding) -> Listed:
    """It still holds what was found, and takes its name from us from now on."""
    gateway = gateway_for(finding.gateway)
    try:
        line = gateway.look_up(gateway_reference=finding.gateway_reference)
        if line is None or line.state != finding.their_state or held(line).minor != finding.theirs_minor:
            raise moved_on()
        gateway.adopt(gateway_reference=finding.gateway_reference)
        return line
    except GatewayTimeout:
        words = "The gateway doesn't answer just now. Nothing was changed; try again in a moment."
        raise DomainError("gateway_silent", words) from None
    except GatewayRefused:
        raise moved_on() from None


def _attachable(reference: str, finding: Finding) -> Order:
    order = lock_row(Order.objects.filter(reference=reference.strip().upper()))
    if order is None or order.state not in _ATTACHABLE:
        words = "There is no placed or shipped order of this number."
        raise DomainError("order_unknown", words, {"order": words})
    if order.currency != finding.currency:
        words = f"This order is in {order.currency}, the charge in {finding.currency}: it can't belong to it."
        raise DomainError("other_currency", words, {"order": words})
    return order


def _book_on(order: Order, finding: Finding, amount: Money, actor: Actor, now: datetime) -> Payment:
    """All that the gateway took, or set aside, as a payment that settles in this moment. What of it went back before is
    a finding of its own from the next comparison on."""
    is_held = finding.their_state == ListedState.SET_ASIDE
    card = PaymentMethod.objects.filter(
        customer_id=order.customer_id, gateway=finding.gateway, token=finding.token
    ).first()
    payment_id, _ = statements.insert_payment(
        order_id=order.pk,
        payment_method_id=card.pk if card else None,
        parent_id=None,
        gateway=finding.gateway,
        kind=(PaymentKind.AUTHORISE if is_held else PaymentKind.CHARGE).value,
        amount_minor=amount.minor,
        currency=amount.currency,
        actor_label=actor.label,
        note=f"Found at the gateway: {finding.reference}",
        now=now,
    )
    _keep_number(payment_id, finding)
    text = f"attached a charge that was found at the gateway ({finding.gateway_reference})"
    record_payment_event(EventName.PAYMENT_STARTED, order.pk, text, payment_id, actor, now)
    ends_at = finding.happened_at + AUTHORISATION_LIFE
    answer = GatewayResult(Outcome.SETTLED, finding.gateway_reference, expires_at=ends_at)
    settle_as(payment_id, PaymentState.SETTLED, answer, actor, now)
    return Payment.objects.get(pk=payment_id)


def _keep_number(payment_id: int, finding: Finding) -> None:
    number = finding.idempotency_key
    if _NUMBER.fullmatch(number) and not Payment.objects.filter(reference=number).exists():
        Payment.objects.filter(pk=payment_id).update(reference=number, idempotency_key=number)


def book_found_refund(
    *, finding_reference: str, still_owed: bool, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Books money that was given back in the gateway's own pages; the refund's payment.

    ``still_owed``: the order goes on owing it; else it owes less by what wasn't overpaid. Locks the finding, the
    payment, then the order. Records ``finding.closed`` and what a refund records.
    Raises DomainError ``reason_missing``, Conflict ``finding_moved_on``, and what a refund raises.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say why it went back.", {"reason": "Write a few words."})
    with transaction.atomic():
        finding = lock_finding(finding_reference)
        if finding.state != FindingState.OPEN or finding.kind != FindingKind.STRAY_REFUND:
            raise moved_on()
        parent = lock_refundable(paid_by(finding), now)
        refund = start_refund(
            parent,
            finding.theirs_minor,
            gateway=parent.gateway,
            lowers_owed=not still_owed,
            reason=reason.strip(),
            actor=actor,
            now=now,
        )
        answer = GatewayResult(Outcome.SETTLED, finding.gateway_reference)
        settle_as(refund.pk, PaymentState.SETTLED, answer, actor, now)
        text = f"booked it as {refund.reference} ({reason.strip()})"
        more = {"payment": refund, "reason": fitting(reason, 300, "reason")}
        close_finding(finding, Resolution.BOOKED, text, actor, now, **more)
    return Payment.objects.get(pk=refund.pk)


def paid_by(finding: Finding) -> QuerySet[Payment]:
    """The one payment whose money a found refund gave back."""
    rows = Payment.objects.filter(
        gateway=finding.gateway,
        gateway_reference=finding.charge_reference,
        kind__in=MONEY_IN,
        state=PaymentState.SETTLED.value,
    )
    return rows.filter(pk__in=list(rows.order_by("id").values_list("pk", flat=True)[:1]))


def can_book_arrival(finding: Finding) -> bool:
    """Whether a payment that was given up has come after all, as much as was asked for."""
    payment = finding.payment
    return (
        finding.state == FindingState.OPEN
        and finding.kind == FindingKind.DIFFERS
        and payment is not None
        and payment.state == PaymentState.VOIDED
        and payment.kind != PaymentKind.REFUND
        and payment.currency == finding.currency
        and payment.amount_minor == finding.theirs_minor
    )


def book_arrival(*, finding_reference: str, actor: Actor, now: datetime) -> Payment:
    """Settles a payment that was given up and came after all; what isn't owed goes back by itself.

    Locks the finding, the payment, the order. Records ``finding.closed`` and what a settled payment records.
    Raises Conflict ``finding_moved_on``.
    """
    with transaction.atomic():
        finding = lock_finding(finding_reference)
        if not can_book_arrival(finding) or finding.payment is None:
            raise moved_on()
        answer = GatewayResult(Outcome.SETTLED, finding.gateway_reference)
        if not settle_as(finding.payment.pk, PaymentState.SETTLED, answer, actor, now):
            raise moved_on()
        text = f"booked {Money(finding.theirs_minor, finding.currency)} as {finding.payment.reference}"
        close_finding(finding, Resolution.BOOKED, text, actor, now)
    return Payment.objects.get(pk=finding.payment.pk)


def look_into(*, finding_reference: str, reason: str, actor: Actor, now: datetime) -> Finding:
    """Writes down that a person has looked into a finding; it comes up again only when something of it is another.

    Locks the finding. Records ``finding.closed``. Raises DomainError ``reason_missing``, Conflict ``finding_moved_on``.
    """
    if not reason.strip():
        raise DomainError("reason_missing", "Say what you found.", {"reason": "Write a few words."})
    with transaction.atomic():
        finding = lock_finding(finding_reference)
        if finding.state != FindingState.OPEN:
            raise moved_on()
        text = f"looked into it: {reason.strip()}"
        close_finding(
            finding, Resolution.LOOKED_INTO, text, actor, now, reason=fitting(reason, 300, "reason")
        )
    return Finding.objects.get(pk=finding.pk)
