"""Wine that isn't there yet is no easier to sell twice: a crowd at the last of a lot, a lot that shrinks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, invite, rebuild_wall, rush, without_wall
from tests.concurrency.test_release_races import take, unlock_stock
from tests.rooms.futures.campaign import Futures, begin, form_of, lot_values
from tests.world import World, build_world
from tirage.checkout.operations import Placing, place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.futures import lots as lot_operations
from tirage.futures.lots import save_lot
from tirage.inventory import statements as inventory_statements
from tirage.inventory.models import Stock
from tirage.inventory.operations import LockedStock

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


def buy_one(futures: Futures, person: Customer, item_id: int) -> Placing | None:
    if not take(person, item_id, 1, futures.world.now):
        return None
    return place_order(**form_of(futures, person, futures.world.now))


def test_a_crowd_buys_exactly_what_the_lot_brings(shared: World) -> None:
    futures = begin(shared, expected=5)
    item = shared.item(futures.offer, futures.sku)
    results = rush([partial(buy_one, futures, person, item.pk) for person in invite(shared, 12)])
    assert results.refusals == []
    assert sum(1 for one in results.answers if one and one.status == "placed") == 5
    futures.lot.refresh_from_db()
    assert (futures.lot.committed, shared.stock(futures.sku).sold) == (5, 5) and run_checks(shared.now) == []


def race_for_the_last(futures: Futures) -> int:
    item = futures.world.item(futures.offer, futures.sku)
    crowd = invite(futures.world, 6)
    return sum(rush([partial(take, person, item.pk, 1, futures.world.now) for person in crowd]).answers)


def test_the_last_of_a_lot_are_held_once(shared: World) -> None:
    assert race_for_the_last(begin(shared, expected=3)) == 3


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("inventory_stock", "stock_never_promised_twice")
    yield
    Stock.objects.update(expected=0)
    rebuild_wall()


def test_control_without_lock_and_wall_they_are_held_twice(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    futures = begin(shared, expected=3)
    unlock_stock(monkeypatch, 6)
    assert race_for_the_last(futures) > 3


def shrink_while_taking(futures: Futures) -> tuple[int, int]:
    """One takes all of a lot while staff learn that it brings half; what is held, and what is expected."""
    world, item = futures.world, futures.world.item(futures.offer, futures.sku)
    shrink = partial(
        save_lot, lot=futures.lot, sku=futures.sku, values=lot_values(5), actor=world.staff, now=world.now
    )
    rush([partial(take, world.ben, item.pk, 10, world.now), shrink])
    stock = world.stock(futures.sku)
    return stock.held, stock.expected


def test_a_lot_shrinks_or_is_taken_and_never_both(shared: World) -> None:
    held, expected = shrink_while_taking(begin(shared, expected=10))
    assert (held, expected) in {(10, 10), (5, 5)}


def test_control_by_counters_read_without_the_lock_both_happen(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    futures = begin(shared, expected=10)
    meet, locked = gather(2), inventory_statements.lock_counters

    def counters(stock_ids: Any) -> Any:
        monkeypatch.setattr(inventory_statements, "for_update", lambda: "")
        read = locked(stock_ids)
        meet()
        return read

    def unlocked(sku: object) -> LockedStock:
        stock = Stock.objects.get(sku=futures.sku)
        meet()
        return LockedStock(stock)

    monkeypatch.setattr(lot_operations, "_stock_of", unlocked)
    monkeypatch.setattr(inventory_statements, "lock_counters", counters)
    held, expected = shrink_while_taking(futures)
    assert held > expected
