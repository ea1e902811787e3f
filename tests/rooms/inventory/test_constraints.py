"""The cellar's walls: the last to refuse a bottle that is promised already."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.inventory.models import Hold, Movement, Stock


def hold(world: World, quantity: int) -> Hold:
    return Hold.objects.create(
        stock=world.stock(world.magnum), holder="CRT-1", quantity=quantity, expires_at=world.now
    )


def held_twice(world: World) -> None:
    hold(world, 1)
    hold(world, 2)


BREACHES: dict[str, Breach] = {
    "stock_sold_not_negative": lambda world: Stock.objects.update(sold=-1),
    "stock_held_not_negative": lambda world: Stock.objects.update(held=-1),
    "stock_never_promised_twice": lambda world: Stock.objects.filter(sku=world.magnum).update(sold=4, held=3),
    "hold_once_a_holder": held_twice,
    "hold_quantity_positive": lambda world: hold(world, 0),
    "movement_moves_something": lambda world: Movement.objects.update(quantity=0),
    "movement_reason_is_legal": lambda world: Movement.objects.update(reason="drunk"),
}


def test_the_last_bottle_may_be_promised(world: World) -> None:
    """The wall stands behind the last bottle, not before it."""
    Stock.objects.filter(sku=world.magnum).update(sold=4, held=2)
    assert world.stock(world.magnum).on_hand == 6


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
