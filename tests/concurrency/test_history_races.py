"""Figures that are counted anew while their customer buys, on PostgreSQL: the order is in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.concurrency.crowd import gather, rush
from tests.rooms.checkout.journey import buy
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.moving import figures
from tirage.orders import statements

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """Ana's figures are wrong, as those of everybody are whose history has just come in."""
    world = build_world(read_clock())
    Customer.objects.filter(pk=world.ana.pk).update(orders_count=5)
    return world


def recount_while_she_buys(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """Her order has counted itself, unseen by others, when everybody is counted; how many orders she has then."""
    counted, ended, count = gather(2), gather(2, patience=1), statements.count_order

    def slowly(*facts: Any) -> None:
        count(*facts)
        counted()
        ended()

    def recount() -> None:
        counted()
        figures.recount_customers()
        ended()

    monkeypatch.setattr(statements, "count_order", slowly)
    results = rush([lambda: buy(world, world.ana, {"CAB23": 1}, world.now), recount])
    assert results.refusals == []
    return Customer.objects.get(pk=world.ana.pk).orders_count


def test_an_order_that_is_being_placed_is_waited_for(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recount_while_she_buys(shared, monkeypatch) == 1


def test_control_without_the_lock_it_is_lost(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "lock_rows", lambda rows: [])
    assert recount_while_she_buys(shared, monkeypatch) == 0
