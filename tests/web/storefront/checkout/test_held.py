"""The checkout of wine that goes to a carrier's counter, and where having it held is a way out."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.checkout.journey import buy, customer_actor
from tests.rooms.delivery.holding import counter, held_by
from tests.rooms.delivery.limiting import law, limited
from tests.web.storefront.pages import take, words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.delivery.locations.operations import hold_for
from tirage.delivery.reach import words_of_addresses

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)
AT_DOOR = "An adult signs for the wine at the door."
AT_COUNTER = "An adult shows an ID and signs for the wine where it is held."
HINT = "Have it held near you"


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def held(shop: World, ana: Client) -> Client:
    """Ana with two bottles in her cart."""
    take(ana, shop, shop.premier_offer, cabernet=2)
    return ana


def at_counter(shop: World) -> Address:
    return hold_for(customer=shop.ana, location=counter(), actor=customer_actor(shop.ana), now=read_clock())


def checkout(client: Client, *, live: bool = False, **chosen: str) -> str:
    """What the page says, as a whole or as htmx gets it."""
    headers = {"HX-Request": "true"} if live else {}
    return words_of(client.post("/checkout/", {"act": "update", **chosen}, headers=headers))


def test_who_signs_where_follows_the_way(shop: World, held: Client) -> None:
    method, saved = held_by(shop), at_counter(shop)
    home, counters = {"address": shop.ana_home.reference}, {"address": saved.reference}
    for live in (False, True):
        assert AT_DOOR in checkout(held, live=live, **home, method=shop.ground.reference)
        at = checkout(held, live=live, **counters, method=method.reference)
        assert AT_COUNTER in at and AT_DOOR not in at
        assert AT_COUNTER in checkout(held, live=live, **counters), "before a way is chosen"
        fetched = checkout(held, live=live, **home, method=shop.pickup.reference)
        assert "An adult signs for the wine when it is picked up." in fetched


def test_where_the_law_asks_for_a_signature_holding_comes_first(shop: World, held: Client) -> None:
    held_by(shop)
    before = words_of(held.get("/checkout/"))
    assert before.index("Ground") < before.index(HINT)
    law(shop.california, "signature")
    first = words_of(held.get("/checkout/"))
    assert first.index(f"Nobody home? {HINT}") < first.index("Ground") and first.count(HINT) == 1


def test_a_dry_zip_names_holding_where_wine_is_held(shop: World, held: Client) -> None:
    law(shop.california, "dry_zips", words=shop.ana_home.postal_code)
    assert "Have it held" not in words_of(held.get("/checkout/"))
    held_by(shop)
    assert f"Pick up at the winery Free {HINT} Send it to" in words_of(held.get("/checkout/"))


def test_a_limit_of_an_address_names_it_and_one_of_a_person_doesnt(shop: World, held: Client) -> None:
    held_by(shop)
    mine = limited(shop.california, 1, period="order")
    offered = f"{HINT} Send it to"
    assert offered not in words_of(held.get("/checkout/"))
    mine.delete()
    buy(shop, shop.ana, {"CAB23": 1}, read_clock())
    take(held, shop, shop.premier_offer, cabernet=2)
    limited(shop.california, 2, subject="address", period="year")
    assert offered in words_of(held.get("/checkout/"))


def test_a_po_box_names_it(shop: World, held: Client) -> None:
    Address.objects.filter(pk=shop.ana_home.pk).update(line1="PO Box 12")
    ask = "Give a street address, have it held near you, or write to us."
    assert HINT not in words_of(held.get("/checkout/"))
    held_by(shop)
    assert f"{HINT} Send it to" in words_of(held.get("/checkout/"))
    home = Address.objects.get(pk=shop.ana_home.pk)
    assert words_of_addresses([home], read_clock())[0].endswith(ask)


def test_a_way_of_holding_for_a_group_is_offered_to_its_members(
    shop: World, held: Client, ben: Client
) -> None:
    held_by(shop, visibility="groups").groups.add(shop.premier)
    counter()
    assert HINT in words_of(held.get("/checkout/"))
    assert "FedEx Office Napa" in words_of(held.get("/account/hold/?zip=94558"))
    assert "FedEx Office Napa" not in words_of(ben.get("/account/hold/?zip=94558"))
    assert "held near you" not in words_of(ben.get("/account/addresses/"))
