"""What the mail about wine that has left says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Sum

from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.delivery.states import MethodKind
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.notifications.values import Values, data_of, order_of, order_values
from tirage.notifications.wording import Say
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.queries import authorised_minor
from tirage.payments.states import PaymentKind, PaymentState


def _order_shipped(mail: SentMail, winery: Winery) -> Values:
    order = order_of(mail)
    tracking = data_of(mail, "tracking")
    return order_values(order, winery) | {
        "shipment.what": _say_left(order),
        "shipment.tracking": f"Tracking number: {tracking}" if tracking else "",
        "shipment.charged": _say_charged(order, winery),
    }


def say_when_charged(order: Order, now: datetime) -> str:
    """For the receipt: nothing where the card was charged when the order was placed."""
    if not authorised_minor(order.pk, now):
        return ""
    return "The amount is set aside on your card, and taken when the wine ships."


def _say_left(order: Order) -> str:
    kind = MethodKind(order.method.kind) if order.method else MethodKind.SHIP
    if kind is MethodKind.PICKUP:
        return "Your wine has been handed over to you. Enjoy it."
    if kind is MethodKind.STORAGE:
        return "Your wine is in storage for you."
    place = ", ".join(part for part in (order.recipient, order.one_line_address) if part)
    return (
        f"Your wine has left our cellar. It goes to {place}." if place else "Your wine has left our cellar."
    )


def _say_charged(order: Order, winery: Winery) -> str:
    """Money that was set aside when ordered is taken when the wine leaves: the customer is told."""
    taken = Payment.objects.filter(
        order=order, kind=PaymentKind.CAPTURE.value, state=PaymentState.SETTLED.value
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    if not taken:
        return ""
    amount = Say(winery).money(Money(int(taken), order.currency))
    return f"{amount}, set aside on your card when you ordered, have been charged now."


SHIPPING_BUILDERS: dict[MailKind, Callable[[SentMail, Winery], Values]] = {
    MailKind.ORDER_SHIPPED: _order_shipped
}
