"""What an order of the history was in its former system, on its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tirage.backoffice.frame.panels import CUSTOMER_PAGE, ORDER_PAGE, Look, Panel
from tirage.backoffice.moving.page import files_by_reference, say_rows
from tirage.customers.models import Customer
from tirage.moving.models import BroughtThing, MovedOrder
from tirage.moving.states import Thing, ThingState
from tirage.orders.history import is_history
from tirage.orders.models import Order
from tirage.staff.permissions import Permission


def _read_origin(look: Look[Order]) -> Mapping[str, Any] | None:
    if not is_history(look.about.channel):
        return None
    moved = MovedOrder.objects.filter(order=look.about).first()
    if moved is None:
        return None
    rows = list(moved.rows.order_by("file", "row").values_list("file", "row")[:40])
    names = files_by_reference({file for file, _ in rows})
    return {"moved": moved, "rows": say_rows(rows, names)}


ORDER_PAGE.declare(
    Panel(
        title="In your former system",
        template="backoffice/moving/origin.html",
        read=_read_origin,
        permission=Permission.SEE_ORDERS,
        rank=25,
        aside=True,
    )
)


def _read_things(look: Look[Customer]) -> Mapping[str, Any] | None:
    """What came in of the customer beside orders; of a membership also what shipped next there."""
    things = BroughtThing.objects.filter(customer=look.about).exclude(state=ThingState.REFUSED.value)
    rows = list(things.order_by("kind", "pk")[:20])
    return {"rows": [(one, _WORDS[Thing(one.kind)], _next(one)) for one in rows]} if rows else None


_WORDS = {
    Thing.CREDIT: "Store credit",
    Thing.MEMBER: "Membership",
    Thing.CARD: "Saved card",
    Thing.MUTE: "Not to be written to",
    Thing.WISH: "Wish",
    Thing.STAY: "In a group",
}


def _next(one: BroughtThing) -> date | None:
    text = one.data.get("next_shipment")
    return date.fromisoformat(text) if text else None


CUSTOMER_PAGE.declare(
    Panel(
        title="In your former system",
        template="backoffice/moving/things.html",
        read=_read_things,
        permission=Permission.SEE_CUSTOMERS,
        rank=94,
        aside=True,
    )
)
CUSTOMER_PAGE.declare(
    Panel(
        title="Their own data",
        template="backoffice/moving/own_data.html",
        read=lambda look: {},
        permission=Permission.EXPORT,
        rank=95,
        aside=True,
    )
)
