"""The cart's walls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import hold
from tests.rooms.constraints import Breach, assert_refused, write_again
from tests.world import World
from tirage.checkout.models import (
    Cart,
    CartLine,
    OfferLook,
    OpeningPlan,
    OpeningReminder,
    Recording,
    RestockRequest,
)


def asked_twice(world: World) -> None:
    for _ in range(2):
        RestockRequest.objects.create(
            customer=world.ana, release=world.release, sku=world.magnum, asked_at=world.now
        )


def looked_twice(world: World) -> None:
    for _ in range(2):
        OfferLook.objects.create(offer=world.premier_offer, customer=world.ana, first_at=world.now)


def reminded(world: World, **more: Any) -> None:
    OpeningReminder.objects.create(customer=world.ana, offer=world.premier_offer, asked_at=world.now, **more)


def reminded_twice(world: World) -> None:
    for _ in range(2):
        reminded(world)


def planned_twice(world: World) -> None:
    for _ in range(2):
        OpeningPlan.objects.create(customer=world.ana, offer=world.premier_offer, changed_at=world.now)


BREACHES: dict[str, Breach] = {
    "cart_one_a_release": lambda world: write_again(Cart.objects.get()),
    "cart_line_once": lambda world: write_again(CartLine.objects.get()),
    "cart_line_quantity_positive": lambda world: CartLine.objects.update(quantity=0),
    "cart_split_is_kept": lambda world: Cart.objects.update(is_split=True),
    "cart_kept_of_an_offer": lambda world: Cart.objects.update(kept_until=world.now),
    "cart_line_within_what_is_kept": lambda world: CartLine.objects.update(kept=1, quantity=2),
    "cart_line_price_in_bounds": lambda world: CartLine.objects.update(price_minor=10**15),
    "restock_request_once": asked_twice,
    "offer_look_once": looked_twice,
    "opening_reminder_once": reminded_twice,
    "opening_reminder_after_it_was_asked": lambda world: reminded(
        world, queued_at=world.now - timedelta(seconds=1)
    ),
    "opening_plan_once": planned_twice,
    "recording_kind_is_legal": lambda world: Recording.objects.create(
        customer=world.ana, at=world.now, kind="odd", name="offer", data={}
    ),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    hold(world.ana, {"CAB23": 2}, world.now)
    assert_refused(name, lambda: BREACHES[name](world))
