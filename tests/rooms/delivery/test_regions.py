"""A destination that is a whole country holds for each of its regions, unless a region has a row of its own."""

from __future__ import annotations

from datetime import date

import pytest

from tests.world import World
from tirage.customers.models import Address
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.limits.queries import limits_for
from tirage.delivery.models import Destination, VolumeLimit
from tirage.delivery.queries import quote_methods
from tirage.delivery.rules import Freight


@pytest.fixture
def japan(world: World) -> Destination:
    return Destination.objects.create(country="JP", state="", name="Japan", zone=world.west, is_open=True)


def shipped_to(world: World, state: str) -> set[str]:
    ways = quote_methods(
        country="JP", state=state, freight=Freight(1_000), free_shipping=False, now=world.now
    )
    return {way.name for way in ways if way.place[0] == "JP"}


def test_the_country_holds_for_its_regions(world: World, japan: Destination) -> None:
    assert shipped_to(world, "Tokyo") == shipped_to(world, "") != set()
    there = Address(line1="1-1 Chiyoda", city="Chiyoda", state="Tokyo", postal_code="100-0001", country="JP")
    assert word_at_save(there, world.now) == ""


def test_a_regions_own_row_comes_first(world: World, japan: Destination) -> None:
    Destination.objects.create(country="JP", state="Okinawa", name="Okinawa", zone=world.west, is_open=False)
    assert shipped_to(world, "Okinawa") == set()
    assert shipped_to(world, "Tokyo") != set()


def test_its_limits_hold_too(world: World, japan: Destination) -> None:
    VolumeLimit.objects.create(
        destination=japan,
        millilitres=9_000,
        unit="litre",
        period="month",
        subject="person",
        first_day=date(2020, 1, 1),
    )
    limits, _ = limits_for(world.ana.pk, ("JP", "Tokyo"))
    assert len(limits) == 1
    assert limits_for(world.ana.pk, ("US", "CA"))[0] == []
