"""One wine in two formats: a crowd at the last of it, two that change the last of it, one that changes it twice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, invite, rush
from tests.concurrency.test_release_races import take
from tests.rooms.futures.campaign import CODE, Futures, begin, buy, order_of
from tests.rooms.futures.formats import choose, magnums, wine_of
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.futures.formats import drawing
from tirage.futures.models import FormatChange, Lot
from tirage.inventory.models import Stock
from tirage.inventory.statements import LockedCounters
from tirage.offers.models import OfferItem

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BOTTLE, LARGE = 750, 1500


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


def both_formats(shared: World, expected: int) -> tuple[Futures, Lot]:
    futures = begin(shared, expected=expected)
    return futures, magnums(futures, offered=True)


def crowd_takes(futures: Futures, large: Lot, people: int) -> int:
    """Millilitres that are held once half of the crowd wanted two bottles each and half one magnum each."""
    bottle = OfferItem.objects.get(offer=futures.offer, sku__code=CODE)
    magnum = OfferItem.objects.get(offer=futures.offer, sku=large.sku)
    acts = [
        partial(
            take, person, magnum.pk if number % 2 else bottle.pk, 1 if number % 2 else 2, futures.world.now
        )
        for number, person in enumerate(invite(futures.world, people))
    ]
    rush(acts)
    return futures.world.stock(futures.sku).held * BOTTLE + futures.world.stock(large.sku).held * LARGE


def test_bottles_and_magnums_are_sold_of_one_wine(shared: World) -> None:
    futures, large = both_formats(shared, 8)
    assert crowd_takes(futures, large, 12) == 8 * BOTTLE == wine_of(futures.lot)
    assert run_checks(shared.now) == []


def unlocked(stock_ids: Sequence[int]) -> dict[int, LockedCounters]:
    """The counters as anybody may read them."""
    return {
        one.pk: LockedCounters(one.pk, one.on_hand, one.sold, one.held, one.expected)
        for one in Stock.objects.filter(pk__in=stock_ids)
    }


def test_control_without_the_locks_wine_is_made_of_nothing(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six draw a magnum each of the last four bottles, all having read that they are free."""
    futures, large = both_formats(shared, 4)
    meet, shelf = gather(6), drawing._shelf

    def seen(*facts: Any) -> Any:
        found = shelf(*facts)
        meet()
        return found

    monkeypatch.setattr(drawing, "lock_counters", unlocked)
    monkeypatch.setattr(drawing, "lock_rows", list)
    monkeypatch.setattr(drawing, "_shelf", seen)
    magnum = OfferItem.objects.get(offer=futures.offer, sku=large.sku)
    rush([partial(take, one, magnum.pk, 1, shared.now) for one in invite(shared, 6)])
    assert {one.check.name for one in run_checks(shared.now)} >= {"stock_expected"}


def change(futures: Futures, order: Any, large: Lot) -> str:
    done = choose(futures, order, futures.lot, large, 12, 60_00, now=read_clock(), actor=futures.world.staff)
    return done.status


def test_two_change_the_last_of_a_lot_at_once(shared: World) -> None:
    futures, large = both_formats(shared, 24)
    orders = [order_of(buy(futures, person, 12)) for person in invite(shared, 2)]
    results = rush([partial(change, futures, order, large) for order in orders])
    assert results.refusals == [] and results.answers == ["applied", "applied"]
    large.refresh_from_db()
    assert (large.expected, large.committed, wine_of(futures.lot)) == (12, 12, 24 * BOTTLE)
    assert run_checks(read_clock()) == []


def test_the_same_bottles_are_changed_once(shared: World) -> None:
    futures, large = both_formats(shared, 24)
    order = order_of(buy(futures, shared.ben, 12))
    results = rush([partial(change, futures, order, large), partial(change, futures, order, large)])
    assert len(results.refusals) == 1 and FormatChange.objects.count() == 1
    assert wine_of(futures.lot) == 24 * BOTTLE and run_checks(read_clock()) == []
