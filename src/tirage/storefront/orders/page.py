"""An order as its pages tell it: the customer's own, its state, its parcel, its pickup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy

from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.sql import fetch_models, fetch_one
from tirage.customers.models import Customer
from tirage.delivery.models import Method
from tirage.delivery.pickups import say_sent_after
from tirage.delivery.rules import Terms
from tirage.delivery.states import MethodKind
from tirage.fulfilment.carriers import carrier_of, follow_url
from tirage.fulfilment.queries import pickup_of, say_until, waits_here
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.orders.states import OrderState

#: A carrier takes no longer; after it nobody still waits for the bottles.
ON_ITS_WAY = timedelta(days=10)
#: The state in words, its colour, and the word between it and its day.
_STATES: dict[OrderState, tuple[Any, str, str]] = {
    OrderState.DRAFT: ("Being put together", "warning", "since"),
    OrderState.PENDING: ("Being paid", "warning", "since"),
    OrderState.PLACED: ("Placed", "good", "on"),
    OrderState.SHIPPED: ("On its way", "good", "since"),
    OrderState.CANCELLED: (gettext_lazy("Canceled"), "hollow", "on"),
    OrderState.ABANDONED: ("Not placed", "hollow", "on"),
    OrderState.BOOKED: ("Paid", "good", "on"),
}


_OWN = """SELECT {columns} FROM orders_order t
WHERE t.customer_id = %s AND t.reference = %s AND t.state <> 'booked' AND t.removed_at IS NULL"""
_AROUND = """SELECT m.name, m.kind, m.carrier, f.confirmation_message, r.name AS release_name, r.kind AS release_kind,
r.packing_on, r.changes_until, r.wishes_decided_on, f.closes_at,
l.opening_hours AS held_hours, EXISTS (SELECT 1 FROM wishes_wish w JOIN offers_offeritem i ON i.id = w.offer_item_id
    WHERE w.customer_id = o.customer_id AND i.offer_id = o.offer_id) AS has_wishes FROM orders_order o
LEFT JOIN delivery_method m ON m.id = o.method_id LEFT JOIN offers_offer f ON f.id = o.offer_id
LEFT JOIN offers_release r ON r.id = o.release_id
LEFT JOIN delivery_location l ON l.reference = o.location AND o.location <> '' WHERE o.id = %s"""


def own_order(customer: Customer, reference: str) -> Order:
    """The customer's order with what its page says of method, offer and release; two statements."""
    found = fetch_models(Order, _OWN, [customer.pk, reference])
    if not found or found[0].state == OrderState.DRAFT:
        raise Http404("no such order of this customer")
    order = found[0]
    around = fetch_one(_AROUND, [order.pk]) or {}
    if order.method_id:
        known = {name: around[name] for name in ("name", "kind", "carrier")}
        order.method = Method(pk=order.method_id, **known)
    order.held_hours = around.get("held_hours") or ""  # type: ignore[attr-defined]  # read by the template
    order.has_wishes = bool(around.get("has_wishes"))  # type: ignore[attr-defined]  # read by the receipt
    if order.offer_id:
        known = {name: around[name] for name in ("confirmation_message", "closes_at")}
        order.offer = Offer(pk=order.offer_id, **known)
    if order.release_id:
        days = {name: around[name] for name in ("packing_on", "changes_until", "wishes_decided_on")}
        order.release = Release(
            pk=order.release_id, name=around["release_name"], kind=around["release_kind"], **days
        )
    return order


def cancelled_at(order_ids: Sequence[int]) -> dict[int, datetime]:
    """When cancelled orders were, by their ids; one statement, none without such orders."""
    if not order_ids:
        return {}
    name = EventName.ORDER_CANCELLED.value
    found = Event.objects.filter(subject_kind="order", subject_id__in=order_ids, name=name)
    return dict(found.order_by("id").values_list("subject_id", "at"))


@dataclass(frozen=True, slots=True)
class StateWords:
    """``On its way since Oct 20``: what an order's state is, its colour, and since when or on which day."""

    words: str
    kind: str
    joint: str
    at: datetime | None


def order_state(order: Order) -> StateWords:
    """The state of one order; one statement where it was cancelled."""
    ended = cancelled_at([order.pk] if order.step == OrderState.CANCELLED else [])
    return state_of(order, ended.get(order.pk))


def state_of(order: Order, ended_at: datetime | None) -> StateWords:
    """The state with its own time; an order that left long ago isn't on its way any more."""
    words, kind, joint = _STATES[order.step]
    at = order.placed_at or order.made_at
    if order.step == OrderState.CANCELLED:
        return StateWords(words, kind, joint, ended_at)
    if order.step == OrderState.SHIPPED:
        at = order.shipped_at or at
        if order.method and order.method.kind == MethodKind.PICKUP:
            return StateWords("Handed over", "hollow", "on", at)
        if order.method and order.method.kind == MethodKind.STORAGE:
            return StateWords("In storage", "hollow", "since", at)
        if read_clock() - at > ON_ITS_WAY:
            return StateWords("Shipped", "hollow", "on", at)
    return StateWords(words, kind, joint, at)


def way_words(order: Order) -> dict[str, Any]:
    """What is known of a parcel under way: its number, whose it is, and where it is followed."""
    if order.step != OrderState.SHIPPED or not order.tracking:
        return {}
    carrier = carrier_of(order.tracking, order.method)
    return {
        "tracking": order.tracking,
        "carrier": carrier.name if carrier else "",
        "follow_url": follow_url(order.tracking, order.method),
    }


def pickup_words(order: Order) -> dict[str, Any]:
    """Of an order that is picked up: since when it lies ready and until when, or what was said at the checkout."""
    if order.step != OrderState.PLACED or order.method is None or order.method.kind != MethodKind.PICKUP:
        return {}
    pickup = pickup_of(order)
    if pickup is not None and waits_here(pickup, order):
        return {"ready_at": pickup.ready_at, "ready_until": say_until(pickup)}
    days = Terms.from_json(order.terms).sent_after_days if order.terms else None
    after = f" {say_sent_after(days)}, at the cost of its way." if days else ""
    return {"ready_until": f"We write to you when it is ready.{after}"}
