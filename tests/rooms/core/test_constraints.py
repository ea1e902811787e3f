"""The winery's walls."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.core.models import Winery

BREACHES: dict[str, Breach] = {
    "winery_is_one": lambda world: Winery.objects.update(id=2),
    "winery_cart_minutes_5_to_60": lambda world: Winery.objects.update(cart_minutes=61),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
