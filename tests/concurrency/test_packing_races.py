"""The races of packed orders, on PostgreSQL with real threads: frozen, changed, recalled and handed over at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tests.concurrency.crowd import gather, rush, without_wall
from tests.rooms.checkout.journey import buy
from tests.rooms.fulfilment.packed import frozen_batch
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.fulfilment.models import Batch, PackRow
from tirage.fulfilment.operations import continue_shipping, hand_over
from tirage.fulfilment.operations import shipping as shipping_operations
from tirage.fulfilment.packing import freezing
from tirage.fulfilment.packing.choosing import draft_batch
from tirage.fulfilment.packing.freezing import continue_freezing, recall_order, start_freezing
from tirage.fulfilment.packing.hindrances import hindrances
from tirage.orders import operations as order_operations
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.orders.packed import refuse_packed

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


@pytest.fixture
def order(shared: World) -> Order:
    return Order.objects.get(reference=buy(shared, shared.ben, {"CAB23": 2}, shared.now).order_reference)


def freezing_of(world: World, order: Order) -> Batch:
    """A batch of it whose orders the worker is about to take in."""
    batch = draft_batch(order_ids=[order.pk], actor=world.staff, now=world.now)
    facts: dict[str, Any] = {"name": "One", "leaves_on": None, "waits_for_wishes": False}
    start_freezing(batch=batch, actor=world.staff, now=world.now, **facts)
    return batch


def unlock(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Rows are read without being locked."""
    for module in modules:
        for name, read in (("lock_row", lambda rows: rows.first()), ("lock_rows", list)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, read)


def cancel_and_freeze(world: World, order: Order) -> tuple[str, str]:
    """The team cancels an order while the worker freezes it: its state, and the batch that it is in."""
    facts: dict[str, Any] = {"restock": True, "reason": "No more", "actor": world.staff, "now": world.now}
    batch = freezing_of(world, order)
    results = rush(
        [
            partial(cancel_order, order_reference=order.reference, **facts),
            partial(continue_freezing, batch=batch, now=world.now),
        ]
    )
    assert all(isinstance(one, (DomainError, IntegrityError)) for one in results.refusals), results.refusals
    order.refresh_from_db()
    return order.state, order.packed_in


def test_an_order_is_canceled_or_frozen_never_both(shared: World, order: Order) -> None:
    state, packed_in = cancel_and_freeze(shared, order)
    assert (state == "cancelled") != bool(packed_in)
    assert run_checks(read_clock()) == []


def meeting_before_both_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the order before one of them writes."""
    meet, refuse, ask = gather(2), refuse_packed, hindrances

    def refuse_together(found: Order) -> None:
        refuse(found)
        meet()

    def ask_together(*asked: Any) -> Any:
        against = ask(*asked)
        meet()
        return against

    monkeypatch.setattr(order_operations, "refuse_packed", refuse_together)
    monkeypatch.setattr(freezing, "hindrances", ask_together)
    unlock(monkeypatch, order_operations, freezing)


def test_without_the_lock_the_database_still_says_no(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting_before_both_write(monkeypatch)
    state, packed_in = cancel_and_freeze(shared, order)
    assert not (state == "cancelled" and packed_in)


def test_control_without_lock_and_wall_it_is_canceled_in_its_box(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_wall("orders_order", "order_packed_is_placed")
    try:
        meeting_before_both_write(monkeypatch)
        assert cancel_and_freeze(shared, order) == ("cancelled", Batch.objects.get().reference)
    finally:
        Order.objects.update(packed_in="")
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE orders_order ADD CONSTRAINT order_packed_is_placed"
                " CHECK (packed_in = '' OR state = 'placed')"
            )


def freeze_twice(world: World, order: Order) -> int:
    """Two people freeze batches with the same order at once: in how many it is packed."""
    batches = [freezing_of(world, order) for _ in range(2)]
    results = rush([partial(continue_freezing, batch=one, now=world.now) for one in batches])
    assert all(isinstance(one, IntegrityError) for one in results.refusals), results.refusals
    return PackRow.objects.filter(state="packed").count()


def test_two_who_freeze_one_order_pack_it_once(shared: World, order: Order) -> None:
    assert freeze_twice(shared, order) == 1
    assert PackRow.objects.get(state="left_out").reason == "It is in another batch."


def test_control_without_lock_and_wall_it_lies_in_two_boxes(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, ask = gather(2), hindrances

    def ask_together(*asked: Any) -> Any:
        against = ask(*asked)
        meet()
        return against

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX pack_row_packed_once")
    try:
        monkeypatch.setattr(freezing, "hindrances", ask_together)
        unlock(monkeypatch, freezing)
        assert freeze_twice(shared, order) == 2
    finally:
        PackRow.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX pack_row_packed_once ON fulfilment_packrow (order_id) WHERE state = 'packed'"
            )


def recall_and_leave(world: World, order: Order) -> tuple[str, str]:
    """The team recalls an order in the moment its batch leaves: the order's state, and its row's."""
    batch = frozen_batch(world, [order])
    run = hand_over(batch=batch, tell_customers=False, actor=world.staff, now=world.now)
    facts: dict[str, Any] = {"reason": "Wrong wine", "actor": world.staff, "now": world.now}
    results = rush(
        [
            partial(recall_order, order_reference=order.reference, **facts),
            partial(continue_shipping, run=run, limit=5, actor=world.staff, now=world.now),
        ]
    )
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    order.refresh_from_db()
    return order.state, batch.rows.get().state


def test_what_is_recalled_while_it_leaves_stays_or_has_left(shared: World, order: Order) -> None:
    assert recall_and_leave(shared, order) in {("placed", "recalled"), ("shipped", "gone")}
    assert run_checks(read_clock()) == []


def test_control_without_the_lock_it_leaves_recalled(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recall stands before the order leaves, but after it was looked at."""
    meet, after = gather(2), gather(2)
    leave, undo = shipping_operations._leave, freezing.unpack

    def leave_late(*facts: Any) -> None:
        meet()
        after()
        leave(*facts)

    def unpack_first(*facts: Any) -> None:
        meet()
        undo(*facts)

    recalled = freezing.recall_order

    def recall(**facts: Any) -> Any:
        done = recalled(**facts)
        after()
        return done

    monkeypatch.setattr(shipping_operations, "_leave", leave_late)
    monkeypatch.setattr(freezing, "unpack", unpack_first)
    monkeypatch.setattr(f"{__name__}.recall_order", recall)
    unlock(monkeypatch, shipping_operations, freezing)
    assert recall_and_leave(shared, order) == ("shipped", "recalled")
