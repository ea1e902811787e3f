"""What an order's page says of wine that isn't bottled yet: its plan, and the terms that it was bought by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tirage.core.money import Money
from tirage.futures.models import Acceptance, Instalment
from tirage.offers.states import ReleaseKind
from tirage.orders.models import Order


@dataclass(frozen=True, slots=True)
class ToCome:
    """A later part of the price; ``day`` None until the wine is released."""

    amount: Money
    day: date | None
    #: Whether it was asked for already.
    is_called: bool


def futures_words(order: Order) -> dict[str, Any]:
    """Two statements, none for orders of bottles that are there."""
    if order.release is None or order.release.kind != ReleaseKind.EN_PRIMEUR:
        return {"is_in_bond": False}
    parts = Instalment.objects.filter(order=order, amount_minor__gt=0).order_by("number")
    return {
        "is_in_bond": True,
        "acceptance": Acceptance.objects.filter(order=order).select_related("card").first(),
        "instalments": [
            ToCome(Money(one.amount_minor, order.currency), one.due_on, one.called_at is not None)
            for one in parts
        ],
    }
