"""Taking what was set aside when an order ships, and letting go of what isn't needed any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.orders.operations import flag_order
from tirage.orders.states import TEST_AT, OrderState
from tirage.payments import statements
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations.authorising import end_authorisation
from tirage.payments.operations.charging import refuse_open_transaction, settle_result
from tirage.payments.operations.rests import settle_rest
from tirage.payments.operations.turns import next_in_turn
from tirage.payments.protocol import GatewayRefused, GatewayResult, GatewayTimeout, Outcome
from tirage.payments.queries import live_authorisations, money_missing
from tirage.payments.states import OPEN, PaymentKind, PaymentState

_OPEN = [state.value for state in OPEN]
#: Captures that have taken an authorisation, or may have.
_TAKING = [*_OPEN, PaymentState.SETTLED.value]
#: Orders whose money may still be taken.
_CAPTURABLE = (OrderState.PLACED, OrderState.SHIPPED)
#: Orders that have ended one way or another: nothing stays set aside for them.
_ENDS = (OrderState.ABANDONED, OrderState.CANCELLED, OrderState.SHIPPED)
_OVER = [state.value for end in _ENDS for state in (end, TEST_AT[end])]
#: Authorisations that one run lets go of.
MOST_STRAY = 100


@dataclass(frozen=True, slots=True)
class Captured:
    """What taking an order's money came to, in minor units.

    ``missing_minor`` is owed and set aside nowhere; ``is_open`` says that the bank hasn't answered about some of it;
    ``message`` is what it said to a refusal.
    """

    taken_minor: int
    missing_minor: int
    is_open: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Started:
    id: int
    reference: str
    authorisation_id: int
    gateway: str
    gateway_reference: str
    amount: Money


def capture_order(*, order_reference: str, actor: Actor, now: datetime) -> Captured:
    """Takes what an order owes from what is set aside for it, the newest first, and lets the rest go.

    Each capture is stored, then asked for, then settled; one without an answer is left to the reconciler and nothing
    more is asked for. What another request is taking at this moment is not taken again. Talks to the gateway: no
    transaction may be open. Locks authorisations, then the order, while deciding and not while asking.
    Raises DomainError ``not_found``.
    """
    refuse_open_transaction()
    order_id = Order.objects.filter(reference=order_reference).values_list("pk", flat=True).first()
    if order_id is None:
        raise DomainError("not_found", "There is no such order.")
    tried: set[int] = set()
    taken, message = 0, ""
    while (started := _start_capture(order_id, tried, actor, now)) is not None:
        tried.add(started.authorisation_id)
        result = _send_capture(started)
        settled = settle_result(payment_id=started.id, result=result, actor=actor, now=now)
        if result is None:
            break
        if settled and result.outcome is Outcome.SETTLED:
            taken += started.amount.minor
        else:
            message = result.message or message
    return _captured(order_id, taken, message, actor, now)


def _captured(order_id: int, taken: int, message: str, actor: Actor, now: datetime) -> Captured:
    order = Order.objects.get(pk=order_id)
    is_open = _open_captures(order_id).exists()
    if order.balance_minor <= 0 and not is_open:
        release_authorisations(order_id=order_id, reason="not needed", actor=actor, now=now)
    return Captured(taken, money_missing(order, now), is_open, message)


def _open_captures(order_id: int) -> QuerySet[Payment]:
    return Payment.objects.filter(order_id=order_id, kind=PaymentKind.CAPTURE.value, state__in=_OPEN)


def _start_capture(order_id: int, tried: set[int], actor: Actor, now: datetime) -> _Started | None:
    """Stores a capture from the newest authorisation not yet tried; None when nothing is owed or left."""
    with transaction.atomic():
        held = lock_rows(live_authorisations(now).filter(order_id=order_id))
        order = lock_row(Order.objects.filter(pk=order_id))
        if order is None or order.step not in _CAPTURABLE:
            return None
        under_way = dict(_open_captures(order_id).values_list("parent_id", "amount_minor"))
        due = order.balance_minor - sum(under_way.values())
        chosen = next((one for one in reversed(held) if one.pk not in tried | under_way.keys()), None)
        if due <= 0 or chosen is None:
            return None
        if settle_rest(order=order, due_minor=due, actor=actor, now=now):
            return None
        return _store_capture(chosen, min(due, chosen.amount_minor), actor, now)


def _store_capture(held: Payment, amount_minor: int, actor: Actor, now: datetime) -> _Started:
    payment_id, reference = statements.insert_payment(
        order_id=held.order_id,
        payment_method_id=held.payment_method_id,
        parent_id=held.pk,
        gateway=held.gateway,
        kind=PaymentKind.CAPTURE.value,
        amount_minor=amount_minor,
        currency=held.currency,
        actor_label=actor.label,
        now=now,
    )
    amount = Money(amount_minor, held.currency)
    return _Started(payment_id, reference, held.pk, held.gateway, held.gateway_reference, amount)


def _send_capture(started: _Started) -> GatewayResult | None:
    """Asks the gateway; None when it didn't say."""
    try:
        return gateway_for(started.gateway).capture(
            gateway_reference=started.gateway_reference,
            amount=started.amount,
            idempotency_key=started.reference,
        )
    except GatewayTimeout:
        return None
    except GatewayRefused:
        words = "The bank doesn't know of this amount any more. Ask for the money another way."
        return GatewayResult(Outcome.DECLINED, "", "refused", words)


def release_authorisations(*, order_id: int, reason: str, actor: Actor, now: datetime) -> int:
    """Lets everything go that is still set aside for an order, but for what is being taken; how many.

    Talks to the gateway: no transaction may be open. What it doesn't answer is asked again by the reconciler once the
    order has ended.
    """
    held = Payment.objects.filter(
        order_id=order_id,
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        released_at__isnull=True,
    )
    return sum(release_authorisation(payment=one, reason=reason, actor=actor, now=now) for one in held)


def release_authorisation(*, payment: Payment, reason: str, actor: Actor, now: datetime) -> bool:
    """Lets one authorisation go, at the gateway first, then here; False when it is being taken or without an answer.

    Asking twice is harmless. Should the bank say that it was taken, though we know of no capture, the order is
    flagged. Locks the authorisation, then the order. Records ``authorisation.released``.
    """
    refuse_open_transaction()
    if _is_being_taken(payment):
        return False
    try:
        answer = gateway_for(payment.gateway).void(
            gateway_reference=payment.gateway_reference, idempotency_key=f"{payment.idempotency_key}-void"
        )
    except GatewayTimeout:
        return False
    except GatewayRefused:
        answer = GatewayResult(Outcome.SETTLED)
    if answer.outcome is not Outcome.SETTLED and _is_being_taken(payment):
        return False
    with transaction.atomic():
        return _note_released(payment, answer, reason, actor, now)


def _is_being_taken(payment: Payment) -> bool:
    return payment.children.filter(kind=PaymentKind.CAPTURE.value, state__in=_TAKING).exists()


def _note_released(payment: Payment, answer: GatewayResult, reason: str, actor: Actor, now: datetime) -> bool:
    if not end_authorisation(payment.pk, now):
        return False
    amount = Money(payment.amount_minor, payment.currency)
    if answer.outcome is not Outcome.SETTLED:
        words = f"The bank says that the {amount} set aside were taken, and we know of no such payment."
        flag_order(order_id=payment.order_id, words=words, actor=actor, now=now)
        return True
    record_event(
        EventName.AUTHORISATION_RELEASED,
        "order",
        payment.order_id,
        text=f"let go of the {amount} set aside ({reason})",
        data={"payment_id": payment.pk},
        actor=actor,
        now=now,
    )
    return True


def release_stray_authorisations(*, now: datetime) -> int:
    """Lets go of what is set aside for orders that have ended, and of what a renewal has replaced; how many."""
    renewed = Payment.objects.filter(
        parent_id=OuterRef("pk"), kind=PaymentKind.AUTHORISE.value, state=PaymentState.SETTLED.value
    )
    stray = Payment.objects.filter(
        Q(order__state__in=_OVER) | Exists(renewed),
        kind=PaymentKind.AUTHORISE.value,
        state=PaymentState.SETTLED.value,
        released_at__isnull=True,
    )
    released, actor = 0, system("Payment check")
    for payment in next_in_turn(stray, MOST_STRAY, now):
        reason = (
            "renewed" if payment.children.filter(kind=PaymentKind.AUTHORISE.value).exists() else "not needed"
        )
        released += release_authorisation(payment=payment, reason=reason, actor=actor, now=now)
    return released
