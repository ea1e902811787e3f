"""A table of taxes is taken over while orders are placed: each is taxed by one of the two, as its page showed it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import rush
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.rooms.taxes.tables import rate, setup
from tests.world import World, build_world
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.delivery.rules import Terms
from tirage.orders.models import Order, OrderCharge
from tirage.taxes import book
from tirage.taxes.operations import RATES, RateValues, take_over

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NAMES = ("State", "County", "City")


@pytest.fixture
def shared(transactional_db: None) -> World:
    world = build_world(read_clock())
    setup(world, state="CA")
    for name in NAMES:
        rate(world, "NY", name, 2)
    return world


def ready(world: World) -> partial[Any]:
    hold(world.ben, {"CAB23": 2}, read_clock())
    return partial(place_order, **checkout_arguments(world, world.ben, read_clock()))


def taken_over(world: World, percent: int) -> None:
    """All three at once."""
    rows = [RateValues("US", "NY", name, rate_ppm=percent * 10_000) for name in NAMES]
    stood = [RATES.values_of(row) if (row := RATES.same_row(one)) else None for one in rows]
    take_over(table=RATES, rows=rows, stood=stood, actor=world.staff, now=read_clock())


def rates_of(order: Order) -> set[int]:
    return set(OrderCharge.objects.filter(order=order, tax_kind="sales").values_list("rate_ppm", flat=True))


@pytest.mark.parametrize("round", range(4))
def test_an_order_is_taxed_by_one_table_as_its_page_showed(shared: World, round: int) -> None:
    results = rush([ready(shared), partial(taken_over, shared, 3)])
    assert all(isinstance(one, Conflict) for one in results.refusals), results.refusals
    for order in Order.objects.filter(state="placed"):
        assert rates_of(order) == {20_000}, "what the page showed"
        assert {levy.rate_ppm for levy in Terms.from_json(order.terms or {}).tax.levies} == {20_000}
    assert Order.objects.filter(state="placed").count() + len(results.refusals) == 1
    assert run_checks(read_clock()) == []
    # Whoever opens the page from now on is taxed by the new one.
    if results.refusals:
        ready(shared)()
        assert rates_of(Order.objects.get(state="placed")) == {30_000}


def test_control_a_process_that_does_not_read_anew_taxes_by_a_table_that_is_gone(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = book.current_book()
    monkeypatch.setattr("tirage.delivery.queries.book_of", lambda revision: kept)
    taken_over(shared, 3)
    ready(shared)()
    assert rates_of(Order.objects.get(state="placed")) == {20_000}
