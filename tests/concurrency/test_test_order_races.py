"""Test orders in the rush of a release day, on PostgreSQL with real threads; each with its control."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.concurrency.crowd import gather, invite, rush
from tests.concurrency.test_release_races import check_out, form_of, take
from tests.rooms.checkout.testing import WORKS, give_test_card
from tests.world import World, build_world
from tirage.checkout import statements
from tirage.checkout.operations import place_order
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.customers.models import Customer, Group, Membership
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import Offer, OfferItem
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.states import TRIAL

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BOTTLES = 4


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed, so that every thread sees it."""
    return build_world(read_clock())


def tasters_of(world: World, people: list[Customer], *, is_test: bool) -> OfferItem:
    """Puts them into a group of their own; the Cabernet that it is offered."""
    group = Group.objects.create(name="Tasters", kind="allocation", is_test=is_test, rank=99)
    Membership.objects.filter(customer__in=people).update(group=group)
    offer = Offer.objects.create(
        release=world.release,
        group=group,
        is_active=True,
        opens_at=world.now - timedelta(hours=1),
        closes_at=world.now + timedelta(days=7),
    )
    return OfferItem.objects.create(offer=offer, sku=world.cabernet, purchase_maximum=3)


def buy_one(world: World, customer: Customer, item_id: int) -> Any:
    take(customer, item_id, 1, world.now)
    return check_out(world, customer, world.now)


def rush_for_the_last(world: World, *, is_test: bool) -> int:
    """As many testers as customers and bottles; the testers have theirs in the cart. How many customers bought."""
    Stock.objects.filter(sku=world.cabernet).update(on_hand=BOTTLES)
    people = invite(world, 2 * BOTTLES)
    testers, customers = people[:BOTTLES], people[BOTTLES:]
    item, theirs = world.item(world.estate_offer, world.cabernet), tasters_of(world, testers, is_test=is_test)
    trying = []
    for tester in testers:
        assert take(tester, theirs.pk, 1, world.now) == 1
        facts = form_of(world, tester, world.now)
        if is_test:
            facts["card_reference"] = give_test_card(tester, WORKS, world.now).reference
        trying.append(partial(place_order, **facts))
    results = rush([*trying, *(partial(buy_one, world, one, item.pk) for one in customers)])
    assert all(isinstance(one, DomainError) for one in results.refusals), results.refusals
    return Order.objects.filter(state="placed", customer__in=customers).count()


def test_tests_take_no_bottle_of_a_rush(shared: World) -> None:
    assert rush_for_the_last(shared, is_test=True) == BOTTLES
    stock = shared.stock(shared.cabernet)
    assert (stock.on_hand, stock.sold, stock.held) == (BOTTLES, BOTTLES, 0) and not Hold.objects.exists()
    assert set(
        Payment.objects.filter(order__state__contains="t", gateway=TRIAL).values_list("order__state")
    ) <= {("test",)}


def test_control_a_real_group_takes_them(shared: World) -> None:
    assert rush_for_the_last(shared, is_test=False) == 0
    assert shared.stock(shared.cabernet).sold == BOTTLES


def press_twice(world: World) -> int:
    """A tester's button, pressed on several devices at once; how many test orders it made."""
    (tester,) = invite(world, 1)
    item = tasters_of(world, [tester], is_test=True)
    take(tester, item.pk, 2, world.now)
    PaymentMethod.objects.filter(customer=tester).delete()
    give_test_card(tester, WORKS, world.now)
    facts = form_of(world, tester, world.now)
    rush([partial(place_order, **facts)] * 4)
    return Order.objects.filter(customer=tester, state="test").count()


def test_a_button_pressed_at_once_is_one_test_order(shared: World) -> None:
    assert press_twice(shared) == 1


def test_control_without_the_carts_lock_it_is_more(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have read the cart before one of them writes what becomes of it."""
    meet, locked, waiting = gather(4), statements.lock_cart, statements.wait_for_order

    def unlocked(customer_id: int, release_id: int) -> Any:
        monkeypatch.setattr(statements, "for_update", lambda: "")
        return locked(customer_id, release_id)

    def wait_together(*facts: Any) -> None:
        meet()
        waiting(*facts)

    monkeypatch.setattr(statements, "lock_cart", unlocked)
    monkeypatch.setattr(statements, "wait_for_order", wait_together)
    assert press_twice(shared) > 1
