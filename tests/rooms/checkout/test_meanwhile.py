"""A stale page of the offer: what another device did is said and kept, and no bottle is given back unseen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.world import World
from tirage.checkout.models import CartLine
from tirage.checkout.operations import CartOutcome, empty_cart, place_order, set_cart
from tirage.core.errors import Conflict
from tirage.orders.models import Order


def press(world: World, typed: dict[str, int], shown: dict[str, int] | None) -> CartOutcome:
    """Ben presses *Hold* on a page that showed so many pieces of each wine."""
    ids = {name: world.item(world.estate_offer, getattr(world, name)).pk for name in (*typed, *(shown or {}))}
    return set_cart(
        customer=world.ben,
        quantities={ids[name]: pieces for name, pieces in typed.items()},
        shown=None if shown is None else {ids[name]: pieces for name, pieces in shown.items()},
        actor=customer_actor(world.ben),
        now=world.now,
    )


def in_cart(world: World) -> dict[str, int]:
    lines = CartLine.objects.filter(cart__customer=world.ben).select_related("offer_item__sku")
    return {line.offer_item.sku.code: line.quantity for line in lines}


@pytest.mark.parametrize(
    ("shown", "typed", "kept", "words", "asked"),
    [
        # Another device has taken three; the page showed one.
        ({"cabernet": 1}, {"cabernet": 1}, 3, "from 1 to 3. That is kept.", False),
        ({"cabernet": 1}, {"cabernet": 2}, 3, "3 were chosen in another window", True),
        ({"cabernet": 1}, {"cabernet": 0}, 3, "choose again if you want 0", True),
        ({}, {"cabernet": 2}, 3, "and 2 here", True),
        ({"cabernet": 3}, {"cabernet": 2}, 2, "", False),
        ({"cabernet": 1}, {"cabernet": 3}, 3, "", False),
        (None, {"cabernet": 1}, 1, "", False),
    ],
)
def test_what_another_device_took_is_kept_and_said(
    world: World, shown: Any, typed: dict[str, int], kept: int, words: str, asked: bool
) -> None:
    hold(world.ben, {"CAB23": 3}, world.now)
    outcome = press(world, typed, shown)
    assert in_cart(world).get("CAB23", 0) == kept == world.stock(world.cabernet).held
    assert words in " ".join(outcome.moved) and bool(outcome.moved) is bool(words)
    assert outcome.asked_about is asked


def test_more_is_taken_all_the_same_and_what_was_let_go_elsewhere_stays_away(world: World) -> None:
    hold(world.ben, {"CHA24": 2}, world.now)
    more = press(world, {"chardonnay": 4, "cabernet": 1}, {"chardonnay": 1, "cabernet": 1})
    assert in_cart(world) == {"CHA24": 4}
    assert (
        "Ridge Chardonnay 2024: 2 were chosen in another window" in more.moved[-1]
        and "now it is 4" in more.moved[-1]
    )
    assert "Estate Cabernet Sauvignon 2023: changed" in more.moved[0] and "from 1 to 0" in more.moved[0]


def test_a_cart_is_emptied_of_what_its_page_showed(world: World) -> None:
    hold(world.ben, {"CAB23": 3}, world.now)
    item = world.item(world.estate_offer, world.cabernet).pk
    facts: dict[str, Any] = {"customer": world.ben, "actor": customer_actor(world.ben), "now": world.now}
    with pytest.raises(Conflict, match="Estate Cabernet Sauvignon 2023: 3 instead of 1"):
        empty_cart(shown={item: 1}, **facts)
    assert in_cart(world) == {"CAB23": 3}
    empty_cart(shown={item: 3}, **facts)
    assert in_cart(world) == {} and world.stock(world.cabernet).held == 0


def test_an_order_of_another_device_is_told_from_that_of_a_second_press(world: World) -> None:
    """Two pages of one cart: each may be the first to order; the other finds that order, and what it isn't."""
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    item = world.item(world.estate_offer, world.cabernet).pk
    place_order(**form)
    same, other = ({f"line-{item}": [pieces, 120_00]} for pieces in (2, 1))
    assert place_order(**form, shown=same).note == place_order(**form).note == ""
    assert "with other bottles than your page showed" in place_order(**form, shown=other).note
    assert Order.objects.count() == 1
