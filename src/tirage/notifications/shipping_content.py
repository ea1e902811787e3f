"""What the mail about wine that has left says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Sum

from tirage.core.models import Winery
from tirage.core.money import Money
from tirage.delivery.states import MethodKind
from tirage.fulfilment.carriers import carrier_of, follow_url
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
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
        "shipment.what": _say_left(order, winery),
        "shipment.tracking": f"Tracking number: {tracking}" if tracking else "",
        "shipment.follow": _follow(order, tracking),
        "shipment.charged": _say_charged(order, winery),
    }


def say_when_charged(order: Order, now: datetime) -> str:
    """For the receipt: nothing where the card was charged when the order was placed."""
    if not authorised_minor(order.pk, now):
        return ""
    return "The amount is set aside on your card, and taken when the wine ships."


def _follow(order: Order, tracking: str) -> Link | str:
    """The carrier's page about the parcel, where the carrier is known."""
    carrier = carrier_of(tracking, order.method)
    return Link(follow_url(tracking, order.method), f"Follow it at {carrier.name}") if carrier else ""


def _say_left(order: Order, winery: Winery) -> str:
    kind = MethodKind(order.method.kind) if order.method else MethodKind.SHIP
    day = f" on {Say(winery).day(order.shipped_at)}" if order.shipped_at else ""
    if kind is MethodKind.PICKUP:
        return f"Your wine was handed over to you{day}. Enjoy it."
    if kind is MethodKind.STORAGE:
        into = f" ({order.customer.stored_at})" if order.customer.stored_at else ""
        return f"Your wine went into storage for you{into}{day}."
    if order.location:
        at = ", ".join(part for part in (order.company, order.one_line_address) if part)
        return (
            f"Your wine left our cellar{day}. It waits for you at {at}; an adult shows an ID and signs there."
        )
    place = ", ".join(part for part in (order.recipient, order.one_line_address) if part)
    return f"Your wine left our cellar{day}." + (f" It goes to {place}." if place else "")


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
