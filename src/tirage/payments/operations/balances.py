"""Charging what an order still owes, whoever asks for it: a customer by a pay link, staff, or the retry plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.customers.ages import refuse_under_age
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.gateways import gateway_key
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations.authorising import charge_kind
from tirage.payments.operations.charging import (
    StartedPayment,
    send_charge,
    settle_result,
    start_charge,
)
from tirage.payments.operations.renewing import RENEW_BEFORE
from tirage.payments.operations.rests import settle_rest
from tirage.payments.protocol import GatewayResult
from tirage.payments.queries import money_missing
from tirage.payments.states import OPEN, TAKING, PaymentKind, PaymentState

_OWING = (OrderState.PLACED.value, OrderState.SHIPPED.value)

#: What has become of an attempt, for pages: a settled one was paid, a let go one is as good as declined.
STATUS = {
    PaymentState.PENDING: "unknown",
    PaymentState.UNKNOWN: "unknown",
    PaymentState.NEEDS_CUSTOMER: "needs_customer",
    PaymentState.SETTLED: "paid",
    PaymentState.DECLINED: "declined",
    PaymentState.VOIDED: "declined",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt went: ``paid``, ``declined``, ``needs_customer`` (follow ``action_url``) or ``unknown``."""

    status: str
    payment_reference: str
    message: str = ""
    action_url: str = ""


def due_minor(order: Order, now: datetime) -> int:
    """What an order owes that no card has promised, in minor units; nothing before it is placed or after its end.

    What is set aside counts unless it ends so soon that it is being renewed.
    """
    return money_missing(order, now + RENEW_BEFORE) if order.state in _OWING else 0


def open_payment(*, order_id: int, purpose: str) -> Payment | None:
    """The attempt whose outcome is still open, if there is one: until it is known nobody may try again."""
    states = [state.value for state in OPEN]
    found = Payment.objects.filter(
        order_id=order_id, purpose=purpose, state__in=states, kind__in=TAKING
    ).order_by("-id")
    return found.first()


def charge_balance(
    *,
    order_id: int,
    card_reference: str,
    most_minor: int | None = None,
    expected_minor: int | None = None,
    return_url: str,
    actor: Actor,
    now: datetime,
) -> Attempt:
    """Charges one of the customer's cards (or sets aside, where the winery does) what the order owes, in three steps.

    At most ``most_minor``; ``expected_minor`` is what the person saw, anything else is refused. Never while an
    earlier attempt is open. Locks the order while deciding and not while asking.
    What is less than a card can be charged is settled otherwise (``settle_rest``) and told as Conflict ``too_small``.
    Raises Conflict ``nothing_due``, ``already_paying``, ``amount_changed`` and DomainError ``card_missing``, and
    ``too_young`` for wine that hasn't left yet.
    """
    refuse_too_small(order_id=order_id, actor=actor, now=now)
    with transaction.atomic():
        started = _start(order_id, card_reference, most_minor, expected_minor, actor, now)
    result = send_charge(started, return_url=return_url)
    settle_result(payment_id=started.id, result=result, actor=actor, now=now)
    return attempt_of(Payment.objects.get(pk=started.id), result)


def refuse_too_small(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Settles what an order owes where no card can be charged it. Locks the order. Raises Conflict ``too_small``."""
    with transaction.atomic():
        order = lock_row(Order.objects.filter(pk=order_id))
        is_free = order is not None and not open_payment(order_id=order_id, purpose="")
        said = ""
        if order is not None and is_free and not _moving_for_a_change(order_id):
            said = settle_rest(order=order, due_minor=due_minor(order, now), actor=actor, now=now)
    if said:
        raise Conflict("too_small", said)


def _start(
    order_id: int, card_reference: str, most: int | None, expected: int | None, actor: Actor, now: datetime
) -> StartedPayment:
    order = lock_row(Order.objects.filter(pk=order_id))
    due = due_minor(order, now) if order else 0
    if order is None or due <= 0:
        raise Conflict("nothing_due", "This is paid already, or not owed any more.")
    if open_payment(order_id=order_id, purpose="") or _moving_for_a_change(order_id):
        raise already_paying()
    amount = due if most is None else min(due, most)
    if expected is not None and amount != expected:
        raise Conflict("amount_changed", "The amount has changed since you saw it. Look at it again first.")
    if order.state == OrderState.PLACED:
        refuse_under_age(order.customer.birth_date, now, country=order.country, state=order.ship_state)
    card = usable_card(order.customer_id, card_reference)
    return start_charge(
        order_id=order_id,
        payment_method_id=card.pk,
        token=card.token,
        gateway=card.gateway,
        amount=Money(amount, order.currency),
        description=order.reference,
        kind=charge_kind() if order.state == OrderState.PLACED else PaymentKind.CHARGE,
        actor=actor,
        now=now,
    )


def _moving_for_a_change(order_id: int) -> bool:
    """Whether money for a change is on its way: with it the balance would be another a moment later."""
    states = [PaymentState.PENDING.value, PaymentState.UNKNOWN.value]
    return Payment.objects.filter(order_id=order_id, state__in=states, kind__in=TAKING).exists()


def already_paying() -> Conflict:
    return Conflict(
        "already_paying", "A payment is under way already. Nobody is charged twice: wait for its outcome."
    )


def usable_card(customer_id: int, card_reference: str, *, test: bool = False) -> PaymentMethod:
    """One of the customer's cards that can be charged by the gateway in use, of test orders by theirs; DomainError
    ``card_missing``."""
    found = PaymentMethod.objects.filter(
        customer_id=customer_id,
        reference=card_reference,
        removed_at__isnull=True,
        gateway=gateway_key(test=test),
    ).first()
    if found is None:
        raise DomainError(
            "card_missing", "This card is no longer saved. Choose another.", {"card": "Choose a card."}
        )
    return found


def attempt_of(payment: Payment, result: GatewayResult | None = None) -> Attempt:
    """A payment as it stands now; the address of the bank's page comes from the gateway's own answer."""
    return Attempt(
        STATUS[PaymentState(payment.state)],
        payment.reference,
        payment.message,
        result.action_url if result else "",
    )
