"""Cancelling a whole order: bottles and money shown and chosen separately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tirage.changes.models import ChangeDraft
from tirage.changes.operations.outcomes import give_up_at_bank
from tirage.changes.operations.steps import (
    lock_order,
    refuse_moving_money,
    refuse_new_money,
    refuse_while_paying,
)
from tirage.changes.states import DraftState, RefundTo
from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.orders import operations as orders
from tirage.orders.models import CancelReason, Order
from tirage.orders.queries import LineView, order_lines
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import (
    lock_payments_of,
    release_authorisations,
    send_refunds,
    start_refunds,
)
from tirage.payments.queries import authorised_minor, giving_back

_WHY_NOT = {
    OrderState.PENDING: "This order is being paid right now. It can be cancelled once it is placed.",
    OrderState.SHIPPED: "This order has left for its customer. Give money back for its wines instead.",
    OrderState.CANCELLED: "This order is cancelled already.",
    OrderState.ABANDONED: "This order was never placed.",
}
_PAYING = "A change of this order is being paid right now. Wait a moment, then look again."


@dataclass(frozen=True, slots=True)
class CancelQuote:
    """What cancelling would do: bottles that could come back, money that could go back and where from.

    ``refused`` says in words why it can't be done now; empty when it can.
    """

    lines: tuple[LineView, ...]
    pieces: int
    #: Payments with what would go back of each, newest first.
    payments: tuple[tuple[Payment, Money], ...]
    to_give_back: Money
    #: Set aside at the bank and never taken: it is let go.
    authorised: Money
    refused: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    order: Order
    refunds: tuple[Payment, ...]


def quote_cancel(order: Order, now: datetime) -> CancelQuote:
    """What cancelling the order would do now; four statements."""
    lines = tuple(order_lines(order))
    back = giving_back(order.pk, Money(order.paid_minor, order.currency))
    return CancelQuote(
        lines=lines,
        pieces=sum(line.quantity for line in lines),
        payments=tuple((one.payment, one.amount) for one in back),
        to_give_back=Money(sum(one.amount.minor for one in back), order.currency),
        authorised=Money(authorised_minor(order.pk, now), order.currency),
        refused=_refused(order),
    )


def _refused(order: Order) -> str:
    paying = ChangeDraft.objects.filter(order=order, state=DraftState.PAYING.value)
    return _WHY_NOT.get(OrderState(order.state), "") or (_PAYING if paying.exists() else "")


def cancel_order(
    *,
    order_reference: str,
    restock: bool,
    refund_to: RefundTo | None,
    reason: str,
    words: str = "",
    mail: bool = False,
    actor: Actor,
    now: datetime,
) -> Cancelled:
    """Cancels a placed order: its bottles, its money, its drafts and pay links. Talks to the gateway.

    ``restock`` off writes the bottles off; ``refund_to`` None keeps the money for now, as a balance to be given back.
    ``reason`` is one of the winery's, ``words`` add to it. What is only set aside at the bank is let go either way, and
    a payment that waits there for the customer is given up; should its money come all the same, it goes back by itself.
    With ``mail`` the customer is told. Locks payments, order, drafts, stock, customer; no transaction may be open.
    Records ``order.cancelled``, reacts with it. Raises DomainError ``not_found``, ``reason_missing``,
    Conflict ``not_cancellable``, ``paying``, ``money_moving``; then nothing has changed.
    """
    if not CancelReason.objects.filter(name=reason).exists():
        raise DomainError("reason_missing", "Say why the order is cancelled.", {"reason": "Choose a reason."})
    said = f"{reason}: {words.strip()}" if words.strip() else reason
    with transaction.atomic():
        payments = lock_payments_of(_id_of(order_reference))
        order = lock_order(order_reference)
        refuse_while_paying(order.pk)
        refuse_moving_money(order.pk)
        refuse_new_money(order.pk, payments)
        cancelled = orders.cancel_order(
            order_reference=order_reference, restock=restock, reason=said, actor=actor, now=now
        )
        refunds = _start_refunds(cancelled, payments, refund_to, said, actor, now) if refund_to else []
        react(
            "order.cancelled",
            order_id=order.pk,
            customer_id=order.customer_id,
            reason=said,
            mail=mail,
            now=now,
        )
    send_refunds(refunds, actor, now)
    give_up_at_bank(order.pk, "The order was cancelled.", actor, now)
    release_authorisations(order_id=order.pk, reason="the order was cancelled", actor=actor, now=now)
    cancelled.refresh_from_db()
    return Cancelled(cancelled, tuple(refunds))


def _id_of(order_reference: str) -> int:
    return Order.objects.values_list("pk", flat=True).filter(reference=order_reference).first() or 0


def _start_refunds(
    order: Order, payments: list[Payment], refund_to: RefundTo, reason: str, actor: Actor, now: datetime
) -> list[Payment]:
    return start_refunds(
        payments,
        order.paid_minor,
        to_credit=refund_to is RefundTo.CREDIT,
        reason=reason,
        actor=actor,
        now=now,
    )
