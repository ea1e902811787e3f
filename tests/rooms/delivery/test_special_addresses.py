"""Where a carrier takes no wine is said, at the checkout and in changes, and never decided silently."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import bought, draft_of, quoted
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.world import World
from tirage.checkout.operations import place_order
from tirage.checkout.queries import load_offer_page, quote_checkout
from tirage.core.errors import DomainError
from tirage.core.winery import current_winery
from tirage.customers.models import Address
from tirage.delivery.laws.asking import word_at_save
from tirage.delivery.models import Method
from tirage.delivery.queries import special_of
from tirage.delivery.reach import say_carriers, words_of_addresses
from tirage.orders.models import Order
from tirage.orders.rules import ShipTo
from tirage.places import SpecialKind

BOX = "Ground and Overnight don't deliver wine to PO boxes. Give a street address, or write to us."


def in_a_box(world: World) -> Address:
    Address.objects.filter(pk=world.ben_home.pk).update(line1="3 Prince Street", line2="P.O. Box 12")
    world.ben_home.refresh_from_db()
    return world.ben_home


def test_no_wine_goes_to_a_box_and_it_is_said(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    facts = checkout_arguments(world, world.ben, world.now)
    address = in_a_box(world)
    page = load_offer_page(world.ben, world.now)
    quote = quote_checkout(page, country="US", state="NY", special=special_of(address))
    assert [way.name for way in quote.methods] == ["Pick up at the winery"]
    assert quote.word == BOX and quote.chosen is None and quote.problem.startswith(BOX)
    with pytest.raises(DomainError) as refused:
        place_order(**facts)
    assert refused.value.code == "not_deliverable" and refused.value.message.startswith(BOX)
    assert not Order.objects.exists() and word_at_save(address, world.now) == BOX


def test_a_carrier_that_takes_it_is_offered(world: World) -> None:
    Method.objects.filter(pk=world.overnight.pk).update(takes_po_boxes=True)
    hold(world.ben, {"CAB23": 2}, world.now)
    address = in_a_box(world)
    quote = quote_checkout(
        load_offer_page(world.ben, world.now), country="US", state="NY", special=special_of(address)
    )
    assert [way.name for way in quote.methods] == ["Overnight", "Pick up at the winery"]
    assert quote.word == word_at_save(address, world.now) == ""


def test_a_change_says_it_too(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    box = ShipTo("Ben Baker", line1="POB 12", city="New York", state="NY", postal_code="10012")
    quote = quoted(draft_of(world, order, world.staff, ship_to=box), world.staff, world.now)
    (problem,) = quote.blocking
    assert (problem.code, problem.text) == ("not_deliverable", BOX)


@pytest.mark.parametrize(
    ("switch", "place", "words"),
    [
        (
            "takes_military",
            {"state": "AE", "city": "APO", "postal_code": "09001"},
            "military addresses (APO, FPO, DPO)",
        ),
        ("takes_territories", {"state": "PR", "city": "San Juan", "postal_code": "00901"}, "US territories"),
    ],
)
def test_military_posts_and_territories(world: World, switch: str, place: dict[str, str], words: str) -> None:
    """Their places are open; whether the carrier goes there is said besides."""
    world.new_york.state, world.new_york.pk = place["state"], None
    world.new_york.name = place["state"]
    world.new_york.save(force_insert=True)
    address = world.ben_home
    for name, value in place.items():
        setattr(address, name, value)
    for takes in (True, False):
        Method.objects.update(**{switch: takes})
        said = word_at_save(address, world.now)
        assert (words in said and said.endswith("Choose another address, or write to us.")) is not takes


def test_a_place_that_is_closed_is_named_and_addresses_are_asked_for_at_once(
    world: World, django_assert_num_queries: Any
) -> None:
    world.clara_home.state = "UT"
    current_winery()
    with django_assert_num_queries(1):
        assert words_of_addresses([world.ben_home, world.clara_home], world.now, asks=False) == [
            "",
            "We can't send wine to Utah.",
        ]
    Method.objects.filter(kind="ship").update(is_active=False)
    assert word_at_save(world.clara_home, world.now) == "", "who ships nowhere needn't say so"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_active": False}, "Overnight is no longer offered."),
        ({"visibility": "staff"}, "Overnight is no longer offered."),
        ({}, "Overnight doesn't deliver wine to New York."),
    ],
)
def test_a_way_that_is_gone_is_named_with_its_reason(
    world: World, changes: dict[str, Any], words: str
) -> None:
    """And no other takes its place, at the checkout and in a change."""
    hold(world.ben, {"CAB23": 2}, world.now)
    facts = checkout_arguments(world, world.ben, world.now, method_reference=world.overnight.reference)
    order = bought(world, world.ana, {"CAB23": 2})
    draft = draft_of(
        world,
        order,
        world.staff,
        address_reference=world.ana_brooklyn.reference,
        method_reference=world.overnight.reference,
    )
    if changes:
        Method.objects.filter(pk=world.overnight.pk).update(**changes)
    else:
        world.overnight.closed_destinations.add(world.new_york)
    quote = quote_checkout(
        load_offer_page(world.ben, world.now),
        country="US",
        state="NY",
        method_reference=world.overnight.reference,
    )
    assert quote.chosen is None and quote.problem.startswith(words)
    with pytest.raises(DomainError) as refused:
        place_order(**facts)
    assert refused.value.message.startswith(words)
    if changes != {"visibility": "staff"}:  # the team may still choose it
        (problem,) = quoted(draft, world.staff, world.now).blocking
        assert problem.text.startswith(words)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ({SpecialKind.PO_BOX}, "PO boxes"),
        ({SpecialKind.PO_BOX, SpecialKind.TERRITORY}, "PO boxes and US territories"),
        (set(SpecialKind), "military addresses (APO, FPO, DPO), PO boxes and US territories"),
    ],
)
def test_kinds_of_addresses_are_said_together(kinds: set[SpecialKind], words: str) -> None:
    assert say_carriers(["Ground"], kinds, asks=False).endswith(f" {words}.")
