"""Orders as a compliance service left them: two that may not ship, one without an answer, one let go by hand, and one
whose tax is another than the tables'.

No service is connected in the demo: these are of the days when one was.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tirage.compliance.asking import say_other_tax
from tirage.compliance.deciding import let_ship
from tirage.compliance.models import ComplianceCheck
from tirage.compliance.sales import as_shown, fingerprint_of, orders_to_check, sale_of
from tirage.compliance.services import current_setup
from tirage.compliance.setup import save_setup
from tirage.core.actors import Actor
from tirage.core.money import Money
from tirage.orders.models import Order, OrderCharge
from tirage.orders.states import ChargeKind

_REASONS = (
    "The customer’s volume limit is exceeded (over the limit by 4 bottles).",
    "The label isn’t registered in this state (the label isn’t registered there: Estate Cabernet Sauvignon).",
    "The customer’s volume limit is exceeded (over the limit by 1 bottle).",
)


def leave_in_compliance(now: datetime, actor: Actor) -> None:
    """Five of the latest orders, each in another state of the way."""
    values = {
        "line1": "1200 Spring Mountain Road",
        "city": "St. Helena",
        "state": "CA",
        "postal_code": "94574",
    }
    save_setup(values=values, actor=actor, now=now)
    found = (
        orders_to_check()
        .exclude(ship_state="CA")
        .select_related("method", "customer")
        .order_by("-placed_at", "-pk")
    )
    over, label, silent, decided, taxed = list(found[:5])
    _refuse(over, _REASONS[0], now)
    _refuse(label, _REASONS[1], now)
    _keep(
        silent,
        now,
        state="unanswered",
        problem="Sovos ShipCompliant gave no answer.",
        tries=3,
        retry_at=now + timedelta(minutes=5),
    )
    _refuse(taxed, _other_tax(taxed), now)
    _refuse(decided, _REASONS[2], now)
    let_ship(
        order_reference=decided.reference,
        seen=1,
        words="Two bottles of May came back damaged; the state’s office says they don’t count.",
        actor=actor,
        now=now,
    )


def _other_tax(order: Order) -> str:
    charges = OrderCharge.objects.filter(order=order, kind=ChargeKind.TAX.value)
    ours = sum(charges.values_list("amount_minor", flat=True))
    theirs, stands = (str(Money(minor, order.currency)) for minor in (ours + 1_61, ours))
    return say_other_tax("Sovos ShipCompliant", theirs, stands)


def _refuse(order: Order, reason: str, now: datetime) -> None:
    at = _asked_at(order, now)
    _keep(order, now, state="refused", reasons=[reason], answered_at=at)


def _asked_at(order: Order, now: datetime) -> datetime:
    return min((order.placed_at or now) + timedelta(seconds=40), now)


def _keep(order: Order, now: datetime, **columns: Any) -> None:
    at = _asked_at(order, now)
    asked = as_shown(sale_of(order, current_setup(), at))
    facts = {
        "number": 1,
        "service": "sovos",
        "fingerprint": fingerprint_of(order),
        "asked": asked,
        "made_at": at,
    }
    ComplianceCheck.objects.create(order=order, **facts, **columns)
    Order.objects.filter(pk=order.pk).update(awaits_compliance=True)
