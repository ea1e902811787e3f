"""Orders that change while the worker adds up what was sold where, and two workers at once, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connections

from tests.rooms.checkout.journey import buy
from tests.rooms.insights.plain import daily_sales
from tests.rooms.insights.test_figures import kept_sales
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.insights import keeping, rollups
from tirage.insights.keeping import keep_up
from tirage.insights.models import Touched
from tirage.insights.rebuilding import begin_rebuild, rebuild
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kept(transactional_db: None) -> World:
    """Ana has bought, and the worker hasn't looked yet."""
    world = build_world(read_clock())
    rebuild(run=begin_rebuild(now=world.now, queue=False), clock=read_clock)
    buy(world, world.ana, {world.cabernet.code: 2}, world.now)
    return world


def cancel(world: World) -> None:
    cancel_order(
        order_reference=Order.objects.get().reference,
        restock=True,
        reason="Asked.",
        actor=world.staff,
        now=world.now,
    )


class Worker:
    """Keeps up in a thread of its own, and stops when it has added up, until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
        self.added_up, self.go_on, self.failed = Signal(), Signal(), None
        recount = rollups.recount

        def recount_and_wait(places: Any) -> None:
            recount(places)
            if not self.added_up.is_set():
                self.added_up.set()
                self.go_on.wait(10)

        monkeypatch.setattr(rollups, "recount", recount_and_wait)
        self.thread = Thread(target=self._run, args=(world,))
        self.thread.start()
        assert self.added_up.wait(10)

    def _run(self, world: World) -> None:
        try:
            keep_up(now=world.now)
        finally:
            connections.close_all()

    def finish(self) -> None:
        self.go_on.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


def test_what_changes_while_it_is_added_up_is_added_up_next(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(monkeypatch, kept)
    cancel(kept)
    worker.finish()
    assert kept_sales() != daily_sales() and Touched.objects.exists()
    keep_up(now=kept.now)
    assert kept_sales() == daily_sales() and not Touched.objects.exists()


def test_control_forgetting_every_note_what_changed_meanwhile_is_lost(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget_all(_: Any) -> None:
        Touched.objects.all().delete()

    monkeypatch.setattr(keeping, "forget_notes", forget_all)
    worker = Worker(monkeypatch, kept)
    cancel(kept)
    worker.finish()
    keep_up(now=kept.now)
    assert kept_sales() != daily_sales()


def _two_workers(kept: World, monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """The second begins while the first has added up and isn't through."""
    worker = Worker(monkeypatch, kept)
    cancel(kept)
    raised: list[BaseException] = []
    second = Thread(target=_catching, args=(lambda: keep_up(now=kept.now), raised))
    second.start()
    second.join(0.7)
    worker.finish()
    second.join(20)
    assert not second.is_alive()
    return raised


def _catching(work: Callable[[], object], raised: list[BaseException]) -> None:
    try:
        work()
    except IntegrityError as refused:
        raised.append(refused)
    finally:
        connections.close_all()


def test_two_workers_take_turns(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _two_workers(kept, monkeypatch) == []
    assert kept_sales() == daily_sales() and not Touched.objects.exists()


def test_control_without_the_lock_they_write_the_same_day_twice(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "hold_places", lambda: True)
    assert _two_workers(kept, monkeypatch), "the database says no, and the second has to try again"
