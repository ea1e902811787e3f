"""The walls around shipping many orders at once."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.fulfilment.models import Batch, BatchPaper, ChangeAsked, PackRow, Pickup, ShipRow, ShipRun
from tirage.fulfilment.operations import draft_shipping
from tirage.fulfilment.packing.choosing import draft_batch
from tirage.orders.models import Order

DAY = date(2027, 1, 1)
BREACHES: dict[str, Breach] = {
    "pickup_state_is_legal": lambda world: lying(
        Order.objects.get(), state="drunk", send_on=DAY, draft="CHG"
    ),
    "pickup_sent_as_was_said": lambda world: lying(Order.objects.get(), state="stuck"),
    "pickup_sent_by_a_change": lambda world: lying(Order.objects.get(), state="sending", send_on=DAY),
    "pickup_sent_has_its_time": lambda world: lying(
        Order.objects.get(), state="sent", send_on=DAY, draft="CHG"
    ),
    "pickup_reminded_at_most_twice": lambda world: lying(Order.objects.get(), reminded=3),
    "ship_run_state_is_legal": lambda world: ShipRun.objects.update(state="sailing"),
    "batch_state_is_legal": lambda world: Batch.objects.update(state="sealed"),
    "batch_frozen_has_its_time": lambda world: Batch.objects.update(state="frozen"),
    "pack_row_state_is_legal": lambda world: PackRow.objects.update(state="lost"),
    "pack_row_once": lambda world: write_again(PackRow.objects.get()),
    "pack_row_packed_once": lambda world: packed_again(world, PackRow.objects.get()),
    "pack_row_out_has_its_reason": lambda world: PackRow.objects.update(state="recalled"),
    "batch_paper_kind_is_legal": lambda world: printed(kind="poster"),
    "batch_paper_once": lambda world: [printed() for _ in range(2)],
    "change_asked_state_is_legal": lambda world: asked(world, state="lost", answered_at=world.now),
    "change_asked_one_open": lambda world: [asked(world) for _ in range(2)],
    "change_asked_answered_has_its_time": lambda world: asked(world, state="done"),
    "change_asked_declined_has_its_words": lambda world: asked(
        world, state="declined", answered_at=world.now
    ),
    "ship_row_once": lambda world: write_again(ShipRow.objects.get()),
    "ship_row_outcome_is_legal": lambda world: ShipRow.objects.update(outcome="lost"),
    "ship_row_refused_has_its_reason": lambda world: ShipRow.objects.update(outcome="refused"),
}


def lying(order: Order, **changes: object) -> Pickup:
    facts = {"ready_at": order.made_at, "changed_at": order.made_at}
    return Pickup.objects.create(order=order, **(facts | changes))


def packed_again(world: World, row: PackRow) -> None:
    """The same order in another batch, in both."""
    other = draft_batch(order_ids=[row.order_id], actor=world.staff, now=world.now)
    PackRow.objects.filter(batch__in=[row.batch_id, other.pk]).update(state="packed")


def printed(kind: str = "slips") -> BatchPaper:
    batch = Batch.objects.get()
    facts = {"part": 1, "orders": 1, "pdf": b"%PDF", "made_at": batch.made_at}
    return BatchPaper.objects.create(batch=batch, kind=kind, **facts)


def asked(world: World, **changes: object) -> ChangeAsked:
    facts = {"order": Order.objects.get(), "words": "One more.", "asked_at": world.now}
    return ChangeAsked.objects.create(**(facts | changes))


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    buy(world, world.ana, {"CAB23": 2}, world.now)
    draft_shipping(order_ids=[Order.objects.get().pk], actor=world.staff, now=world.now)
    draft_batch(order_ids=[Order.objects.get().pk], actor=world.staff, now=world.now)
    assert_refused(name, lambda: BREACHES[name](world))
