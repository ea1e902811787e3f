"""What becomes of a checkout whose bank was asked: placed, declined, waiting, given up, abandoned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tirage.checkout import statements
from tirage.checkout.models import Cart
from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.reactions import react
from tirage.customers.models import Customer
from tirage.inventory.operations import release_holds, return_sold_to_holder
from tirage.orders.models import Order, OrderLine
from tirage.orders.operations import advance_order
from tirage.orders.queries import stock_promised
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payment, return_credit, void_payment
from tirage.payments.operations.balances import STATUS
from tirage.payments.protocol import GatewayResult, Outcome
from tirage.payments.states import OPEN, PaymentState

#: After a failed payment the bottles stay with the cart for at least so long.
GRACE = timedelta(minutes=5)
#: What is paid is placed here.
_STATUS = STATUS | {PaymentState.SETTLED: "placed"}


@dataclass(frozen=True, slots=True)
class Placing:
    """How a checkout went: ``placed``, ``declined``, ``needs_customer`` (follow ``action_url``) or ``unknown``.

    ``note``: what has to be said of an order that isn't what this page asked for.
    """

    status: str
    order_reference: str
    payment_reference: str = ""
    message: str = ""
    action_url: str = ""
    note: str = ""


def present_placing(payment: Payment) -> Placing:
    """What has become of a payment and its order. Money for an order that had ended goes back: it wasn't placed."""
    status = _STATUS[PaymentState(payment.state)]
    if status == "placed" and payment.order.step == OrderState.ABANDONED:
        return Placing("declined", payment.order.reference, payment.reference, _TOO_LATE)
    return Placing(status, payment.order.reference, payment.reference, payment.message)


_TOO_LATE = "Your bank answered after your order had ended. The money goes back to your card by itself."


def say_placing(order_reference: str, payment_reference: str, result: GatewayResult | None) -> Placing:
    """What the gateway said just now; None is no answer."""
    if result is None:
        return Placing(
            "unknown",
            order_reference,
            payment_reference,
            "Your bank has not answered yet. Your bottles stay yours while we find out.",
        )
    status = {
        Outcome.SETTLED: "placed",
        Outcome.DECLINED: "declined",
        Outcome.NEEDS_CUSTOMER: "needs_customer",
    }
    return Placing(
        status[result.outcome], order_reference, payment_reference, result.message, result.action_url
    )


def finish_payment(*, customer: Customer, payment_reference: str, actor: Actor, now: datetime) -> Placing:
    """Back from the bank's page, or looking again at an unknown outcome: asks the gateway and settles.

    Raises DomainError ``not_found`` for a payment that isn't the customer's.
    """
    payment = _own_payment(customer, payment_reference)
    if payment.state in {state.value for state in OPEN}:
        reconcile_payment(payment=payment, actor=actor, now=now)
        payment.order.refresh_from_db()
    return present_placing(payment)


def _own_payment(customer: Customer, payment_reference: str) -> Payment:
    found = Payment.objects.select_related("order").filter(
        reference=payment_reference, order__customer=customer
    )
    payment = found.first()
    if payment is None:
        raise DomainError("not_found", "There is no such payment.")
    return payment


def give_up_payment(*, customer: Customer, payment_reference: str, actor: Actor, now: datetime) -> Placing:
    """The customer leaves the bank's page for another card: the attempt is voided, the bottles return to the cart."""
    payment = _own_payment(customer, payment_reference)
    void_payment(payment_id=payment.pk, reason="Given up by the customer.", actor=actor, now=now)
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return present_placing(payment)


def clear_cart(*, order_id: int, customer_id: int, now: datetime) -> None:
    """Reaction to a placed order: its cart is empty again and ready for the next attempt.

    What of bottles that were set aside isn't bought is anybody's again. Locks cart, then stock.
    """
    cart = statements.clear_cart(order_id, now)
    if cart and cart["kept_until"] is not None:
        release_holds(holder=cart["reference"])
        react("set_aside.bought", cart_id=cart["id"], order_id=order_id, now=now)


def abandon_checkout(*, order_id: int, payment_id: int, actor: Actor, now: datetime) -> None:
    """Reaction to a failed payment: a pending order is abandoned and its bottles return to the cart.

    They stay held as long as they would have been, and at least for ``GRACE``, but never beyond the close of the offer.
    What store credit paid comes back.
    Locks order, cart, stock, customer.
    """
    if not advance_order(order_id=order_id, to=OrderState.ABANDONED, only=OrderState.PENDING):
        return
    cart = Cart.objects.filter(pending_order_id=order_id).first()
    promised = stock_promised(order_id)
    if cart is None:
        raise RuntimeError(f"pending order {order_id} has lost its cart")
    of_order = Order.objects.values_list("customer_id", "paid_minor", "offer__closes_at")
    customer_id, paid_minor, closes_at = of_order.get(pk=order_id)
    until = max(cart.expires_at or now, now + GRACE)
    closes_at = cart.kept_until or closes_at
    if closes_at is not None:
        until = min(until, max(closes_at, now))
    Cart.objects.filter(pk=cart.pk).update(
        pending_order_id=None, attempt=cart.attempt + 1, expires_at=until, changed_at=now
    )
    return_sold_to_holder(holder=cart.reference, quantities=promised, expires_at=until)
    pieces = sum(OrderLine.objects.filter(order_id=order_id).values_list("quantity", flat=True))
    record_event(
        EventName.ORDER_ABANDONED,
        "order",
        order_id,
        text=f"put {pieces} bottles back into the cart",
        customer_id=customer_id,
        actor=actor,
        now=now,
    )
    if not actor.is_customer:
        message = Payment.objects.values_list("message", flat=True).get(pk=payment_id)
        react("checkout.failed_later", order_id=order_id, customer_id=customer_id, message=message, now=now)
    if paid_minor:
        return_credit(order_id=order_id, reason="The order was not placed", actor=actor, now=now)
