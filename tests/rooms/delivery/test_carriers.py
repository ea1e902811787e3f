"""Whose a method is and how long it takes: as customers read it where they choose."""

from __future__ import annotations

import pytest

from tests.world import World
from tirage.core.errors import DomainError
from tirage.delivery.carriers import say_way
from tirage.delivery.models import Method
from tirage.delivery.operations import MethodValues, save_method
from tirage.delivery.queries import quote_methods
from tirage.delivery.rules import Freight
from tirage.delivery.states import MethodKind, Visibility


@pytest.mark.parametrize(
    ("carrier", "least", "most", "words"),
    [
        ("fedex", 2, 5, "FedEx, 2 to 5 business days"),
        ("fedex", 1, 1, "FedEx, next business day"),
        ("", None, 1, "Next business day"),
        ("", 3, None, "3 business days"),
        ("ups", None, None, "UPS"),
        ("gone", None, None, ""),
    ],
)
def test_carrier_and_speed_in_words(carrier: str, least: int | None, most: int | None, words: str) -> None:
    assert say_way(carrier, least, most) == words


def save(world: World, carrier: str, least: int | None, most: int | None) -> Method:
    values = MethodValues(
        "Parcel",
        "Packed on Mondays",
        "",
        MethodKind.SHIP,
        Visibility.ALL,
        qualifies_for_free_shipping=False,
        is_active=True,
        position=0,
        handover=None,
        carrier=carrier,
        days_least=least,
        days_most=most,
    )
    return save_method(method=world.ground, values=values, actor=world.staff, now=world.now)


def test_customers_read_it_under_the_name(world: World) -> None:
    save(world, "fedex", 2, 5)
    quotes = quote_methods(
        country="US", state="CA", freight=Freight(3_000), free_shipping=False, now=world.now
    )
    way = next(one for one in quotes if one.name == "Parcel")
    assert way.description == "Packed on Mondays · FedEx, 2 to 5 business days" and way.carrier == "fedex"


@pytest.mark.parametrize(
    ("carrier", "least", "most", "field"),
    [
        ("pigeon", 1, 2, "carrier"),
        ("ups", 3, 2, "days_most"),
        ("ups", 0, 2, "days_most"),
        ("", 1, 99, "days_most"),
    ],
)
def test_what_no_carrier_does_is_refused(
    world: World, carrier: str, least: int | None, most: int | None, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        save(world, carrier, least, most)
    assert list(refused.value.fields) == [field]
