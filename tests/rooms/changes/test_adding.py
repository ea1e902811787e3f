"""Bottles of the offer into an order that is there already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.changes.journey import bought, confirm, pieces_on
from tests.rooms.checkout.journey import customer_actor, hold
from tests.world import World
from tirage.changes.operations import add_to_order
from tirage.checkout.allocation import full_portion
from tirage.checkout.models import Cart, CartLine
from tirage.checkout.queries import load_offer_page
from tirage.core.errors import DomainError
from tirage.inventory.models import Hold
from tirage.offers.models import Offer
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world: World) -> Order:
    """Ana's, of all but two magnums."""
    return bought(world, world.ana, {"CAB23": 6, "CHA24": 12})


def add(world: World, order: Order, pieces: dict[int, int], after: timedelta = timedelta()) -> str:
    return add_to_order(
        order_reference=order.reference,
        quantities=pieces,
        actor=customer_actor(world.ana),
        now=world.now + after,
    ).reference


def test_the_rest_below_the_minimum_joins_the_order(world: World, order: Order) -> None:
    Offer.objects.update(bottles_minimum=12)
    magnum = world.item(world.premier_offer, world.magnum)
    rest = full_portion(load_offer_page(world.ana, world.now))
    assert rest.pieces[magnum.pk] == 2 and [rule.rule for rule in rest.unmet] == ["bottles_minimum"]
    reference = add(world, order, {magnum.pk: 2})
    assert Hold.objects.get(holder=reference).quantity == 2
    assert magnum.pk not in full_portion(load_offer_page(world.ana, world.now)).pieces
    draft = order.drafts.get()
    assert confirm(world, draft, customer_actor(world.ana)).status == "applied"
    assert pieces_on(order)["CAB23-MAG"] == 2


def test_what_the_cart_holds_moves_along_and_the_rest_of_it_stays(world: World, order: Order) -> None:
    hold(world.ana, {"CAB23-MAG": 2, "SYR23-3": 1}, world.now)
    magnum = world.item(world.premier_offer, world.magnum)
    add(world, order, {magnum.pk: 2})
    assert list(CartLine.objects.values_list("offer_item__sku__code", flat=True)) == ["SYR23-3"]
    assert world.stock(world.magnum).held == 2


def test_an_emptied_cart_has_no_time(world: World, order: Order) -> None:
    hold(world.ana, {"CAB23-MAG": 2}, world.now)
    add(world, order, {world.item(world.premier_offer, world.magnum).pk: 2})
    assert Cart.objects.get(customer=world.ana).expires_at is None and not CartLine.objects.exists()


def test_refused_nothing_has_moved(world: World, order: Order) -> None:
    hold(world.ana, {"CAB23-MAG": 1}, world.now)
    with pytest.raises(DomainError) as refused:
        add(world, order, {world.item(world.premier_offer, world.magnum).pk: 3})
    assert refused.value.code == "beyond_allowance"
    assert CartLine.objects.get().quantity == 1 and world.stock(world.magnum).held == 1


def test_a_lapsed_draft_gets_these_instead_of_those(world: World, order: Order) -> None:
    magnum = world.item(world.premier_offer, world.magnum)
    first = add(world, order, {magnum.pk: 2})
    again = add(world, order, {magnum.pk: 2}, after=timedelta(minutes=16))
    assert first == again and Hold.objects.get(holder=again).quantity == 2
