"""The races of money that is set aside, on PostgreSQL with real threads: captured, renewed and shipped at once.

Each promise is shown to hold, and its control, the same race with the guard taken away, is shown to break it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tests.concurrency.crowd import Results, gather, rush
from tests.rooms.changes.journey import confirm, customer_actor, draft_of, pieces_on
from tests.rooms.checkout.journey import buy
from tests.rooms.payments.shipment import held_at_the_bank, set_aside, taken_at_the_bank
from tests.world import World, build_world
from tirage.changes.operations import let_stray_authorisations_go
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.fulfilment.operations import ship_order
from tirage.fulfilment.operations import shipping as shipping_operations
from tirage.inventory.models import Movement
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import Payment
from tirage.payments.operations import (
    capture_order,
    reconcile_payments,
    release_authorisations,
    renew_authorisation,
)
from tirage.payments.operations import capturing as capturing_operations
from tirage.payments.operations import renewing as renewing_operations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 4


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


@pytest.fixture
def order(shared: World) -> Order:
    """Two bottles of Ben's, set aside."""
    return set_aside(shared, shared.ben, {"CAB23": 2}, shared.now)


def facts(world: World, order: Order) -> dict[str, Any]:
    return {"order_reference": order.reference, "actor": world.staff, "now": world.now}


def unlock(monkeypatch: pytest.MonkeyPatch, module: Any, crowd: int, *, first_write: str) -> None:
    """Rows are read without being locked, by all before anybody writes: the guard is gone."""
    meet, write = gather(crowd), getattr(module, first_write)

    def write_together(*args: Any, **facts: Any) -> Any:
        meet()
        return write(*args, **facts)

    monkeypatch.setattr(module, first_write, write_together)
    monkeypatch.setattr(module, "lock_row", lambda rows: rows.first())
    if hasattr(module, "lock_rows"):
        monkeypatch.setattr(module, "lock_rows", lambda rows: list(rows.order_by("pk")))


# Taking


def captures() -> list[Payment]:
    return list(Payment.objects.filter(kind="capture"))


def race_captures(world: World, order: Order) -> Results:
    return rush([partial(capture_order, **facts(world, order)) for _ in range(CROWD)])


@pytest.mark.parametrize("round", range(3))
def test_an_order_is_captured_once_however_many_ask(shared: World, order: Order, round: int) -> None:
    results = race_captures(shared, order)
    assert results.refusals == []
    assert sum(answer.taken_minor for answer in results.answers) == order.owed_minor == taken_at_the_bank()
    assert len(captures()) == 1 and Order.objects.get().balance_minor == 0
    assert held_at_the_bank() == 0 and run_checks(read_clock()) == []


def test_without_the_lock_the_database_still_says_no(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, capturing_operations, CROWD, first_write="_store_capture")
    results = race_captures(shared, order)
    assert results.refusals and all(isinstance(one, IntegrityError) for one in results.refusals)
    assert len(captures()) == 1 and taken_at_the_bank() == order.owed_minor


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    """``payment_captured_once`` is taken away, and put back as it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'payment_captured_once'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX payment_captured_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_payment WHERE kind = 'capture'")
        cursor.execute(definition)


def test_control_without_lock_and_wall_it_is_asked_for_twice(
    shared: World, order: Order, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, capturing_operations, CROWD, first_write="_store_capture")
    race_captures(shared, order)
    assert len(captures()) > 1


# Renewing


def race_renewals(world: World, order: Order) -> Results:
    held = Payment.objects.get(kind="authorise")
    assert held.expires_at is not None
    now = held.expires_at - timedelta(hours=20)
    act = partial(renew_authorisation, payment_id=held.pk, actor=world.staff, now=now)
    return rush([act for _ in range(CROWD)])


@pytest.mark.parametrize("round", range(3))
def test_an_authorisation_is_renewed_once_however_many_workers_try(
    shared: World, order: Order, round: int
) -> None:
    results = race_renewals(shared, order)
    assert results.refusals == [] and sorted(results.answers) == [False] * (CROWD - 1) + [True]
    assert Payment.objects.filter(kind="authorise").count() == 2 and held_at_the_bank() == order.owed_minor
    assert run_checks(read_clock()) == []


def test_control_without_the_lock_it_is_renewed_twice(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, renewing_operations, CROWD, first_write="start_charge")
    race_renewals(shared, order)
    assert Payment.objects.filter(kind="authorise").count() > 2 and held_at_the_bank() > order.owed_minor


@pytest.mark.parametrize("round", range(4))
def test_taking_while_renewing_takes_once_and_keeps_nothing(shared: World, order: Order, round: int) -> None:
    held = Payment.objects.get(kind="authorise")
    assert held.expires_at is not None
    now = held.expires_at - timedelta(hours=20)
    take = partial(capture_order, order_reference=order.reference, actor=shared.staff, now=now)
    renew = partial(renew_authorisation, payment_id=held.pk, actor=shared.staff, now=now)
    results = rush([take, renew, take, renew])
    assert results.refusals == []
    capture_order(order_reference=order.reference, actor=shared.staff, now=now)
    reconcile_payments(now=read_clock() + timedelta(minutes=1))
    assert taken_at_the_bank() == order.owed_minor == Order.objects.get().paid_minor
    assert held_at_the_bank() == 0 and run_checks(read_clock()) == []


# Shipping


def race_shipping(world: World, order: Order) -> Results:
    return rush([partial(ship_order, **facts(world, order)) for _ in range(CROWD)])


@pytest.mark.parametrize("round", range(3))
def test_an_order_leaves_once_however_many_press_the_button(shared: World, order: Order, round: int) -> None:
    results = race_shipping(shared, order)
    assert all(isinstance(one, DomainError) for one in results.refusals)
    assert {one.code for one in results.refusals if isinstance(one, DomainError)} <= {
        "not_shippable",
        "money_open",
    }
    if not results.answers:
        # Each found the others' money under way: whoever presses again ships.
        ship_order(**facts(shared, order))
    stock = shared.stock(shared.cabernet)
    assert (stock.on_hand, stock.sold) == (98, 0) and taken_at_the_bank() == order.owed_minor
    assert Movement.objects.filter(reason="shipped").count() == 1
    assert Event.objects.filter(name="order.shipped").count() == 1 and run_checks(read_clock()) == []


def test_control_without_the_lock_and_the_state_it_leaves_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for customer in (shared.ana, shared.ben):
        buy(shared, customer, {"CAB23": 2}, shared.now)
    unlock(monkeypatch, shipping_operations, 2, first_write="_leave")
    monkeypatch.setattr(shipping_operations, "advance_order", lambda **ignored: True)
    order = Order.objects.get(customer=shared.ben)
    rush([partial(ship_order, **facts(shared, order)) for _ in range(2)])
    assert Movement.objects.filter(reason="shipped").count() == 2


@pytest.mark.parametrize("round", range(4))
def test_shipping_while_cancelling_does_one_of_them(shared: World, order: Order, round: int) -> None:
    cancel = partial(cancel_order, restock=True, reason="Asked to", **facts(shared, order))
    results = rush([partial(ship_order, **facts(shared, order)), cancel])
    assert len(results.answers) == 1 and isinstance(results.refusals[0], DomainError)
    order.refresh_from_db()
    stock = shared.stock(shared.cabernet)
    assert order.state in ("shipped", "cancelled")
    assert (stock.on_hand, stock.sold) == ((98, 0) if order.state == "shipped" else (100, 0))
    release_authorisations(order_id=order.pk, reason="over", actor=shared.staff, now=read_clock())
    reconcile_payments(now=read_clock() + timedelta(minutes=1))
    # What was taken for an order that was cancelled in the same moment has gone back by itself.
    order.refresh_from_db()
    assert held_at_the_bank() == 0 and order.paid_minor == taken_at_the_bank()
    assert run_checks(read_clock()) == []


@pytest.mark.parametrize("round", range(6))
def test_a_change_while_money_is_taken_loses_no_bottle_and_no_cent(
    shared: World, order: Order, round: int
) -> None:
    ben = customer_actor(shared.ben)
    draft = draft_of(shared, order, ben, add={shared.cabernet: 1})
    change = partial(confirm, shared, draft, ben)
    results = rush([partial(ship_order, **facts(shared, order)), change])
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    reconcile_payments(now=read_clock() + timedelta(minutes=1))
    let_stray_authorisations_go(now=read_clock() + timedelta(minutes=1))
    order.refresh_from_db()
    if order.state == "placed":
        ship_order(order_reference=order.reference, actor=shared.staff, now=read_clock())
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == taken_at_the_bank() and held_at_the_bank() == 0
    stock = shared.stock(shared.cabernet)
    assert (stock.on_hand, stock.sold, stock.held) == (100 - pieces_on(order)["CAB23"], 0, 0)
    assert run_checks(read_clock()) == []
