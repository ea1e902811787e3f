"""SIGKILL of two workers at random points of grant runs: what is granted, charged and on the orders is equal."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from tests.bank import charged_in_all
from tests.concurrency.crowd import invite
from tests.concurrency.test_kills import after_restart
from tests.rooms.wishes.granting import shared as share
from tests.rooms.wishes.granting import wished
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.inventory.operations import move_stock
from tirage.inventory.states import MovementReason
from tirage.orders.models import Order, OrderLine
from tirage.payments.models import Collection
from tirage.wishes.granting import (
    acting,
    again,
    continue_granting,
    look_after_granted_orders,
    start_granting,
)
from tirage.wishes.models import GrantLine, GrantRun, Wish

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, KILLS = 8, 50
SEED = os.environ.get("TIRAGE_SEED", "grants")


@pytest.fixture
def shared(transactional_db: None) -> World:
    """Eight customers without an order, who wish for a hundred Cabernets each; there are a thousand."""
    world = build_world(read_clock())
    move_stock(
        sku_id=world.cabernet.pk,
        quantity=900,
        reason=MovementReason.RECEIVED,
        actor=world.staff,
        now=world.now,
    )
    for person in invite(world, PEOPLE):
        wished(world, person, world.estate_offer, world.cabernet, 100)
    return world


def in_a_child(act: Callable[[], Any]) -> int:
    """Runs ``act`` in a process of its own, with a connection of its own; the signal that ended it, or nought."""
    return in_children(act)[0]


def in_children(*acts: Callable[[], Any]) -> list[int]:
    """The same for several at once."""
    connections.close_all()
    children = []
    for act in acts:
        child = os.fork()
        if child == 0:
            try:
                act()
            finally:
                os._exit(0)
        children.append(child)
    ended = [os.waitpid(child, 0)[1] for child in children]
    return [os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0 for status in ended]


def dying_at(count: int, act: Callable[[], Any]) -> Callable[[], Any]:
    """``act`` in a process that is gone with its ``count``-th statement: half of them before it, half after."""

    sent = 0

    def statement(execute: Any, *asked: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == count and count % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = execute(*asked)
        if sent == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def acted() -> Any:
        with connection.execute_wrapper(statement):
            return act()

    return acted


def begun(world: World) -> GrantRun:
    """One bottle each."""
    return start_granting(run=share(world, {world.cabernet: PEOPLE}), actor=world.staff, now=world.now)


def work(reference: str) -> None:
    run = GrantRun.objects.select_related("release").get(reference=reference)
    while run.state == "running":
        run = continue_granting(run=run, limit=3, now=read_clock())


def totals() -> dict[str, int]:
    lines = GrantLine.objects.filter(outcome="granted").values_list("given", flat=True)
    orders = Order.objects.filter(state="placed")
    return {
        "granted by runs": sum(lines),
        "granted of wishes": sum(Wish.objects.values_list("granted", flat=True)),
        "on orders": sum(OrderLine.objects.filter(order__in=orders).values_list("quantity", flat=True)),
    }


def test_killed_at_fifty_random_points_the_totals_are_equal(shared: World) -> None:
    chance, runs, killed = random.Random(SEED), [begun(shared)], 0
    print(f"TIRAGE_SEED={SEED}")
    while killed < KILLS:
        workers = [dying_at(chance.randint(1, 160), partial(work, runs[-1].reference)) for _ in range(2)]
        if died := in_children(*workers).count(signal.SIGKILL):
            killed += died
            after_restart()
        look_after_granted_orders(now=read_clock())
        runs[-1].refresh_from_db()
        if runs[-1].state == "finished":
            runs.append(begun(shared))
    for run in runs:
        work(run.reference)
        run.refresh_from_db()
        if run.lines.filter(outcome="refused").exists():
            again(run=run, actor=shared.staff, now=read_clock())
            work(run.reference)
    after_restart()
    look_after_granted_orders(now=read_clock())
    # Who dies between writing a payment down and asking the bank leaves money to collect, the bottles kept for it.
    waiting = GrantLine.objects.filter(outcome="collecting")
    for line in waiting:
        assert line.reason == "The payment never reached the bank." and line.kept_until is not None
        assert line.draft is not None
        assert Collection.objects.filter(purpose=line.draft.reference, state="open").exists()
    assert set(GrantLine.objects.exclude(outcome="granted").values_list("outcome", flat=True)) <= {
        "collecting"
    }
    assert set(totals().values()) == {PEOPLE * len(runs) - len(waiting)} and len(runs) > 2
    assert len(waiting) < KILLS / 5
    orders = Order.objects.filter(state="placed")
    assert orders.count() == PEOPLE and all(order.balance_minor == 0 for order in orders)
    assert charged_in_all() == sum(order.owed_minor for order in orders)
    assert run_checks(read_clock()) == []


def test_control_without_going_on_with_what_was_begun_bottles_are_lost(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(shared)

    def die(*ignored: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(acting, "_ask_for_money", die)
        assert in_a_child(lambda: work(run.reference)) == signal.SIGKILL
    monkeypatch.setattr(acting, "_go_on_with_begun", lambda run, customer_id, now: None)
    after_restart()
    work(run.reference)
    assert totals()["granted of wishes"] == PEOPLE - 1
    assert Customer.objects.filter(orders__balance_minor__gt=0).count() == 1, "asked by nobody any more"
