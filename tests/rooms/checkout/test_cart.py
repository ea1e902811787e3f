"""The cart: what it holds, for how long, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from tests.rooms.checkout.journey import buy, checkout_arguments, customer_actor, hold, item_of
from tests.world import World
from tirage.checkout.allocation import usual_portion
from tirage.checkout.models import Cart, CartLine, RestockRequest
from tirage.checkout.operations import (
    ask_to_be_told,
    empty_cart,
    place_order,
    retake_cart,
    set_cart,
    take_full_allocation,
    tell_restocked,
)
from tirage.checkout.queries import load_offer_page
from tirage.checkout.rules import Availability
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.inventory.models import Hold, Stock
from tirage.inventory.operations import sweep_lapsed_holds
from tirage.notifications.models import SentMail
from tirage.offers.models import CustomAllowance

QUARTER = timedelta(minutes=15)


def cart_of(customer: Customer, world: World, after: timedelta = timedelta()) -> dict[str, int]:
    page = load_offer_page(customer, world.now + after)
    return {line.item.code: line.quantity for line in page.cart.lines} if page.cart else {}


def test_adding_takes_the_bottles_for_everybody_else(world: World) -> None:
    outcome = hold(world.ana, {"CAB23-MAG": 2}, world.now)
    assert outcome.shortages == [] and outcome.expires_at == world.now + QUARTER
    assert world.stock(world.magnum).held == 2
    assert item_of(load_offer_page(world.ben, world.now), "CAB23-MAG").available == 4
    assert item_of(load_offer_page(world.ana, world.now), "CAB23-MAG").available == 6


def test_looking_takes_nothing(world: World) -> None:
    world.premier_offer.items.filter(sku=world.syrah_pack).update(purchase_minimum=F("multiple"))
    page = load_offer_page(world.ana, world.now)
    assert item_of(page, "SYR23-3").suggested == 1
    assert not Hold.objects.exists() and not Cart.objects.exists()


def test_the_time_counts_from_the_first_bottle(world: World) -> None:
    hold(world.ana, {"CAB23": 1}, world.now)
    later = hold(world.ana, {"CHA24": 3}, world.now + timedelta(minutes=10))
    assert later.expires_at == world.now + QUARTER
    assert set(Hold.objects.values_list("expires_at", flat=True)) == {world.now + QUARTER}


def test_a_lapsed_cart_keeps_its_lines_and_is_taken_again(world: World) -> None:
    hold(world.ana, {"CAB23-MAG": 2}, world.now)
    page = load_offer_page(world.ana, world.now + QUARTER)
    assert page.cart is not None and not page.cart.is_live and not page.cart.lines[0].is_held
    outcome = retake_cart(customer=world.ana, actor=customer_actor(world.ana), now=world.now + 2 * QUARTER)
    assert outcome.expires_at == world.now + 3 * QUARTER and cart_of(world.ana, world, 2 * QUARTER) == {
        "CAB23-MAG": 2
    }


def test_a_lapsed_hold_is_anybodys_without_a_job(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=2)
    hold(world.ana, {"CAB23-MAG": 2}, world.now)
    blocked = hold(world.ben, {"CAB23-MAG": 1}, world.now)
    assert [shortage.got for shortage in blocked.shortages] == [0]
    taken = hold(world.ben, {"CAB23-MAG": 1}, world.now + QUARTER)
    assert taken.shortages == [] and world.stock(world.magnum).held == 1
    again = retake_cart(customer=world.ana, actor=customer_actor(world.ana), now=world.now + QUARTER)
    assert [(short.asked, short.got) for short in again.shortages] == [(2, 1)]


def test_held_by_others_and_sold_out_are_told_apart(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=2)
    hold(world.ana, {"CAB23-MAG": 2}, world.now)
    held = item_of(load_offer_page(world.ben, world.now), "CAB23-MAG")
    assert held.availability is Availability.HELD and held.back_at == world.now + QUARTER
    Stock.objects.filter(sku=world.chardonnay).update(sold=60)
    gone = item_of(load_offer_page(world.ben, world.now), "CHA24")
    assert gone.availability is Availability.SOLD_OUT and gone.back_at is None


def test_the_sweep_only_tidies(world: World) -> None:
    hold(world.ana, {"CAB23": 2}, world.now)
    before = item_of(load_offer_page(world.ben, world.now + QUARTER), "CAB23").available
    assert sweep_lapsed_holds(now=world.now + QUARTER) == 1
    assert world.stock(world.cabernet).held == 0
    assert item_of(load_offer_page(world.ben, world.now + QUARTER), "CAB23").available == before == 100


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"CAB23": 7}, "Your allocation of this wine is 6"),
        ({"CHA24": 2}, "comes in 3s"),
        ({"CAB23": -1}, "nought or more"),
    ],
)
def test_nothing_beyond_the_allowance(world: World, wanted: dict[str, int], words: str) -> None:
    with pytest.raises(DomainError, match=words) as refused:
        hold(world.ana, wanted, world.now)
    assert list(refused.value.fields) and not Hold.objects.exists() and not CartLine.objects.exists()


def test_a_custom_allowance_replaces_the_groups(world: World) -> None:
    item = world.item(world.premier_offer, world.cabernet)
    CustomAllowance.objects.create(offer_item=item, customer=world.ana, purchase_maximum=12, wish_maximum=0)
    assert hold(world.ana, {"CAB23": 12}, world.now).shortages == []
    assert item_of(load_offer_page(world.ana, world.now), "CAB23").wish_maximum == 0


def test_a_wine_of_another_group_is_refused(world: World) -> None:
    foreign = world.item(world.estate_offer, world.cabernet)
    with pytest.raises(DomainError, match="not in your offer"):
        set_cart(
            customer=world.ana, quantities={foreign.pk: 1}, actor=customer_actor(world.ana), now=world.now
        )
    assert not Hold.objects.exists()


def test_full_allocation_in_one_tap(world: World) -> None:
    outcome = take_full_allocation(customer=world.ana, actor=customer_actor(world.ana), now=world.now)
    maxima = dict(world.premier_offer.items.values_list("sku__code", "purchase_maximum"))
    assert outcome.shortages == [] and cart_of(world.ana, world) == maxima


def test_the_usual_in_one_tap_and_then_the_rest(world: World) -> None:
    """What was bought is taken off what is suggested as well as off what is allowed."""
    suggested = dict(world.premier_offer.items.values_list("sku__code", "default_quantity"))
    usual = {code: pieces for code, pieces in suggested.items() if pieces}
    take_full_allocation(customer=world.ana, usual=True, actor=customer_actor(world.ana), now=world.now)
    assert cart_of(world.ana, world) == usual
    assert place_order(**checkout_arguments(world, world.ana, world.now)).status == "placed"
    page = load_offer_page(world.ana, world.now)
    assert not usual_portion(page).pieces and all(not item.suggested for item in page.items)
    take_full_allocation(customer=world.ana, actor=customer_actor(world.ana), now=world.now)
    items = world.premier_offer.items.values_list("sku__code", "purchase_maximum", "default_quantity")
    assert cart_of(world.ana, world) == {
        code: most - default for code, most, default in items if most > default
    }


def test_full_allocation_takes_what_is_left(world: World) -> None:
    Stock.objects.filter(sku=world.chardonnay).update(on_hand=5)
    outcome = take_full_allocation(customer=world.ana, actor=customer_actor(world.ana), now=world.now)
    short = {shortage.name: shortage.got for shortage in outcome.shortages}
    assert short == {"Ridge Chardonnay 2024": 3}


def test_emptying_lets_go(world: World) -> None:
    hold(world.ana, {"CAB23": 2}, world.now)
    empty_cart(customer=world.ana, actor=customer_actor(world.ana), now=world.now)
    assert world.stock(world.cabernet).held == 0 and cart_of(world.ana, world) == {}
    assert Cart.objects.get().expires_at is None


def test_taking_everything_out_lets_go_too(world: World) -> None:
    hold(world.ana, {"CAB23": 2, "CHA24": 3}, world.now)
    hold(world.ana, {"CAB23": 0}, world.now)
    assert cart_of(world.ana, world) == {"CHA24": 3} and world.stock(world.cabernet).held == 0
    outcome = hold(world.ana, {"CHA24": 0}, world.now)
    assert outcome.expires_at is None and Cart.objects.get().expires_at is None and not Hold.objects.exists()


@pytest.mark.parametrize(("change", "code"), [("closed", "offer_closed"), ("early", "offer_not_open")])
def test_only_an_open_offer_holds(world: World, change: str, code: str) -> None:
    moment = world.premier_offer.closes_at if change == "closed" else world.premier_offer.opens_at - QUARTER
    with pytest.raises(DomainError) as refused:
        hold(world.ana, {"CAB23": 1}, moment)
    assert refused.value.code == code and not Hold.objects.exists() and not Cart.objects.exists()


def test_the_window_is_half_open(world: World) -> None:
    assert hold(world.ana, {"CAB23": 1}, world.premier_offer.opens_at).shortages == []


def test_suspended_customers_hold_nothing(world: World) -> None:
    with pytest.raises(DomainError, match="closed at the moment"):
        hold(world.dora, {"CAB23": 1}, world.now)
    assert not Hold.objects.exists()


def test_without_a_group_there_is_no_offer(world: World) -> None:
    assert load_offer_page(world.clara, world.now).offer is None
    with pytest.raises(DomainError, match="no offer"):
        set_cart(customer=world.clara, quantities={}, actor=customer_actor(world.clara), now=world.now)


def test_told_once_when_bottles_come_back(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    hold(world.ana, {"CAB23-MAG": 1}, world.now)
    for _ in range(2):
        ask_to_be_told(
            customer=world.ben, sku_id=world.magnum.pk, actor=customer_actor(world.ben), now=world.now
        )
    assert RestockRequest.objects.count() == 1
    assert tell_restocked(now=world.now) == 0
    assert tell_restocked(now=world.now + QUARTER) == 1
    assert tell_restocked(now=world.now + QUARTER) == 0
    assert SentMail.objects.filter(customer=world.ben, kind="bottles_back").count() == 1


def test_the_full_allocation_shrinks_to_what_is_still_allowed(world: World) -> None:
    hold(world.ben, {"CAB23": 3, "CAB23-MAG": 1}, world.now)
    world.estate_offer.items.filter(sku=world.cabernet).update(purchase_maximum=1)
    world.estate_offer.items.filter(sku=world.magnum).update(purchase_maximum=0)
    take_full_allocation(customer=world.ben, actor=customer_actor(world.ben), now=world.now)
    assert cart_of(world.ben, world)["CAB23"] == 1 and "CAB23-MAG" not in cart_of(world.ben, world)
    assert (world.stock(world.cabernet).held, world.stock(world.magnum).held) == (1, 0)


def test_a_wine_can_be_taken_out_when_the_minimum_was_raised_after_a_purchase(world: World) -> None:
    buy(world, world.ben, {"CAB23": 1}, world.now)
    hold(world.ben, {"CAB23": 1}, world.now)
    world.estate_offer.items.filter(sku=world.cabernet).update(purchase_minimum=3)
    assert hold(world.ben, {"CAB23": 0}, world.now).shortages == [] and cart_of(world.ben, world) == {}
