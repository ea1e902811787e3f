"""Cancelling a whole order: bottles and money shown and chosen separately by staff; customers get all of it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from tirage.changes.fees import fee_of_all, leaving
from tirage.changes.models import ChangeDraft
from tirage.changes.operations.outcomes import give_up_at_bank
from tirage.changes.operations.steps import (
    lock_order,
    refuse_by_hand,
    refuse_moving_money,
    refuse_new_money,
    refuse_own_cancel,
    refuse_while_paying,
)
from tirage.changes.states import DraftState, RefundTo
from tirage.core.actors import Actor
from tirage.core.errors import Conflict, DomainError
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.texts import fitting
from tirage.orders import operations as orders
from tirage.orders.models import CancelReason, Order
from tirage.orders.packed import RECALL_FIRST
from tirage.orders.queries import LineView, order_lines
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import (
    lock_payments_of,
    release_authorisations,
    send_refunds,
    start_refunds,
)
from tirage.payments.queries import GivingBack, authorised_minor, giving_back

_WHY_NOT: dict[OrderState, Any] = {
    OrderState.DRAFT: "This order isn’t placed yet. Let it go on the page where it is put together.",
    OrderState.PENDING: gettext_lazy(
        "This order is being paid right now. It can be canceled once it is placed."
    ),
    OrderState.SHIPPED: "This order has left for its customer. Refund its wines instead.",
    OrderState.CANCELLED: gettext_lazy("This order is canceled already."),
    OrderState.ABANDONED: "This order was never placed.",
    OrderState.BOOKED: "This is a fee, without bottles. Refund its payment instead.",
}
#: The reason that is kept where customers cancel. The winery's own reasons are for staff and may be renamed.
BY_CUSTOMER = gettext_lazy("Canceled by the customer")
#: The same reason in the mail to that customer.
BY_YOU = gettext_lazy("Canceled by you")
#: Of what the program cancels nobody is asked a fee: the customer didn't want it.
_NOT_ASKED = "not the customer's wish"
_PAYING = "A change of this order is being paid right now. Wait a moment, then look again."


@dataclass(frozen=True, slots=True)
class CancelQuote:
    """What cancelling would do: bottles that could come back, money that could go back and where from.

    ``refused`` says in words why it can't be done now; empty when it can.
    """

    #: The number of the order's newest change: what a form that was seen is of.
    number: int
    lines: tuple[LineView, ...]
    pieces: int
    #: Payments with what would go back of each, newest first.
    payments: tuple[tuple[Payment, Money], ...]
    to_give_back: Money
    #: What is kept of what was paid, by the terms of the order.
    fee: Money
    #: Whether those terms give the rest back as store credit only.
    credit_only: bool
    #: Set aside at the bank and never taken: it is let go.
    authorised: Money
    refused: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    order: Order
    refunds: tuple[Payment, ...]


def quote_cancel(order: Order, now: datetime, *, waived: bool = False) -> CancelQuote:
    """What cancelling the order would do now; five statements, six where its terms have a fee.

    With ``waived`` its terms are set aside: all goes back, to where it came from.
    """
    lines = tuple(order_lines(order))
    fee = fee_of_all(order, now, waived=waived)
    back = _all_back(order, fee)
    return CancelQuote(
        number=order.changes.count(),
        lines=lines,
        pieces=sum(line.quantity for line in lines),
        payments=tuple((one.payment, one.amount) for one in back),
        to_give_back=Money(sum(one.amount.minor for one in back), order.currency),
        fee=Money(fee, order.currency),
        credit_only=not waived and leaving(order, now).to_credit,
        authorised=Money(authorised_minor(order.pk, now), order.currency),
        refused=_refused(order),
    )


def _refused(order: Order) -> str:
    if order.packed_in:
        return RECALL_FIRST
    paying = ChangeDraft.objects.filter(order=order, state=DraftState.PAYING.value)
    return str(_WHY_NOT.get(order.step, "")) or (_PAYING if paying.exists() else "")


@dataclass(frozen=True, slots=True)
class _Terms:
    """What becomes of bottles and money, and how it is told: kept, in the activity (``text``), in the mail."""

    restock: bool
    refund_to: RefundTo | None
    reason: str
    text: str
    mail_reason: str
    mail: bool
    #: Why the order's own terms are set aside; empty where they count.
    waive: str = ""


def cancel_order(
    *,
    order_reference: str,
    restock: bool,
    refund_to: RefundTo | None,
    reason: str,
    words: str = "",
    mail: bool = False,
    waive: str = "",
    actor: Actor,
    now: datetime,
) -> Cancellation:
    """Cancels a placed order: its bottles, its money, its drafts and pay links. Talks to the gateway.

    ``restock`` off writes the bottles off; ``refund_to`` None keeps the money for now, as a balance to be given back.
    ``reason`` is one of the winery's, ``words`` add to it. What is only set aside at the bank is let go either way, and
    a payment that waits there for the customer is given up; should its money come all the same, it goes back by itself.
    What the order's terms say of a cancellation (a fee of what was paid, the rest as store credit only) counts unless
    ``waive`` says why not. With ``mail`` the customer is told. Locks payments, order, drafts, stock, customer; no
    transaction may be open. Records ``order.cancelled``, reacts with it. Raises DomainError ``not_found``,
    ``reason_missing``, ``credit_only``, Conflict ``not_cancellable``, ``paying``, ``money_moving``; then nothing has
    changed.
    """
    if not CancelReason.objects.filter(name=reason).exists():
        raise DomainError(
            "reason_missing", gettext("Say why the order is canceled."), {"reason": "Choose a reason."}
        )
    said, waive = _with_words(reason, words), fitting(" ".join(waive.split()), 200, "waive")
    text = gettext("canceled the order (%s)") % said + (
        f", without what its terms ask for ({waive})" if waive else ""
    )
    terms = _Terms(restock, refund_to, said, text, said, mail, waive)
    with transaction.atomic():
        payments = lock_payments_of(_id_of(order_reference))
        done = _enter(lock_order(order_reference), payments, terms, actor, now)
    return _finish(done, actor, now)


def cancel_unpaid_order(*, order_reference: str, reason: str, actor: Actor, now: datetime) -> Cancellation:
    """Cancels an order that nobody paid for in time: bottles back, the customer told. As ``cancel_order``.

    What was paid of it all the same goes back to where it came from.
    """
    text = gettext("canceled the order (%s)") % reason
    terms = _Terms(True, RefundTo.ORIGINAL, reason, text, reason, True, waive=_NOT_ASKED)
    with transaction.atomic():
        payments = lock_payments_of(_id_of(order_reference))
        done = _enter(lock_order(order_reference), payments, terms, actor, now)
    return _finish(done, actor, now)


def cancel_own_order(
    *,
    order_reference: str,
    expected_number: int,
    expected_minor: int,
    refund_to: RefundTo,
    words: str = "",
    actor: Actor,
    now: datetime,
) -> Cancellation:
    """Cancels an order for its customer, as it was seen: all bottles come back, all money goes back.

    ``expected_number`` is the order's newest change and ``expected_minor`` what goes back, both as ``quote_cancel``
    gave them. What the order's terms say of a cancellation counts. ``words`` are the customer's own, kept with the
    reason. The customer is told by mail. Does, locks and records what ``cancel_order`` does. Raises DomainError
    ``not_found``, ``switched_off``, ``window_over``, ``suspended``, ``was_gift``, ``by_hand``, ``credit_only``,
    Conflict ``order_moved_on``, ``not_cancellable``, ``paying``, ``money_moving``; then nothing has changed.
    """
    said = fitting(" ".join(words.split()), 200, "words")
    act = _with_words(gettext("canceled the order"), said)
    terms = _Terms(
        True, refund_to, _with_words(str(BY_CUSTOMER), said), act, _with_words(str(BY_YOU), said), True
    )
    with transaction.atomic():
        payments = lock_payments_of(_id_of(order_reference))
        order = lock_order(order_reference)
        refuse_own_cancel(order, actor, now)
        back = _all_back(order, fee_of_all(order, now, waived=False))
        _refuse_unseen(order, back, expected_number, expected_minor)
        refuse_by_hand(back, to_credit=refund_to is RefundTo.CREDIT, never=gettext("canceled"), act="cancel")
        done = _enter(order, payments, terms, actor, now)
    return _finish(done, actor, now)


def _with_words(reason: str, words: str) -> str:
    return f"{reason}: {words.strip()}" if words.strip() else reason


def _refuse_unseen(
    order: Order, back: Sequence[GivingBack], expected_number: int, expected_minor: int
) -> None:
    """Nobody gives up bottles or money that they haven't seen. The order is locked."""
    if (order.changes.count(), sum(one.amount.minor for one in back)) != (expected_number, expected_minor):
        raise Conflict(
            "order_moved_on", "Your order has changed since you looked. Look at it again, then decide."
        )


def _all_back(order: Order, fee_minor: int) -> list[GivingBack]:
    return giving_back(order.pk, Money(order.paid_minor - fee_minor, order.currency))


def refuse_not_to_credit(order: Order, refund_to: RefundTo | None, now: datetime) -> None:
    """What the terms of the order give back as store credit goes nowhere else. Raises DomainError ``credit_only``."""
    if refund_to is RefundTo.ORIGINAL and leaving(order, now).to_credit:
        words = "By the terms of this order it is given back as store credit."
        raise DomainError("credit_only", words, {"refund_to": words})


def _enter(
    order: Order, payments: Sequence[Payment], terms: _Terms, actor: Actor, now: datetime
) -> Cancellation:
    """The locked order is cancelled and its refunds are stored."""
    refuse_while_paying(order.pk)
    refuse_moving_money(order.pk)
    refuse_new_money(order.pk, payments)
    fee = fee_of_all(order, now, waived=bool(terms.waive))
    if order.paid_minor > fee and not terms.waive:
        refuse_not_to_credit(order, terms.refund_to, now)
    cancelled = orders.cancel_order(
        order_reference=order.reference,
        restock=terms.restock,
        reason=terms.reason,
        text=terms.text,
        fee_minor=fee,
        actor=actor,
        now=now,
    )
    refunds = _start_refunds(cancelled, payments, terms, actor, now)
    react(
        "order.cancelled",
        order_id=order.pk,
        customer_id=order.customer_id,
        reason=terms.mail_reason,
        mail=terms.mail,
        now=now,
    )
    return Cancellation(cancelled, tuple(refunds))


def _finish(done: Cancellation, actor: Actor, now: datetime) -> Cancellation:
    """The banks are asked, with no transaction open."""
    order = done.order
    send_refunds(done.refunds, actor, now)
    give_up_at_bank(order.pk, gettext("The order was canceled."), actor, now)
    release_authorisations(order_id=order.pk, reason=gettext("the order was canceled"), actor=actor, now=now)
    order.refresh_from_db()
    return done


def _id_of(order_reference: str) -> int:
    return Order.objects.values_list("pk", flat=True).filter(reference=order_reference).first() or 0


def _start_refunds(
    order: Order, payments: Sequence[Payment], terms: _Terms, actor: Actor, now: datetime
) -> list[Payment]:
    if terms.refund_to is None:
        return []
    return start_refunds(
        payments,
        order.paid_minor - order.owed_minor,
        to_credit=terms.refund_to is RefundTo.CREDIT,
        reason=terms.reason,
        actor=actor,
        now=now,
    )
