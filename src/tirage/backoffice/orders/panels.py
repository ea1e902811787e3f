"""What the order's page says of the order itself, and the customer's page of their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Case, Count, Subquery, When

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.backoffice.orders.page import delivery_kind, what_next
from tirage.backoffice.payments.panels import aside_of, payments_of
from tirage.checkout.rules import discount_minor
from tirage.core.models import Event
from tirage.core.money import say_money
from tirage.core.winery import current_winery
from tirage.customers.models import Customer
from tirage.delivery.locations.queries import location_of
from tirage.delivery.rates.explaining import Told, explain
from tirage.delivery.rules import Freight, Terms
from tirage.delivery.states import MethodKind
from tirage.fulfilment.carriers import carrier_of, follow_url
from tirage.fulfilment.queries import pickup_of
from tirage.fulfilment.states import PickupState
from tirage.orders.history import is_history
from tirage.orders.models import IS_ORDER, Order
from tirage.orders.queries import LineView, charges_and_taxes, order_lines
from tirage.orders.states import TAKEN, Channel, OrderState
from tirage.orders.vat import vat_rows
from tirage.staff.permissions import Permission
from tirage.taxes.rules import Bottles

#: The latest of an order's events and of a customer's orders.
EVENTS, ORDERS = 60, 20


def _read_attention(look: Look[Order]) -> Mapping[str, Any] | None:
    return {} if look.about.attention else None


def _read_next(look: Look[Order]) -> Mapping[str, Any]:
    order = look.about
    carrier = carrier_of(order.tracking, order.method)
    taken = order.changes.filter(number=1) if order.channel in TAKEN else None
    pickup = pickup_of(order) if order.step == OrderState.PLACED else None
    return {
        "pickup": pickup,
        "may_be_ready": delivery_kind(order) is MethodKind.PICKUP
        and order.step == OrderState.PLACED
        and (pickup is None or pickup.state == PickupState.STUCK)
        and not order.awaits_compliance,
        "taken_by": taken.values_list("actor_label", flat=True).first() if taken is not None else "",
        "next": what_next(order, look.once(payments_of), look.once(aside_of)),
        "carrier": carrier.name if carrier else "",
        "follow_url": follow_url(order.tracking, order.method),
        "goes_by_carrier": delivery_kind(order).is_sent and not is_history(order.channel),
    }


def _read_bottles(look: Look[Order]) -> Mapping[str, Any]:
    order, aside = look.about, look.once(aside_of)
    lines = order_lines(order)
    charges, taxes = charges_and_taxes(order)
    return {
        "lines": lines,
        "explained": _explained(order, lines),
        "charges": charges,
        "taxes": taxes,
        "vat": vat_rows(order, lines, taxes, lambda amount: say_money(amount, current_winery().locale)),
        "aside": aside,
        "open_minor": order.called_minor - aside,
        "can_give_back": order.step in (OrderState.PLACED, OrderState.SHIPPED)
        and order.owed_minor > 0
        and not is_history(order.channel),
    }


def _explained(order: Order, lines: Sequence[LineView]) -> list[Told]:
    """How delivery was priced, by what the order keeps; nothing where it keeps nothing or has no wine any more."""
    if not order.terms or not lines:
        return []
    terms = Terms.from_json(order.terms)
    wine = sum(line.amount.minor for line in lines)
    freight = Freight(
        sum(terms.formats.equivalents_milli(one.millilitres, one.units) * one.quantity for one in lines),
        wine + discount_minor(wine, terms.discount_bp),
        sum(terms.formats.grams(one.millilitres, one.units) * one.quantity for one in lines),
        tuple(Bottles(one.quantity, one.amount.minor, one.units, one.millilitres) for one in lines),
    )
    locale = current_winery().locale
    return explain(
        terms.tariff, freight, is_free=terms.is_free, tax=terms.tax, currency=order.currency, locale=locale
    )


def _read_activity(look: Look[Order]) -> Mapping[str, Any]:
    events = Event.objects.filter(subject_kind="order", subject_id=look.about.pk)
    return {"events": events.order_by("-id")[:EVENTS]}


def _read_orders(look: Look[Customer]) -> Mapping[str, Any]:
    """The latest orders, and how many tries were declined for good; one statement."""
    mine = Order.objects.filter(customer=look.about).select_related("release")
    declined = {"state": OrderState.ABANDONED.value, "channel": Channel.OFFER.value}
    tries = Order.objects.filter(customer=look.about, **declined).order_by().values("customer")
    found = mine.annotate(
        tries=Subquery(tries.annotate(count=Count("pk")).values("count")),
        is_try=Case(When(IS_ORDER, then=0), default=1),
    )
    rows = list(found.order_by("is_try", "-made_at", "-id")[:ORDERS])
    return {
        "orders": [row for row in rows if not row.is_try],
        "tries": (rows[0].tries or 0) if rows else 0,
    }


ORDER_PAGE.declare(
    Panel(
        title="Needs somebody",
        template="backoffice/orders/panels/attention.html",
        read=_read_attention,
        permission=Permission.SEE_ORDERS,
        rank=10,
    ),
    Panel(
        title="What happens next",
        template="backoffice/orders/panels/next.html",
        read=_read_next,
        permission=Permission.SEE_ORDERS,
        rank=20,
    ),
    Panel(
        title="Bottles and money",
        template="backoffice/orders/panels/bottles.html",
        read=_read_bottles,
        permission=Permission.SEE_ORDERS,
        rank=40,
    ),
    Panel(
        title="Goes to",
        template="backoffice/orders/panels/goes_to.html",
        read=lambda look: {"held_at": location_of(look.about.location)},
        permission=Permission.SEE_ORDERS,
        rank=20,
        aside=True,
    ),
    Panel(
        title="Do",
        template="backoffice/orders/panels/do.html",
        read=lambda look: {},
        permission=Permission.EDIT_ORDERS,
        rank=30,
        aside=True,
    ),
    Panel(
        title="Activity",
        template="backoffice/orders/panels/activity.html",
        read=_read_activity,
        permission=Permission.SEE_ORDERS,
        rank=40,
        aside=True,
    ),
)
CUSTOMER_PAGE.declare(
    Panel(
        title="Orders",
        template="backoffice/orders/of_customer.html",
        read=_read_orders,
        permission=Permission.SEE_CUSTOMERS,
        rank=60,
    )
)
