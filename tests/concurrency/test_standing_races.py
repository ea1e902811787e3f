"""Standing orders against everybody else, on PostgreSQL with real threads; each with its control, the race without the
guard, which must break the promise."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, rebuild_wall, rush, without_wall
from tests.concurrency.test_release_races import unlock_stock
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.rooms.standing.standing import agreed, announced, offered
from tests.world import World, acting, build_world
from tirage.checkout.operations import place_order, placing, set_cart
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.inventory.models import Stock
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.standing import acting as running
from tirage.standing.acting import work_next
from tirage.standing.agreeing import Wanted, agree, end
from tirage.standing.models import StandingLine, StandingOrder, StandingRun
from tirage.standing.planning import page_for
from tirage.standing.running import start_run
from tirage.standing.states import Amount

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def begun(world: World) -> StandingRun:
    """Ana's standing order, begun by staff while the offers are open."""
    offered(world)
    agreed(world, world.ana)
    run = announced(world)
    Offer.objects.filter(release=world.release).update(opens_at=world.now)
    return start_run(run=run, actor=world.staff, now=world.now, queue=False)


# The last bottles


def last_bottles(world: World) -> Any:
    """Six Cabernets are left: Ana's standing order wants all of them, Ben's cart three."""
    run = begun(world)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=6)
    item = world.item(world.estate_offer, world.cabernet)
    return rush(
        [
            partial(work_next, run=run, limit=1, now=read_clock()),
            partial(
                set_cart,
                customer=world.ben,
                quantities={item.pk: 3},
                actor=acting(world.ben),
                now=read_clock(),
            ),
        ]
    )


def test_the_last_bottles_are_held_once(shared: World) -> None:
    results = last_bottles(shared)
    assert not results.refusals and shared.stock(shared.cabernet).held == 6


def test_control_without_lock_and_wall_they_are_held_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_wall("inventory_stock", "stock_never_promised_twice")
    try:
        unlock_stock(monkeypatch, 2)
        last_bottles(shared)
        assert shared.stock(shared.cabernet).held == 9
    finally:
        rebuild_wall()


# The allowance of a customer who buys at the same moment


def buying_besides(world: World) -> None:
    """What is set aside for Ana is ordered while she orders her whole allocation from her own cart."""
    run = begun(world)
    work_next(run=run, limit=1, now=world.now)
    hold(world.ana, {"CAB23": 6}, world.now)
    ordering = checkout_arguments(world, world.ana, world.now)
    rush([partial(work_next, run=run, limit=1, now=world.now), partial(place_order, **ordering)])


def cabernets(world: World) -> int:
    orders = Order.objects.filter(customer=world.ana, state="placed")
    return sum(orders.filter(lines__sku=world.cabernet).values_list("lines__quantity", flat=True))


def test_nobody_gets_more_than_their_allowance(shared: World) -> None:
    buying_besides(shared)
    assert cabernets(shared) == 6 and run_checks(read_clock()) == []


def test_control_without_the_lock_of_the_own_cart_it_is_bought_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = gather(2)
    monkeypatch.setattr(running, "lock_rows", list)

    def met(*asked: Any) -> Any:
        page = page_for(*asked)
        meet()
        return page

    checked = placing._checked_cart

    def both(page: Any) -> Any:
        meet()
        return checked(page)

    monkeypatch.setattr(running, "page_for", met)
    monkeypatch.setattr(placing, "_checked_cart", both)
    buying_besides(shared)
    assert cabernets(shared) > 6


# Taking the agreement back


def work(run: StandingRun) -> None:
    while run.state == "running":
        work_next(run=run, limit=1, now=read_clock())


def test_an_agreement_that_is_taken_back_orders_nothing_more(shared: World) -> None:
    """Either it was ordered first, or nothing is: never an order that came after the end."""
    run = begun(shared)
    ending = partial(end, customer=shared.ana, actor=acting(shared.ana), now=shared.now)
    assert rush([partial(work, run), ending]).refusals == []
    assert StandingOrder.objects.get().state == "ended" and run_checks(read_clock()) == []
    line = StandingLine.objects.get()
    assert line.outcome in ("ordered", "left_out") and (line.outcome == "ordered") == Order.objects.exists()
    assert shared.stock(shared.cabernet).held == 0


def test_control_by_what_was_read_of_it_before_it_is_ordered_after_its_end(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, read_before = begun(shared), StandingOrder.objects.get()
    end(customer=shared.ana, actor=acting(shared.ana), now=shared.now)
    monkeypatch.setattr(running, "locked", lambda line: read_before)
    work(run)
    assert Order.objects.exists() and StandingOrder.objects.get().state == "ended"


# Two windows


def test_two_windows_agree_once(shared: World) -> None:
    offered(shared)
    asked: dict[str, Any] = {"customer": shared.ana, "version": 1, "actor": acting(shared.ana)}
    wanted = [Wanted(Amount.FULL), Wanted(Amount.CAPPED, 6)] * 3
    results = rush([partial(agree, wanted=one, now=shared.now, **asked) for one in wanted])
    assert all(isinstance(problem, DomainError) for problem in results.refusals)
    standing = StandingOrder.objects.get()
    latest = standing.agreements.order_by("-pk").first()
    assert latest and ("6 bottles" in latest.words) == (standing.cap == 6)
