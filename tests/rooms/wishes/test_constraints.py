"""The wishes' walls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.wishes.models import Wish


def wish(world: World, **changes: Any) -> Wish:
    facts: dict[str, Any] = {"kind": "request", "asked": 2, "made_at": world.now, "changed_at": world.now}
    item = world.item(world.premier_offer, world.cabernet)
    return Wish.objects.create(customer=world.ana, offer_item=item, **{**facts, **changes})


def wished_twice(world: World) -> None:
    wish(world)
    wish(world)


BREACHES: dict[str, Breach] = {
    "wish_once_an_item": wished_twice,
    "wish_asks_for_something": lambda world: wish(world, asked=0),
    "wish_never_granted_beyond_asked": lambda world: wish(world, granted=3),
    "wish_promise_was_agreed": lambda world: wish(world, kind="promise"),
    "wish_kind_is_legal": lambda world: wish(world, kind="hope"),
    "wish_state_is_legal": lambda world: wish(world, state="odd"),
    "wish_archived_has_its_time": lambda world: wish(world, state="archived"),
    "wish_price_in_bounds": lambda world: wish(world, price_minor=10**15),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
