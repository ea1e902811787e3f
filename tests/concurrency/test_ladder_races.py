"""A guarantee that ends while its customer fills the cart, on PostgreSQL: what they took stays theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.concurrency.crowd import gather, rush
from tests.rooms.checkout.journey import hold
from tests.rooms.tiers.test_ladders import build_spring, ladder_of, written
from tests.world import World, build_world
from tirage.checkout.models import CartLine
from tirage.checkout.operations import cart
from tirage.core.clock import read_clock
from tirage.offers.models import CustomAllowance, Offer
from tirage.tiers import ladders
from tirage.tiers.ladders import end_guarantees

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> tuple[World, Offer]:
    """By the ladder of the spring, two Cabernets at least are Ben's for three days."""
    world = build_world(read_clock())
    offer = build_spring(world)
    written(ladder_of(world, offer, guaranteed_until=offer.opens_at + timedelta(days=3)), world)
    return world, offer


def fill_while_it_ends(world: World, offer: Offer, monkeypatch: pytest.MonkeyPatch) -> int:
    """Ben's cart of two has read what he may take when the guarantee ends; what is his afterwards."""
    until, read, ended = offer.opens_at + timedelta(days=3), gather(2), gather(2, patience=1)
    held = cart.hold_cart

    def slowly(*facts: Any, **more: Any) -> Any:
        read()
        ended()
        return held(*facts, **more)

    def end() -> None:
        read()
        end_guarantees(now=until)
        ended()

    monkeypatch.setattr(cart, "hold_cart", slowly)
    results = rush([lambda: hold(world.ben, {"CAB23": 2}, until - timedelta(seconds=1)), end])
    assert results.refusals == []
    assert CartLine.objects.get(cart__customer=world.ben, offer_item__offer=offer).quantity == 2
    return theirs(world, offer)


def theirs(world: World, offer: Offer) -> int:
    item = world.item(offer, world.cabernet)
    return CustomAllowance.objects.get(customer=world.ben, offer_item=item).purchase_maximum


def test_a_cart_that_is_being_filled_is_waited_for(
    shared: tuple[World, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, offer = shared
    hold(world.ben, {"CAB23": 1}, offer.opens_at)
    assert fill_while_it_ends(world, offer, monkeypatch) == 2


def test_control_without_the_carts_lock_a_bottle_in_it_is_not_theirs(
    shared: tuple[World, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, offer = shared
    hold(world.ben, {"CAB23": 1}, offer.opens_at)
    monkeypatch.setattr(ladders, "wait_for_carts", lambda ladder: None)
    assert fill_while_it_ends(world, offer, monkeypatch) == 1


def test_a_first_cart_that_nobody_could_wait_for_is_looked_after(
    shared: tuple[World, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, offer = shared
    assert fill_while_it_ends(world, offer, monkeypatch) == 0, "control: its row wasn't there to be locked"
    until = offer.opens_at + timedelta(days=3)
    assert end_guarantees(now=until + timedelta(minutes=1)) == 0
    assert theirs(world, offer) == 2
