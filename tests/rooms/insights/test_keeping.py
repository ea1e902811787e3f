"""Places and daily sales follow whatever is done to addresses and orders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.insights.plain import daily_sales
from tests.rooms.insights.test_figures import kept_sales
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.customers.operations import create_customer, remove_address, restore_address, save_address
from tirage.insights.keeping import keep_up
from tirage.insights.models import DailySales, Placement, PlacingRun, Touched
from tirage.insights.rebuilding import begin_rebuild, look_after_places, rebuild
from tirage.insights.states import Coverage, PlacingState, Reason
from tirage.merging.operations import merge_customers
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, credit_order

TEXT = {
    "recipient": "Ana Alvarez",
    "line1": "1 Pike Street",
    "city": "Seattle",
    "state": "WA",
    "postal_code": "98101",
}


@pytest.fixture
def kept(world: World) -> World:
    rebuild(run=begin_rebuild(now=world.now, queue=False), clock=lambda: world.now)
    return world


def settle(world: World) -> None:
    """What the worker does; then everything agrees and nothing waits."""
    keep_up(now=world.now)
    assert not Touched.objects.exists()
    assert kept_sales() == daily_sales()
    assert [
        one
        for one in run_checks(world.now)
        if one.check.name in ("daily_sales_add_up", "everybody_is_placed")
    ] == []


def test_an_order_that_is_bought_changed_given_back_and_canceled(kept: World) -> None:
    buy(kept, kept.ana, {kept.cabernet.code: 2}, kept.now)
    assert Touched.objects.filter(customer_id=kept.ana.pk, zip_code="94110").exists()
    settle(kept)
    row = DailySales.objects.get()
    assert (row.zip_code, row.orders, row.bottles) == ("94110", 1, 2)
    found = Order.objects.get()
    credit_order(order=found, amount_minor=5_00, reason="Corked.", actor=kept.staff, now=kept.now)
    settle(kept)
    assert DailySales.objects.get().net_minor == row.net_minor - 5_00
    cancel_order(
        order_reference=found.reference, restock=True, reason="Asked.", actor=kept.staff, now=kept.now
    )
    settle(kept)
    row = DailySales.objects.get()
    assert (row.orders, row.bottles, row.net_minor) == (0, 0, 0)
    assert row.gross_minor > 0, "what came in for it came in"


def test_who_moves_takes_along_what_they_bought(kept: World) -> None:
    buy(kept, kept.ana, {kept.cabernet.code: 1}, kept.now)
    settle(kept)
    saved = save_address(
        customer=kept.ana, address_reference=None, values={**TEXT, "recipient": kept.ana.name},
        make_default=True, actor=kept.staff, now=kept.now,
    )  # fmt: skip
    settle(kept)
    assert DailySales.objects.get().zip_code == "98101"
    assert Placement.objects.get(customer=kept.ana).metro == "42660"
    remove_address(customer=kept.ana, address_reference=saved.reference, actor=kept.staff, now=kept.now)
    settle(kept)
    assert DailySales.objects.get().zip_code in ("94110", "11201")
    restore_address(customer=kept.ana, address_reference=saved.reference, actor=kept.staff, now=kept.now)
    settle(kept)
    assert DailySales.objects.get().state in ("WA", "CA", "NY")


def test_somebody_new_is_looked_for(kept: World) -> None:
    eve = create_customer(email="eve@example.com", last_name="Eve", actor=kept.staff, now=kept.now)
    assert not Placement.objects.filter(customer=eve).exists()
    settle(kept)
    place = Placement.objects.get(customer=eve)
    assert (place.coverage, place.reason) == (Coverage.NOT_PLACED, Reason.NO_ADDRESS)


def test_of_two_who_become_one_everything_is_counted_where_the_one_lives(kept: World) -> None:
    buy(kept, kept.ben, {kept.cabernet.code: 1}, kept.now)
    settle(kept)
    merge_customers(stays=kept.ana, ends=kept.ben, chosen={}, actor=kept.staff, now=kept.now)
    settle(kept)
    assert {row.zip_code for row in DailySales.objects.all()} <= {"94110", "11201", "10012"}
    assert DailySales.objects.count() == 1


def test_a_refused_act_notes_nobody(kept: World) -> None:
    with pytest.raises(Exception, match="no such order"):
        cancel_order(order_reference="ORD-NOBODY", restock=True, reason="x", actor=kept.staff, now=kept.now)
    assert not Touched.objects.exists()


def test_while_everybody_is_placed_anew_nobody_else_adds_up(kept: World) -> None:
    run = begin_rebuild(now=kept.now, queue=False)
    assert begin_rebuild(now=kept.now, queue=False) == run, "one at a time"
    buy(kept, kept.ana, {kept.cabernet.code: 1}, kept.now)
    assert keep_up(now=kept.now) == 0 and Touched.objects.exists()
    assert [one for one in run_checks(kept.now) if one.check.name == "daily_sales_add_up"] == []
    rebuild(run=run, clock=lambda: kept.now)
    settle(kept)


def test_a_run_that_died_half_way_goes_on_where_it_was(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tirage.insights.rebuilding.PORTION", 2)
    run = begin_rebuild(now=kept.now, queue=False)
    seen: list[tuple[int, int]] = []

    def die(done: int, total: int) -> None:
        seen.append((done, total))
        if len(seen) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(run=run, clock=lambda: kept.now, progress=die)
    assert look_after_places(now=kept.now + timedelta(minutes=5)) == 1, "taken up"
    run.refresh_from_db()
    rebuild(run=run, clock=lambda: kept.now, progress=die)
    assert [done for done, _ in seen] == [2, 4]
    assert run.state == PlacingState.FINISHED and run.done == run.total == 4
    settle(kept)


def test_the_schedule_rebuilds_once_a_day(world: World) -> None:
    assert look_after_places(now=world.now) == 1
    run = PlacingRun.objects.get()
    assert look_after_places(now=world.now) == 0
    rebuild(run=run, clock=lambda: world.now)
    assert look_after_places(now=world.now + timedelta(hours=20)) == 0
    assert look_after_places(now=world.now + timedelta(hours=24)) == 1
