"""Erasing against whoever gives the customer new business, on PostgreSQL with real threads; and against being killed.

Each promise is shown to hold, and its control, the same race with the guard taken away, is shown to break it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from tests.concurrency.crowd import Results, rush, until_somebody_waits
from tests.killing import killed
from tests.rooms.checkout.journey import buy, checkout_arguments, hold
from tests.rooms.leaving.erased import become_somebody, found_in
from tests.world import World, build_world
from tirage.changes.operations.ordering import open_new_order
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.leaving.erasing import operations
from tirage.leaving.erasing.obstacles import find_obstacles
from tirage.leaving.erasing.operations import erase_customer
from tirage.leaving.erasing.sweeping import go_on, sweep_stopped_erasing
from tirage.leaving.models import Erasure
from tirage.orders import taking
from tirage.orders.models import Order
from tirage.segments.models import CustomerList

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def erasing(world: World) -> Callable[[], Any]:
    return lambda: erase_customer(
        customer=world.ben,
        typed=world.ben.reference,
        why="Asked for it",
        queue=False,
        actor=world.staff,
        now=read_clock(),
    )


def is_erased(world: World) -> bool:
    return Customer.objects.filter(pk=world.ben.pk, erased_at__isnull=False).exists()


def buying(world: World) -> Callable[[], Any]:
    hold(world.ben, {"CAB23": 2}, world.now)
    sent = checkout_arguments(world, world.ben, world.now)
    return lambda: place_order(**sent)


def test_of_placing_and_erasing_one_happens(shared: World) -> None:
    results = rush([buying(shared), erasing(shared)])
    assert len(results.answers) == 1 and isinstance(results.refusals[0], DomainError)
    assert is_erased(shared) != Order.objects.filter(customer=shared.ben, state="placed").exists()
    assert run_checks(shared.now) == []


def placed_on_the_way(world: World, monkeypatch: pytest.MonkeyPatch, *, stale: bool) -> Results:
    """The order is placed after the erasing has begun and before it has its locks; ``stale``: it looked by then."""
    placed, place, locked = Event(), buying(world), operations._locked

    def late(customer: Customer) -> Customer:
        seen = find_obstacles(customer)
        placed.wait(20)
        if stale:
            monkeypatch.setattr(operations, "find_obstacles", lambda customer: seen)
        return locked(customer)

    def buy_now() -> Any:
        try:
            return place()
        finally:
            placed.set()

    monkeypatch.setattr(operations, "_locked", late)
    return rush([buy_now, erasing(world)])


def test_an_order_that_came_on_the_way_is_seen(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    results = placed_on_the_way(shared, monkeypatch, stale=False)
    assert [getattr(one, "code", one) for one in results.refusals] == ["not_yet"]
    assert not is_erased(shared) and not Erasure.objects.exists()


def test_control_looked_at_before_the_locks_an_open_order_loses_its_customer(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = placed_on_the_way(shared, monkeypatch, stale=True)
    assert results.refusals == [] and is_erased(shared)
    assert Order.objects.get(customer=shared.ben, state="placed").recipient == "Erased"


def begun_while_erasing(world: World, monkeypatch: pytest.MonkeyPatch) -> Results:
    """The team begins an order having seen an open account, and writes it while the erasing has the customer locked."""
    holding, begin, end = Event(), Order.objects.create, operations._erase_person

    def pause(*facts: Any) -> None:
        holding.set()
        # The other has written its row by then, and waits for the customer.
        until_somebody_waits()
        end(*facts)

    def wait_and_begin(**facts: Any) -> Order:
        holding.wait(20)
        return begin(**facts)

    monkeypatch.setattr(operations, "_erase_person", pause)
    monkeypatch.setattr(Order.objects, "create", wait_and_begin)
    opening: dict[str, Any] = {"customer": world.ben, "actor": world.staff, "now": read_clock()}
    return rush([erasing(world), lambda: open_new_order(**opening)])


def test_no_order_is_begun_for_who_is_being_erased(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    results = begun_while_erasing(shared, monkeypatch)
    assert [getattr(one, "code", one) for one in results.refusals] == ["erased"]
    assert is_erased(shared) and not Order.objects.filter(customer=shared.ben).exists()


def test_control_not_asked_once_more_it_is_begun_with_the_persons_name(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "refuse_erased_meanwhile", lambda customer_id: None)
    results = begun_while_erasing(shared, monkeypatch)
    assert results.refusals == [] and is_erased(shared)
    assert Order.objects.get(customer=shared.ben).recipient == "Ben Baker"


#: Rewrites two rows, says so, and waits to be killed with the third one's transaction open.
VICTIM = """
import sys, threading
import django
django.setup()
from tirage.core.clock import read_clock
from tirage.leaving.erasing import sweeping
rewrite, times = sweeping._rewrite, []
sweeping.PORTION = 1
def slowly(*facts):
    count = rewrite(*facts)
    times.append(count)
    if sum(times) == 3:
        print("half way", flush=True)
        threading.Event().wait()
    return count
sweeping._rewrite = slowly
sweeping.go_on(reference=sys.argv[1], clock=read_clock)
"""


def test_a_killed_erasing_goes_on_and_leaves_nothing(shared: World) -> None:
    become_somebody(shared.ben)
    buy(shared, shared.ben, {"CAB23": 2}, shared.now)
    Order.objects.update(state="shipped", shipped_at=shared.now)
    shared.ben.refresh_from_db()
    Customer.objects.filter(pk=shared.ana.pk).update(note=f"Friend of {shared.ben.name}")
    for number in range(2):
        CustomerList.objects.create(
            name=f"Around {shared.ben.name} {number}", made_at=shared.now, total=0, actor_label="Olive"
        )
    broken = run_checks(shared.now)
    erasure = erasing(shared)()
    killed(VICTIM, erasure.reference)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.rows) == ("running", 2) and found_in()
    assert sweep_stopped_erasing(now=read_clock() + timedelta(minutes=2)) == 1
    erasure = go_on(reference=erasure.reference, clock=read_clock)
    assert erasure.state == "done" and erasure.rows == 3 and found_in() == []
    assert run_checks(shared.now) == broken
