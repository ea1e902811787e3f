"""Races around compliance, on PostgreSQL with real threads; each with its control, the race without the guard."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tests.compliance.sovos import ShipCompliantThere, connected
from tests.concurrency.crowd import rush, without_wall
from tests.rooms.changes.journey import confirm, customer_actor, draft_of, pieces_on
from tests.rooms.compliance.journey import bought, latest, passed
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.compliance import asking
from tirage.compliance.asking import ask_about
from tirage.compliance.deciding import let_ship
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.fulfilment.operations import ship_order
from tirage.fulfilment.operations import shipping as shipping_operations
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WALL = "order_shipped_is_compliant"


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


@pytest.fixture
def there(shared: World, settings: Any) -> Iterator[ShipCompliantThere]:
    with connected(ShipCompliantThere(), settings) as one:
        yield one


@pytest.fixture
def order(shared: World, there: ShipCompliantThere) -> Order:
    """Two bottles of Ben's that the service lets ship."""
    return passed(bought(shared), read_clock())


def facts(world: World, order: Order) -> dict[str, Any]:
    return {"order_reference": order.reference, "actor": world.staff, "now": read_clock()}


def adding(world: World, order: Order) -> partial[Any]:
    ben = customer_actor(world.ben)
    return partial(confirm, world, draft_of(world, order, ben, add={world.cabernet: 1}), ben)


@pytest.mark.parametrize("round", range(6))
def test_shipping_while_a_change_asks_again_never_ships_what_nobody_judged(
    shared: World, order: Order, round: int
) -> None:
    results = rush([partial(ship_order, **facts(shared, order)), adding(shared, order)])
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    order.refresh_from_db()
    if order.state == "shipped":
        assert pieces_on(order) == {"CAB23": 2} and not order.awaits_compliance
    else:
        assert order.awaits_compliance == (pieces_on(order) == {"CAB23": 3})
    assert run_checks(read_clock()) == []


def changed_after_the_look(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> list[BaseException]:
    """The change is made between shipping's look at the order and its leaving, which the lock forbids."""
    change, leave = adding(world, order), shipping_operations._leave

    def leave_after_a_change(*given: Any) -> None:
        rush([change])
        leave(*given)

    monkeypatch.setattr(shipping_operations, "_leave", leave_after_a_change)
    monkeypatch.setattr(shipping_operations, "lock_row", lambda rows: rows.first())
    return list(rush([partial(ship_order, **facts(world, order))]).refusals)


def test_without_the_lock_the_database_still_says_no(
    shared: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    (refused,) = changed_after_the_look(shared, order, monkeypatch)
    assert isinstance(refused, IntegrityError) and WALL in str(refused)
    order.refresh_from_db()
    assert order.state == "placed" and order.awaits_compliance


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    """The wall is taken away, and put back as it was once its rows are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [WALL])
        (definition,) = cursor.fetchone()
    without_wall("orders_order", WALL)
    yield
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET awaits_compliance = false")
        cursor.execute(f"ALTER TABLE orders_order ADD CONSTRAINT {WALL} {definition}")


def test_control_without_lock_and_wall_it_ships_unjudged(
    shared: World, order: Order, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert changed_after_the_look(shared, order, monkeypatch) == []
    order.refresh_from_db()
    assert order.state == "shipped" and order.awaits_compliance and pieces_on(order) == {"CAB23": 3}


@pytest.mark.parametrize("round", range(4))
def test_a_decision_and_a_change_at_once_let_nothing_ship_that_nobody_saw(
    shared: World, there: ShipCompliantThere, round: int
) -> None:
    there.closed = {"NY"}
    order = bought(shared)
    ask_about(order_reference=order.reference, clock=read_clock)
    decide = partial(let_ship, seen=1, words="Looked at it.", **facts(shared, order))
    results = rush([decide, adding(shared, order)])
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    order.refresh_from_db()
    assert order.awaits_compliance == (pieces_on(order) == {"CAB23": 3})


@pytest.mark.parametrize("round", range(3))
def test_workers_at_once_ask_once(shared: World, there: ShipCompliantThere, round: int) -> None:
    order, before = bought(shared), len(there.calls)
    ask = partial(ask_about, order_reference=order.reference, clock=read_clock)
    results = rush([ask, ask, ask])
    assert results.refusals == [] and sorted(results.answers) == [False, False, True]
    assert len(there.calls) - before == 1 and latest(order).state == "passed"


def test_control_without_the_time_to_itself_each_asks(
    shared: World, there: ShipCompliantThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, before = bought(shared), len(there.calls)
    monkeypatch.setattr(asking, "HOLD", -asking.HOLD)
    really = asking._ask

    def another_comes(question: Any) -> Any:
        monkeypatch.setattr(asking, "_ask", really)
        rush([partial(ask_about, order_reference=order.reference, clock=read_clock)])
        return really(question)

    monkeypatch.setattr(asking, "_ask", another_comes)
    ask_about(order_reference=order.reference, clock=read_clock)
    assert len(there.calls) - before == 2
