"""A thousand plans at nine: never more than there is, and none is taken twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, rebuild_wall, rush, without_wall
from tests.concurrency.test_release_races import unlock_stock
from tests.rooms.checkout.journey import customer_actor
from tests.world import World, build_world
from tirage.checkout.models import Cart, OpeningPlan
from tirage.checkout.operations import planning
from tirage.checkout.operations.planning import pieces_of, take_plan
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.customers.models import Customer, Membership
from tirage.inventory.models import Hold, Stock
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, HANDS, BOTTLES, EACH = 1_000, 12, 300, 2


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, committed, just open."""
    return build_world(read_clock())


def plans(world: World, count: int, bottles: int) -> list[OpeningPlan]:
    """So many customers of Estate, each with a plan of two bottles of a wine of which there are few."""
    Stock.objects.filter(sku=world.cabernet).update(on_hand=bottles)
    world.stock(world.cabernet).movements.update(quantity=bottles)
    people = Customer.objects.bulk_create(
        Customer(
            email=f"planner{n}@example.com", first_name="Planner", last_name=str(n), signed_up_at=world.now
        )
        for n in range(count)
    )
    Membership.objects.bulk_create(
        Membership(customer=one, group=world.estate, kind="allocation", since=world.now) for one in people
    )
    wines = {str(world.item(world.estate_offer, world.cabernet).pk): EACH}
    return OpeningPlan.objects.bulk_create(
        OpeningPlan(customer=one, offer=world.estate_offer, wines=wines, changed_at=world.now)
        for one in people
    )


def press(plan: OpeningPlan) -> int:
    """Takes one plan; how many bottles it brought."""
    outcome = take_plan(
        customer=plan.customer,
        plan=plan,
        pieces=pieces_of(plan),
        actor=customer_actor(plan.customer),
        now=read_clock(),
    )
    return EACH - sum(one.asked - one.got for one in outcome.shortages)


def press_all(mine: list[OpeningPlan]) -> int:
    return sum(press(plan) for plan in mine)


def test_a_thousand_plans_at_nine_take_what_there_is_and_no_more(world: World) -> None:
    made = plans(world, PEOPLE, BOTTLES)
    results = rush([partial(press_all, made[hand::HANDS]) for hand in range(HANDS)])
    stock = world.stock(world.cabernet)
    assert results.refusals == [] and sum(results.answers) == BOTTLES == stock.held
    assert sum(Hold.objects.filter(stock=stock).values_list("quantity", flat=True)) == BOTTLES
    assert not OpeningPlan.objects.filter(used_at=None).exists()
    assert not Order.objects.exists(), "no plan orders or charges by itself"
    assert run_checks(read_clock()) == []


def test_control_without_the_stocks_lock_more_is_taken_than_there_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plans(world, HANDS, EACH)
    without_wall("inventory_stock", "stock_never_promised_twice")
    try:
        unlock_stock(monkeypatch, HANDS)
        results = rush([partial(press, plan) for plan in made])
        assert sum(results.answers) > EACH
    finally:
        rebuild_wall()


def pressed_by_all_hands(world: World) -> tuple[Any, int]:
    """One plan, pressed at once on many devices: what they got, and how often it was taken."""
    (plan,) = plans(world, 1, BOTTLES)
    results = rush([partial(press, plan)] * HANDS)
    return results, len(results.answers)


def test_pressed_on_many_devices_it_is_taken_once(world: World) -> None:
    results, taken = pressed_by_all_hands(world)
    assert taken == 1 and all(isinstance(one, Conflict) for one in results.refusals)
    assert world.stock(world.cabernet).held == EACH and Cart.objects.count() == 1


def test_control_without_the_mark_it_is_taken_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    together: Callable[[], None] = gather(HANDS)

    class Unmarked:
        """Finds the plan unused, whoever used it."""

        def update(self, **_: Any) -> int:
            together()
            return 1

    class Plans:
        objects = type("Objects", (), {"filter": lambda self, **_: Unmarked()})()

    monkeypatch.setattr(planning, "OpeningPlan", Plans)
    _, taken = pressed_by_all_hands(world)
    assert taken > 1
