"""What becomes of an agreed change once the bank is asked: steps two and three, returns and second looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.steps import NEEDS_CUSTOMER
from tirage.changes.states import DraftState
from tirage.core.actors import Actor, system
from tirage.core.errors import DomainError
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations import (
    StartedPayment,
    reconcile_payment,
    release_authorisation,
    send_charge,
    send_refunds,
    settle_result,
    void_payment,
)
from tirage.payments.protocol import GatewayResult, GatewayTimeout
from tirage.payments.states import OPEN, TAKING, PaymentKind, PaymentState


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How a confirmation went: ``applied``, ``declined``, ``needs_customer`` (follow ``action_url``), ``unknown``
    or ``link`` (waits for the customer at ``link_reference``)."""

    status: str
    draft_reference: str
    order_reference: str
    payment_reference: str = ""
    message: str = ""
    action_url: str = ""
    link_reference: str = ""


@dataclass(slots=True)
class Agreed:
    """What step one has stored, for the steps outside of its transaction."""

    draft: ChangeDraft
    payment: StartedPayment | None = None
    refunds: Sequence[Payment] = field(default_factory=list)
    link_reference: str = ""


def finish(agreed: Agreed, return_url: str, actor: Actor, now: datetime) -> Confirmed:
    """Steps two and three: whoever has to be asked is asked with no transaction open, and the answer settled."""
    draft, order = agreed.draft, agreed.draft.order
    send_refunds(agreed.refunds, actor, now)
    if agreed.payment is None:
        status = "link" if agreed.link_reference else "applied"
        return Confirmed(status, draft.reference, order.reference, link_reference=agreed.link_reference)
    url = return_url or f"{settings.SITE_URL}/orders/change/return/{agreed.payment.reference}/"
    result = send_charge(agreed.payment, return_url=url)
    settle_result(payment_id=agreed.payment.id, result=result, actor=actor, now=now)
    return _present(agreed.payment.id, result, actor, now)


def _present(payment_id: int, result: GatewayResult | None, actor: Actor, now: datetime) -> Confirmed:
    """What has become of a payment and its draft; money that came for nothing is sent back at once."""
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    draft = ChangeDraft.objects.get(reference=payment.purpose)
    stray = payment.children.filter(kind=PaymentKind.REFUND.value, state=PaymentState.PENDING.value)
    if draft.state != DraftState.APPLIED:
        send_refunds(list(stray.select_related("parent")), actor, now)
    status, message = _status(payment, draft)
    action_url = _action_url(payment, result) if status == NEEDS_CUSTOMER else ""
    return Confirmed(status, draft.reference, payment.order.reference, payment.reference, message, action_url)


def _status(payment: Payment, draft: ChangeDraft) -> tuple[str, str]:
    state = PaymentState(payment.state)
    if draft.state == DraftState.APPLIED and state is PaymentState.SETTLED:
        return "applied", ""
    if state is PaymentState.NEEDS_CUSTOMER:
        return NEEDS_CUSTOMER, "Your bank wants you to confirm the payment."
    if state in OPEN:
        return "unknown", "The bank has not answered yet. The bottles stay held while we find out."
    return "declined", draft.waiting_for or payment.message


def _action_url(payment: Payment, result: GatewayResult | None) -> str:
    if result and result.action_url:
        return result.action_url
    try:
        return gateway_for(payment.gateway).fetch(gateway_reference=payment.gateway_reference).action_url
    except GatewayTimeout:
        return ""


def finish_change_payment(*, payment_reference: str, actor: Actor, now: datetime) -> Confirmed:
    """Back from the bank's page, or looking again at an unknown outcome: asks the gateway and settles.

    Raises DomainError ``not_found`` for a payment that isn't a change's, or not the customer's.
    """
    payment = _payment_of(payment_reference, actor)
    if payment.state in {state.value for state in OPEN}:
        reconcile_payment(payment=payment, actor=actor, now=now)
    return _present(payment.pk, None, actor, now)


def give_up_change_payment(*, payment_reference: str, actor: Actor, now: datetime) -> Confirmed:
    """Leaves the bank's page for another card: the attempt is voided, the draft waits. Raises ``not_found``."""
    payment = _payment_of(payment_reference, actor)
    void_payment(payment_id=payment.pk, reason="Given up by the customer.", actor=actor, now=now)
    return _present(payment.pk, None, actor, now)


def give_up_at_bank(order_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Gives up what of an order waits for its customer at the bank. No transaction may be open."""
    waiting = Payment.objects.filter(
        order_id=order_id, state=PaymentState.NEEDS_CUSTOMER.value, kind__in=TAKING
    )
    for payment_id in waiting.order_by("pk").values_list("pk", flat=True):
        void_payment(payment_id=payment_id, reason=reason, actor=actor, now=now)


def let_stray_authorisations_go(*, now: datetime) -> int:
    """Lets go of what was set aside for a change that was not made, or a second time for one that was; how many.

    Scheduled. Talks to the gateway. Money that was really taken goes back in the transaction that books it.
    """
    drafts = ChangeDraft.objects.filter(reference=OuterRef("purpose"))
    made = drafts.filter(state=DraftState.APPLIED.value, closed_at__gte=OuterRef("settled_at"))
    stray = Payment.objects.filter(
        Exists(drafts),
        ~Exists(made),
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        parent__isnull=True,
        released_at__isnull=True,
    )
    actor = system("Payment check")
    return sum(
        release_authorisation(payment=payment, reason="the change was not made", actor=actor, now=now)
        for payment in stray.order_by("pk")[:100]
    )


def _payment_of(payment_reference: str, actor: Actor) -> Payment:
    found = Payment.objects.filter(reference=payment_reference).exclude(purpose="")
    if actor.is_customer:
        found = found.filter(order__customer_id=actor.id or 0)
    payment = found.first()
    if payment is None or not ChangeDraft.objects.filter(reference=payment.purpose).exists():
        raise DomainError("not_found", "There is no such payment.")
    return payment
