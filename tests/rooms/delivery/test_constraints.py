"""Delivery's walls."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.delivery.models import Destination, Method, Rate

BREACHES: dict[str, Breach] = {
    "destination_once": lambda world: Destination.objects.create(
        country="US", state="CA", name="California again"
    ),
    "destination_tax_at_most_all": lambda world: Destination.objects.update(tax_rate_ppm=1_000_001),
    "method_kind_is_legal": lambda world: Method.objects.update(kind="drone", handover=world.california),
    "method_visibility_is_legal": lambda world: Method.objects.update(visibility="nobody"),
    "method_without_shipping_names_handover": lambda world: Method.objects.update(
        kind="pickup", handover=None
    ),
    "rate_once_a_step": lambda world: Rate.objects.filter(method=world.ground).update(up_to_milli=3000),
    "rate_price_not_negative": lambda world: Rate.objects.update(price_minor=-1),
    "rate_step_positive": lambda world: Rate.objects.filter(
        method=world.van, zone=world.west, up_to_milli=3000
    ).update(up_to_milli=0),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
