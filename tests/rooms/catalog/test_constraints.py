"""The catalog's walls."""

from __future__ import annotations

import pytest

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.bounds import MOST_MINOR


def non_vintage_twice(world: World) -> None:
    """Two vintages without a year are the same vintage too."""
    for _ in range(2):
        Vintage.objects.create(wine=world.cabernet.vintage.wine, year=None)


BREACHES: dict[str, Breach] = {
    "wine_colour_is_legal": lambda world: Wine.objects.update(colour="blue"),
    "vintage_once_a_wine": non_vintage_twice,
    "vintage_year_1800_to_2200": lambda world: Vintage.objects.update(year=23),
    "sku_price_not_negative": lambda world: Sku.objects.update(price_minor=-1),
    "sku_price_in_bounds": lambda world: Sku.objects.update(price_minor=MOST_MINOR + 1),
    "sku_format_positive": lambda world: Sku.objects.filter(pk=world.magnum.pk).update(units=0),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
