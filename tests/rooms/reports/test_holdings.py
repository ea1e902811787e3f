"""Wine by wine what a customer has to do with, and who has a wine."""

from __future__ import annotations

from datetime import date

import pytest

from tests.rooms.checkout.journey import buy as buy_bottles
from tests.rooms.checkout.journey import hold
from tests.rooms.futures.campaign import CODE, begin, buy
from tests.rooms.futures.settled import arrive
from tests.world import World
from tirage.customers.models import Address
from tirage.fulfilment.operations import ship_order
from tirage.offers.models import CustomAllowance, OfferItem
from tirage.reports.holdings import Share, shares_of, wines_of

pytestmark = pytest.mark.django_db(transaction=True)


def shares(world: World, by: str) -> list[tuple[str, int, int, int, int]]:
    found = shares_of(world.cabernet.vintage.wine_id)
    return [(one.key, one.people, one.to_come, one.in_stock, one.shipped) for one in found if one.by == by]


def test_what_a_customer_is_offered_has_and_is_to_get(world: World) -> None:
    assert [one.code for one in wines_of(world.dora.pk, world.now) if one.bought] == []
    old = buy_bottles(world, world.ben, {"CAB23": 2}, world.now)
    ship_order(order_reference=old.order_reference, actor=world.staff, now=world.now)
    futures = begin(world)
    buy(futures, world.ben, 12)
    hold(world.ben, {CODE: 3}, world.now)
    CustomAllowance.objects.create(
        customer=world.ben, offer_item=OfferItem.objects.get(sku=futures.sku), purchase_maximum=30
    )
    found = {one.code: one for one in wines_of(world.ben.pk, world.now)}
    early, old_one = found[CODE], found["CAB23"]
    assert (early.offered, early.in_cart, early.bought, early.shipped) == (30, 3, 12, 0)
    assert (early.to_come, early.in_cellar, early.early) == (12, 0, "En primeur 2025")
    assert (early.window_from, early.window_until) == (date(2028, 9, 1), date(2029, 3, 31))
    assert (old_one.bought, old_one.shipped, old_one.to_come) == (2, 2, 0)
    arrive(futures, 60)
    early = next(one for one in wines_of(world.ben.pk, world.now) if one.code == CODE)
    assert (early.to_come, early.in_cellar, early.window_from) == (0, 12, None)


def test_who_has_a_wine(world: World) -> None:
    buy_bottles(world, world.ana, {"CAB23": 2}, world.now)
    gone = buy_bottles(world, world.ben, {"CAB23": 1}, world.now)
    futures = begin(world)
    buy(futures, world.ben, 12)
    ship_order(order_reference=gone.order_reference, actor=world.staff, now=world.now)
    assert shares(world, "sku") == [(CODE, 1, 12, 0, 0), ("CAB23", 2, 0, 2, 1)]
    assert shares(world, "group") == [
        (world.estate.reference, 1, 12, 0, 1),
        (world.premier.reference, 1, 0, 2, 0),
    ]
    assert shares(world, "place") == [("US-NY", 1, 12, 0, 1), ("US-CA", 1, 0, 2, 0)]
    assert [key for key, *_ in shares(world, "person")] == [world.ben.reference, world.ana.reference]
    Address.objects.filter(customer=world.ben).update(country="GB", state="")
    assert ("GB-", 1, 12, 0, 0) in shares(world, "place"), "it has no address but their home"
    arrive(futures, 60)
    assert shares(world, "sku")[0] == (CODE, 1, 0, 12, 0)
    assert sum(one.pieces for one in shares_of(futures.sku.vintage.wine_id) if one.by == "sku") == 15
    assert isinstance(shares_of(0), list) and not shares_of(0)
    assert Share("sku", "x", "x", 1, 1, 2, 3).pieces == 6
