"""What the team knows from the bank itself about a payment whose gateway gives no answer any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.money import Money
from tirage.payments.models import Payment
from tirage.payments.operations.charging import record_payment_event, settle_as
from tirage.payments.operations.reconciling import reconcile_payment
from tirage.payments.protocol import GatewayResult, Outcome
from tirage.payments.rules import SAID_UNSEEN
from tirage.payments.states import AT_ONCE, OPEN, TAKING, PaymentKind, PaymentState

_ARRIVED = GatewayResult(Outcome.SETTLED)
_UNSEEN = GatewayResult(Outcome.DECLINED, "", SAID_UNSEEN, "The payment never reached the bank.")
#: How long a gateway has before a person may answer for it: what was on its way has arrived by then, or never will.
SILENCE = timedelta(days=1)


def may_be_said(payment: Payment, now: datetime) -> bool:
    """Whether a person may say what became of a payment: money was to come, and nobody has answered for a day."""
    is_open = payment.state in OPEN and payment.kind in TAKING and payment.gateway not in AT_ONCE
    return is_open and now - payment.made_at >= SILENCE


def say_outcome(
    *, payment_reference: str, arrived: bool, reason: str, actor: Actor, now: datetime
) -> Payment:
    """Settles an open payment by what the team has found at the bank: the money ``arrived``, or it never will.

    The gateway is asked once more before; its own answer counts. What never arrived ends as given up, and nothing is
    charged for it by itself; it is looked for at the gateway for a month, and money that shows up there after all
    is booked and goes back where it isn't owed, so nobody pays twice. Talks to the gateway; no transaction may be open.
    Records ``payment.answered`` and what its outcome records. Raises DomainError ``not_found``, ``reason_missing``,
    ``too_early``, ``only_set_aside`` and Conflict ``answered``.
    """
    payment = Payment.objects.filter(reference=payment_reference).first()
    if payment is None:
        raise DomainError("not_found", "There is no such payment.")
    if not reason.strip():
        raise DomainError("reason_missing", "Say how you know.", {"reason": "Write a few words."})
    if payment.state not in OPEN:
        raise _answered()
    if not may_be_said(payment, now):
        raise DomainError("too_early", "The bank may still answer by itself. Wait until a day has passed.")
    if arrived and payment.kind == PaymentKind.AUTHORISE:
        words = "What is only set aside can't be taken while the bank is silent. Say that it never arrived."
        raise DomainError("only_set_aside", words, {"arrived": words})
    if reconcile_payment(payment=payment, actor=actor, now=now) not in OPEN:
        raise _answered()
    to = PaymentState.SETTLED if arrived else PaymentState.VOIDED
    with transaction.atomic():
        if not settle_as(payment.pk, to, _ARRIVED if arrived else _UNSEEN, actor, now):
            raise _answered()
        _record(payment, arrived, reason.strip(), actor, now)
    payment.refresh_from_db()
    return payment


def _answered() -> Conflict:
    return Conflict("answered", "The bank, or a colleague, has answered in the meantime. Look at it again.")


def _record(payment: Payment, arrived: bool, reason: str, actor: Actor, now: datetime) -> None:
    """The reason is for the team: what customers read says nothing of it."""
    amount = Money(payment.amount_minor, payment.currency)
    found = "arrived" if arrived else "never arrived"
    text = f"answered for the bank, which was silent: {amount} {found} ({reason})"
    record_payment_event(EventName.PAYMENT_ANSWERED, payment.order_id, text, payment.pk, actor, now)
