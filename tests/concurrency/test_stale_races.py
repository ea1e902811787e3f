"""Two devices of one customer and a page that is old, on PostgreSQL with real threads: no bottle is given back unseen,
and an order is what its page showed. Each promise is shown to hold, and its control to break it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any

import pytest

from tests.concurrency.crowd import gather, rush
from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.world import World, build_world
from tirage.checkout.meanwhile import checkout_shown
from tirage.checkout.models import CartLine
from tirage.checkout.operations import cart as cart_operations
from tirage.checkout.operations import place_order, set_cart
from tirage.checkout.queries import load_offer_page, priced_of, quote_checkout, words_of_address
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.offers.models import OfferItem
from tirage.orders.models import Order, OrderLine

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    """Ben with one Cabernet in his cart, on two devices that both show it."""
    world = build_world(read_clock())
    hold(world.ben, {"CAB23": 1}, world.now)
    return world


def press(world: World, typed: int, shown: int | None = 1) -> Any:
    item = world.item(world.estate_offer, world.cabernet).pk
    return set_cart(
        customer=world.ben,
        quantities={item: typed},
        shown=None if shown is None else {item: shown},
        actor=customer_actor(world.ben),
        now=world.now,
    )


def cabernets() -> int:
    return sum(CartLine.objects.filter(offer_item__sku__code="CAB23").values_list("quantity", flat=True))


@pytest.mark.parametrize("stale", [0, 1, 2])
def test_a_stale_page_gives_back_nothing_that_another_device_takes(shared: World, stale: int) -> None:
    """One takes three; the other leaves its one alone, or wants two or none. Whoever comes first."""
    results = rush([partial(press, shared, 3), partial(press, shared, stale)])
    assert not results.refusals
    assert cabernets() == 3 == shared.stock(shared.cabernet).held


def test_control_without_the_lock_the_other_devices_bottles_are_given_back(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the cart before either locks it, and the stale one writes last."""
    meet, taken, opened = gather(2), Event(), cart_operations.lock_own_cart

    def unlocked(customer: Any, now: Any) -> Any:
        page = load_offer_page(customer, now)
        meet()
        if waits.pop(customer):
            taken.wait(20)
        return replace(opened(customer, now), page=page)

    class Waits:
        """The stale device's thread alone waits; each has a customer object of its own."""

        def pop(self, customer: Any) -> bool:
            return customer is stale

    waits, stale = Waits(), type(shared.ben).objects.get(pk=shared.ben.pk)
    monkeypatch.setattr(cart_operations, "lock_own_cart", unlocked)

    def take() -> Any:
        outcome = press(shared, 3)
        taken.set()
        return outcome

    def leave_alone() -> Any:
        return press(replace(shared, ben=stale), 2)

    assert not rush([take, leave_alone]).refusals
    assert cabernets() == 2


# The order button


def placing_as_shown(world: World) -> dict[str, Any]:
    """The checkout's form with what its page showed."""
    OfferItem.objects.filter(sku__in=(world.cabernet, world.chardonnay)).update(price_minor=100_00)
    facts = checkout_arguments(world, world.ben, world.now)
    page, home = load_offer_page(world.ben, world.now), world.ben_home
    quote = quote_checkout(page, country="US", state="NY", method_reference=world.ground.reference)
    priced = priced_of(page, quote, quote.total * 0, quote.total)
    return facts | {"shown": checkout_shown(page, priced, [(home.reference, words_of_address(vars(home)))])}


def swap(world: World) -> Any:
    """Another device takes a Chardonnay instead, at the same price."""
    items = [world.item(world.estate_offer, sku).pk for sku in (world.cabernet, world.chardonnay)]
    quantities = dict(zip(items, (0, 1), strict=True))
    return set_cart(customer=world.ben, quantities=quantities, actor=customer_actor(world.ben), now=world.now)


def ordered() -> list[str]:
    return list(OrderLine.objects.values_list("sku__code", flat=True))


@pytest.mark.parametrize("turn", range(3))
def test_an_order_is_what_its_page_showed_whatever_another_device_does(shared: World, turn: int) -> None:
    results = rush([partial(place_order, **placing_as_shown(shared)), partial(swap, shared)])
    assert all(isinstance(refused, Conflict) for refused in results.refusals)
    assert ordered() in ([], ["CAB23"])
    said = {refused.code for refused in results.refusals if isinstance(refused, Conflict)}
    assert said <= {"changed_meanwhile", "checkout_under_way"}


def test_control_without_what_it_showed_other_wine_is_bought(shared: World) -> None:
    facts, swapped = placing_as_shown(shared) | {"shown": None}, Event()

    def place() -> Any:
        swapped.wait(20)
        return place_order(**facts)

    def other() -> Any:
        outcome = swap(shared)
        swapped.set()
        return outcome

    acts: list[Callable[[], Any]] = [place, other]
    assert not rush(acts).refusals
    assert ordered() == ["CHA24"] and Order.objects.get().state == "placed"
