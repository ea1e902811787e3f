"""Batches for tests: orders without bottles, packed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.world import World
from tirage.customers.models import Customer
from tirage.fulfilment.models import Batch, BatchPaper, ChangeAsked
from tirage.fulfilment.packing.choosing import draft_batch
from tirage.fulfilment.packing.freezing import continue_freezing, start_freezing
from tirage.orders.models import Order


def bare_order(world: World, customer: Customer, **columns: Any) -> Order:
    """A placed order without bottles, that owes nothing."""
    facts: dict[str, Any] = {
        "customer": customer,
        "state": "placed",
        "currency": "USD",
        "made_at": world.now,
        "placed_at": world.now,
        "recipient": customer.name,
        "line1": "12 Oak Street",
        "city": "Napa",
        "ship_state": "CA",
        "postal_code": "94558",
        "method": world.ground,
    }
    return Order.objects.create(**facts | columns)


def frozen_batch(world: World, orders: Sequence[Order], now: datetime | None = None) -> Batch:
    """These orders in a batch that the worker has frozen."""
    at = now or world.now
    batch = draft_batch(order_ids=[order.pk for order in orders], actor=world.staff, now=at)
    start_freezing(
        batch=batch,
        name=batch.name,
        leaves_on=batch.leaves_on,
        waits_for_wishes=True,
        actor=world.staff,
        now=at,
    )
    while continue_freezing(batch=batch, now=at):
        pass
    batch.refresh_from_db()
    return batch


def staged(world: World, customer: Customer, stranger: Customer) -> dict[str, dict[str, str]]:
    """A batch in preview, a frozen one with a paper, and what their customers ask; by what they are on the stage."""
    packed, foreign = bare_order(world, customer), bare_order(world, stranger)
    batch = frozen_batch(world, [packed, foreign])
    paper = BatchPaper.objects.create(
        batch=batch, kind="slips", part=1, orders=2, pdf=b"%PDF-1.7", made_at=world.now
    )
    asked = ChangeAsked.objects.create(
        order=foreign, words="One bottle more of the Syrah, if it still fits.", asked_at=world.now
    )
    draft = draft_batch(order_ids=[bare_order(world, stranger).pk], actor=world.staff, now=world.now)
    return {
        "batch": {"reference": batch.reference},
        "batch in preview": {"reference": draft.reference},
        "batch's paper": {"reference": batch.reference, "name": f"{paper.kind}-{paper.part}"},
        "change asked for": {"reference": asked.reference},
        "packed order": {"reference": packed.reference},
        "own packed order": {"reference": packed.reference},
        "somebody's packed order": {"reference": foreign.reference},
    }
