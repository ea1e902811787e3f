"""The packing room: a frozen batch of what is left of the release before, one recalled from it, and two that ask."""

from __future__ import annotations

from datetime import datetime, timedelta

from tirage.core.actors import Actor
from tirage.customers.models import Customer
from tirage.delivery.states import MethodKind
from tirage.demo.loader.clubs import own
from tirage.demo.loader.context import Load
from tirage.demo.loader.named import NAMED
from tirage.fulfilment.models import Batch, ChangeAsked
from tirage.fulfilment.packing.asking import ask_change
from tirage.fulfilment.packing.choosing import draft_batch
from tirage.fulfilment.packing.freezing import continue_freezing, recall_order, start_freezing
from tirage.orders.models import Order

#: Orders of the batch that is frozen, and of the one that is only looked at.
PACKED, LOOKED_AT = 24, 12
_WORDS = (
    "We are away until the 20th. Could it go a week later?",
    "Could one bottle of the Pinot Noir become a Chardonnay? My sister prefers it.",
)


def pack_some(load: Load, by: Actor) -> None:
    """Frozen yesterday; the customers of the first two asked for a change this morning, the last was recalled."""
    named = Customer.objects.filter(email__in=[one.email for one in NAMED.values()])
    waiting = (
        Order.objects.filter(state="placed", method__kind=MethodKind.SHIP.value, balance_minor__lte=0)
        .exclude(release__kind="en_primeur")
        .exclude(customer__in=named)
        .filter(awaits_compliance=False, drafts__isnull=True, packed_in="", attention="")
        .select_related("customer")
        .order_by("placed_at", "pk")
    )
    orders = list(waiting[: PACKED + LOOKED_AT])
    if len(orders) < PACKED:
        return
    at = load.now - timedelta(days=1, hours=2)
    batch = _batch(load, orders[:PACKED], by, at)
    start_freezing(batch=batch, name=batch.name, leaves_on=None, waits_for_wishes=False, actor=by, now=at)
    while continue_freezing(batch=batch, now=at):
        pass
    packed = list(
        Order.objects.filter(packed_in=batch.reference).select_related("customer").order_by("placed_at", "pk")
    )
    for order, words in zip(packed, _WORDS, strict=False):
        asked = ask_change(
            order_reference=order.reference,
            words=words,
            actor=own(order.customer),
            now=load.now - timedelta(hours=3),
        )
        ChangeAsked.objects.filter(pk=asked.pk).update(reference=load.reference("ASK"))
    if len(packed) > len(_WORDS):
        recall_order(
            order_reference=packed[-1].reference,
            reason="A bottle leaked on the packing table",
            actor=by,
            now=load.now - timedelta(hours=20),
        )
    if rest := orders[PACKED:]:
        _batch(load, rest, by, load.now - timedelta(hours=1))


def _batch(load: Load, orders: list[Order], by: Actor, at: datetime) -> Batch:
    made = draft_batch(order_ids=[order.pk for order in orders], actor=by, now=at)
    Batch.objects.filter(pk=made.pk).update(reference=load.reference("BAT"))
    return Batch.objects.get(pk=made.pk)
