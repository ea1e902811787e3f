"""Marking one order as shipped: what is owed is taken first, then the bottles leave the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row
from tirage.core.money import Money
from tirage.core.reactions import react
from tirage.core.winery import local_time
from tirage.delivery.laws.asking import refuse_against_law
from tirage.delivery.states import MethodKind
from tirage.inventory.operations import ship_sold
from tirage.orders.models import Order
from tirage.orders.operations import advance_order
from tirage.orders.queries import order_lines, stock_promised
from tirage.orders.states import Channel, OrderState
from tirage.payments.operations import capture_order
from tirage.payments.operations.authorising import calm_order
from tirage.payments.queries import has_authorisations, money_missing

MOST_TRACKING = 80
#: What is done with the bottles, by the method's kind, as the activity tells it.
DONE_WORDS = {
    MethodKind.SHIP: "marked the order as shipped",
    MethodKind.HOLD: "marked the order as shipped",
    MethodKind.PICKUP: "handed the order over",
    MethodKind.STORAGE: "put the order into storage",
}
IN_COMPLIANCE = (
    "This order waits in compliance: the service hasn’t let it ship. "
    "Look at why on its page, and decide there."
)
#: Why an order in this state can't ship.
_REFUSALS: dict[OrderState, Any] = {
    OrderState.DRAFT: "This order is still being put together. Place it first.",
    OrderState.PENDING: "This order is still being paid. Wait until it is placed.",
    OrderState.SHIPPED: "This order has been shipped already.",
    OrderState.CANCELLED: gettext_lazy("This order is canceled; its bottles don't leave."),
    OrderState.BOOKED: "This is a fee, without bottles: nothing leaves.",
    OrderState.ABANDONED: "This order was never paid; its bottles went back.",
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """The order as it is now, and what was taken from cards on the way."""

    order: Order
    taken: Money


def ship_order(
    *,
    order_reference: str,
    tracking: str = "",
    tell_customer: bool = True,
    unpaid_reason: str = "",
    way: str | None = None,
    batch: str = "",
    actor: Actor,
    now: datetime,
) -> Shipped:
    """Marks an order as shipped (picked up: handed over); it can't be taken back.

    What is set aside for it is taken first, what isn't needed let go. Then, in one transaction: the state, the bottles
    out of ``sold`` and ``on_hand`` with a movement each (a test order has none), the activity, and the reactions
    ``order.shipped`` and, where
    the customer is told, ``shipment.announced``. Money that is neither paid nor set aside refuses, unless
    ``unpaid_reason`` says why the wine goes anyway. Before taking money and again before shipping it reacts with
    ``order.shipping``: other rooms may refuse (a change is being paid).
    ``way`` is the method that whoever does it has seen, by its reference: what is sent by now isn't handed over.
    ``batch`` is the one that is handed over: what is packed in another, or was recalled, stays.
    An order that waits in compliance is refused under its lock, before money and again after it, and by the database.
    Talks to the gateway: no transaction may be open. Locks authorisations and order, later order and stock.
    Records ``order.shipped``. Raises DomainError ``not_found``, ``against_law``, ``money_missing``,
    ``tracking_too_long``, Conflict ``not_shippable``, ``overtaken``, ``awaits_compliance``,
    ``packed``, ``recalled``, ``money_open`` and what other rooms refuse with.
    """
    if len(tracking) > MOST_TRACKING:
        words = f"A tracking number has at most {MOST_TRACKING} characters."
        raise DomainError("tracking_too_long", words, {"tracking": words})
    with transaction.atomic():
        order = _shippable(order_reference, batch, now)
        _refuse_other_way(order, way)
        _refuse_against_law(order, now)
        # Under the lock, too: what another takes meanwhile is neither set aside any more nor in the sum read before.
        _refuse_missing(money_missing(order, now), order, unpaid_reason)
    taken = _take_money(order, unpaid_reason, actor, now)
    with transaction.atomic():
        order = _shippable(order_reference, batch, now)
        _refuse_other_way(order, way)
        _refuse_missing(order.balance_minor, order, unpaid_reason)
        _leave(order, tracking.strip(), tell_customer, unpaid_reason, taken, actor, now)
    order.refresh_from_db()
    return Shipped(order, taken)


def _shippable(order_reference: str, batch: str, now: datetime) -> Order:
    """The order, locked, when nothing of ours or of another room's stands against its leaving."""
    order = lock_row(Order.objects.filter(reference=order_reference))
    if order is None:
        raise DomainError("not_found", "There is no such order.")
    if order.step != OrderState.PLACED:
        raise Conflict("not_shippable", str(_REFUSALS[order.step]))
    _refuse_other_batch(order, batch)
    if order.awaits_compliance:
        raise Conflict("awaits_compliance", IN_COMPLIANCE)
    react("order.shipping", order_id=order.pk, now=now)
    return order


def _refuse_other_batch(order: Order, batch: str) -> None:
    if order.packed_in == batch:
        return
    if order.packed_in:
        words = "This order is packed in a batch. Hand the batch over, or recall the order first."
        raise Conflict("packed", words)
    raise Conflict("recalled", "It was recalled from the batch before it left.")


def _refuse_other_way(order: Order, way: str | None) -> None:
    if way is not None and way != (order.method.reference if order.method else ""):
        name = order.method.name if order.method else "another way"
        raise Conflict("overtaken", f"The order goes by {name} by now. Look at it again.")


def _refuse_against_law(order: Order, now: datetime) -> None:
    """What was sold before a law came doesn't leave against it; a pickup goes nowhere. Two statements, more where the
    place has laws about wines."""
    if not order.country:
        return
    place, day = (order.country, order.ship_state), local_time(now).date()
    sku_ids = [line.sku_id for line in order_lines(order)]
    method = order.method
    refuse_against_law(
        place,
        postal_code=order.postal_code,
        sku_ids=sku_ids,
        day=day,
        carrier=method.carrier if method else None,
        on_site=order.channel == Channel.WINERY,
    )


def _refuse_missing(minor: int, order: Order, unpaid_reason: str, said: str = "") -> None:
    if minor <= 0 or unpaid_reason.strip():
        return
    amount = Money(minor, order.currency)
    words = f"{amount} of this order are neither paid nor set aside on a card. {said}".strip()
    raise DomainError(
        "money_missing",
        f"{words} Collect the money first.",
        {"unpaid_reason": "Say why the wine goes without its money, or collect it first."},
    )


def _take_money(order: Order, unpaid_reason: str, actor: Actor, now: datetime) -> Money:
    """Takes what is set aside; nothing is asked of the bank for an order without."""
    if not has_authorisations(order.pk):
        return Money(0, order.currency)
    captured = capture_order(order_reference=order.reference, actor=actor, now=now)
    if captured.is_open:
        raise Conflict(
            "money_open",
            "The bank hasn't said yet whether it gives the money that was set aside. It is asked again by itself; "
            "try again in a few minutes.",
        )
    _refuse_missing(captured.missing_minor, order, unpaid_reason, captured.message)
    return Money(captured.taken_minor, order.currency)


def _leave(
    order: Order,
    tracking: str,
    tell_customer: bool,
    unpaid_reason: str,
    taken: Money,
    actor: Actor,
    now: datetime,
) -> None:
    if not advance_order(order_id=order.pk, to=OrderState.SHIPPED, shipped_at=now, tracking=tracking):
        raise Conflict("not_shippable", "This order changed in this moment. Look at it again.")
    if order.balance_minor <= 0:
        calm_order(order.pk, now)
    record_event(
        EventName.ORDER_SHIPPED,
        "order",
        order.pk,
        text=_say(order, tracking, unpaid_reason),
        data={"tracking": tracking, "unpaid_reason": unpaid_reason.strip(), "taken_minor": taken.minor},
        customer_id=order.customer_id,
        actor=actor,
        now=now,
    )
    facts = {"order_id": order.pk, "customer_id": order.customer_id, "now": now}
    react("order.shipped", **facts)
    if tell_customer:
        react("shipment.announced", tracking=tracking, **facts)
    ship_sold(quantities=stock_promised(order.pk), note=order.reference, actor=actor, now=now)


def _say(order: Order, tracking: str, unpaid_reason: str) -> str:
    kind = MethodKind(order.method.kind) if order.method else MethodKind.SHIP
    words = DONE_WORDS[kind] + (" (a test: no bottles left)" if order.is_test else "")
    if tracking:
        words += f", tracking number {tracking}"
    if order.balance_minor > 0 and unpaid_reason.strip():
        words += f", with {Money(order.balance_minor, order.currency)} unpaid: {unpaid_reason.strip()}"
    return words
