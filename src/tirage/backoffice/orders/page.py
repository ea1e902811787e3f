"""What one order's page says about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from tirage.compliance.services import current_service
from tirage.core.money import Money, say_money
from tirage.core.winery import current_winery
from tirage.delivery.states import MethodKind
from tirage.orders.history import is_history
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Payment
from tirage.payments.states import PaymentState
from tirage.staff.permissions import Permission, may


def order_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """Orders, their open changes, what waits in compliance and wishes side by side, for those who may see them."""
    places: list[tuple[str, str, Permission, str, int | None]] = [
        ("Orders", "backoffice:orders", Permission.SEE_ORDERS, "", None),
        ("Packing", "backoffice:packing", Permission.SHIP_ORDERS, "", None),
        ("Open changes", "backoffice:changes", Permission.SEE_ORDERS, "", None),
        ("Wishes", "backoffice:wishes", Permission.SEE_WISHES, "", None),
    ]
    waiting = Order.objects.filter(awaits_compliance=True).count()
    if waiting or current == "backoffice:compliance" or current_service() is not None:
        here = ("Compliance", "backoffice:compliance", Permission.SEE_ORDERS, "?waits=yes", waiting or None)
        places.insert(3, here)
    tabs = [
        {"label": label, "href": reverse(name) + query, "current": name == current, "count": count}
        for label, name, permission, query, count in places
        if may(request.user, permission)
    ]
    return tabs if len(tabs) > 1 else []


def ship_words(order: Order) -> str:
    """What the button says: wine that is fetched doesn't ship."""
    return {
        MethodKind.SHIP: "Mark as shipped",
        MethodKind.HOLD: "Mark as shipped",
        MethodKind.PICKUP: "Mark as handed over",
        MethodKind.STORAGE: "Mark as stored",
    }[delivery_kind(order)]


def delivery_kind(order: Order) -> MethodKind:
    """How the order leaves; without a method, as most do."""
    return MethodKind(order.method.kind) if order.method else MethodKind.SHIP


def what_next(order: Order, payments: Sequence[Payment], aside_minor: int = 0) -> str:
    """One sentence: what should happen with the order now."""
    if order.is_test:
        return _of_test(order)
    if is_history(order.channel):
        return "From your former system, kept as it was; nothing is left to do."
    if order.step == OrderState.PENDING:
        return _while_paying(payments)
    if order.balance_minor < 0:
        return f"{_say(-order.balance_minor, order)} are to be refunded: choose the payment below."
    if order.step == OrderState.PLACED:
        return _before_shipping(order, aside_minor)
    if order.step == OrderState.SHIPPED:
        if order.balance_minor > 0:
            return f"Shipped; {_say(order.balance_minor, order)} are still to be paid."
        return "Shipped; nothing is left to do."
    if order.step == OrderState.CANCELLED:
        return gettext("Canceled; nothing is left to do.")
    if order.step == OrderState.BOOKED:
        return _of_fee(order, payments)
    return "Never paid: the bottles went back, the customer can order again."


def _of_test(order: Order) -> str:
    """What it is stands above."""
    if order.removed_at is not None:
        return "It was removed."
    return "Try what you like with it." if order.step == OrderState.PLACED else ""


def _of_fee(order: Order, payments: Sequence[Payment]) -> str:
    if not order.balance_minor:
        return "A fee, without bottles: nothing is left to do."
    return _while_paying(payments).replace(" The bottles are kept meanwhile.", "")


def _before_shipping(order: Order, aside_minor: int) -> str:
    missing = order.called_minor - aside_minor
    if missing > 0:
        return f"{_say(missing, order)} are still to be paid."
    if order.later_minor:
        return f"Paid as far as it is due; {_say(order.later_minor, order)} are still to come by its plan."
    if aside_minor:
        words = gettext("Authorized %s, taken when it ships. The bottles wait to be shipped.")
        return words % _say(aside_minor, order)
    return "Paid. The bottles wait to be shipped."


def _while_paying(payments: Sequence[Payment]) -> str:
    states = {payment.state for payment in payments}
    if PaymentState.NEEDS_CUSTOMER in states:
        return "The bank waits for the customer to confirm the payment. The bottles are kept meanwhile."
    if PaymentState.UNKNOWN in states:
        return "The bank hasn't answered. It is asked again by itself; you can ask now."
    return "The payment is under way."


def _say(minor: int, order: Order) -> str:
    return say_money(Money(minor, order.currency), current_winery().locale)
