"""Wishes as their release has them: off, only after the maximum, with the words and the price that were agreed to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.checkout.journey import hold, item_of
from tests.world import World, acting
from tirage.checkout.queries import load_offer_page
from tirage.core.errors import DomainError
from tirage.inventory.models import Stock
from tirage.offers.models import OfferItem, Release
from tirage.wishes.models import Wish
from tirage.wishes.operations import set_wish
from tirage.wishes.queries import with_ways


def ask(world: World, quantity: int, **changes: Any) -> Wish | None:
    facts: dict[str, Any] = {
        "customer": world.ben,
        "offer_item_id": world.item(world.estate_offer, world.cabernet).pk,
        "agreed": True,
        "actor": acting(world.ben),
        "now": world.now,
    }
    return set_wish(**{**facts, **changes}, quantity=quantity)


def refused(world: World, quantity: int, **changes: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        ask(world, quantity, **changes)
    return refusal.value.code


def test_where_wishing_is_off_nobody_wishes(world: World) -> None:
    ask(world, 2)
    Release.objects.update(wish_kind="off")
    assert item_of(load_offer_page(world.ben, world.now), "CAB23").wish_maximum == 0
    assert refused(world, 3) == "wishing_off"
    ask(world, 0)
    assert Wish.objects.get().state == "withdrawn"


def test_wishing_opens_once_the_maximum_is_taken(world: World) -> None:
    Release.objects.update(wish_after_maximum=True)
    hold(world.ben, {"CAB23": 2}, world.now)
    assert refused(world, 1) == "maximum_first"
    hold(world.ben, {"CAB23": 3}, world.now)
    assert ask(world, 1) is not None


def test_wishing_opens_when_there_is_no_more_to_take(world: World) -> None:
    Release.objects.update(wish_after_maximum=True)
    Stock.objects.filter(sku=world.cabernet).update(on_hand=2)
    hold(world.ben, {"CAB23": 2}, world.now)
    assert ask(world, 1) is not None


def test_words_and_price_stay_as_they_were_read(world: World) -> None:
    ask(world, 2)
    OfferItem.objects.update(price_minor=150_00)
    wish = Wish.objects.get()
    assert wish.price_minor == 120_00 and "at most $120.00 each" in wish.agreed_words
    ask(world, 3)
    wish.refresh_from_db()
    assert wish.price_minor == 150_00 and "at most $150.00 each" in wish.agreed_words


def test_a_wish_is_for_no_fewer_than_are_granted(world: World) -> None:
    ask(world, 3)
    Wish.objects.update(granted=2)
    assert refused(world, 1) == "granted_in_part"


def test_a_promise_without_a_card_that_can_be_charged_is_known_from_the_start(world: World) -> None:
    ask(world, 1)
    assert with_ways(Wish.objects.all(), world.now).filter(has_card=True).exists()
    world.ben.payment_methods.update(exp_year=2020)
    found = with_ways(Wish.objects.all(), world.now)
    assert found.filter(has_card=False, has_address=True).exists()
