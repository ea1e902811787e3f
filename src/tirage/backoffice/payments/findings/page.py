"""What one finding's page says: the orders that a charge may be for, and its story."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tirage.core.models import Event
from tirage.core.money import Money
from tirage.orders.models import Order
from tirage.orders.states import OrderState
from tirage.payments.models import Finding, PaymentMethod
from tirage.payments.states import FindingKind

_ORDER = re.compile(r"ORD-[A-Z0-9]{8}")
_OPEN = (OrderState.PLACED.value, OrderState.SHIPPED.value)
#: Of the card's customer, beside the one that the charge names.
MOST = 6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order that a charge may be for, with why."""

    order: Order
    why: str

    @property
    def due(self) -> Money:
        return Money(self.order.balance_minor, self.order.currency)


def suggested_orders(finding: Finding) -> list[Suggestion]:
    """Orders that can have the money, the likeliest first: the one that it names, then those of the card's customer."""
    if finding.kind != FindingKind.STRAY_CHARGE:
        return []
    orders = Order.objects.select_related("customer").filter(state__in=_OPEN, currency=finding.currency)
    named = list(orders.filter(reference__in=_ORDER.findall(finding.description)))
    found = [Suggestion(order, "named by the charge") for order in named]
    owing = orders.filter(customer__in=_customers(finding), balance_minor__gt=0)
    others = owing.exclude(pk__in=[order.pk for order in named]).order_by("-made_at", "-id")[:MOST]
    return found + [Suggestion(order, _why(order, finding)) for order in others]


def _customers(finding: Finding) -> Sequence[int]:
    if not finding.token:
        return []
    cards = PaymentMethod.objects.filter(gateway=finding.gateway, token=finding.token)
    return list(cards.values_list("customer_id", flat=True))


def _why(order: Order, finding: Finding) -> str:
    return "owes this much" if order.balance_minor == finding.theirs_minor else "of the card’s customer"


def missing_order(finding: Finding) -> str:
    """The number that a charge names and that no order has: it was placed after the books' backup."""
    if finding.kind != FindingKind.STRAY_CHARGE:
        return ""
    named = _ORDER.findall(finding.description)
    known = set(Order.objects.filter(reference__in=named).values_list("reference", flat=True))
    return next((number for number in named if number not in known), "")


def story_of(finding: Finding) -> list[Event]:
    """All that happened to it, oldest first."""
    return list(Event.objects.filter(subject_kind="finding", subject_id=finding.pk).order_by("id"))
