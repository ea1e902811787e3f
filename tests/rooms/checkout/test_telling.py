"""Who waits for bottles that others hold: what is held and what is sold out, and that everybody is told in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from tests.rooms.checkout.journey import buy, customer_actor, hold, item_of
from tests.world import World
from tirage.checkout.models import RestockRequest
from tirage.checkout.operations import ask_to_be_told, empty_cart, give_up_payment, tell_restocked
from tirage.checkout.queries import load_offer_page, with_banks
from tirage.checkout.rules import Availability, ItemView
from tirage.customers.models import Customer, Membership
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Stock
from tirage.notifications.models import SentMail
from tirage.offers.models import Offer, OfferItem

QUARTER = timedelta(minutes=15)


def seen_by(customer: Customer, world: World, code: str = "CAB23-MAG") -> ItemView:
    item = item_of(load_offer_page(customer, world.now), code)
    return with_banks([item], customer.pk)[0]


def ask(customer: Customer, world: World) -> None:
    ask_to_be_told(customer=customer, sku_id=world.magnum.pk, actor=customer_actor(customer), now=world.now)


def told(customer: Customer) -> int:
    return SentMail.objects.filter(customer=customer, kind="bottles_back").count()


@pytest.mark.django_db(transaction=True)
def test_bottles_that_wait_for_a_bank_are_held_and_come_back(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=2)
    placing = buy(world, world.ana, {"CAB23-MAG": 2}, world.now, card_reference=asking_card(world))
    assert placing.status == "needs_customer" and world.stock(world.magnum).sold == 2
    waiting = seen_by(world.ben, world)
    assert (waiting.availability, waiting.may_come_back) == (Availability.HELD, True)
    ask(world.ben, world)
    assert seen_by(world.ben, world).is_asked and tell_restocked(now=world.now) == 0
    give_up_payment(
        customer=world.ana,
        payment_reference=placing.payment_reference,
        actor=customer_actor(world.ana),
        now=world.now,
    )
    empty_cart(customer=world.ana, actor=customer_actor(world.ana), now=world.now)
    assert tell_restocked(now=world.now) == told(world.ben) == 1
    assert not seen_by(world.ben, world).is_asked


def asking_card(world: World) -> str:
    """A card of Ana's whose bank wants to see her."""
    TestCard.objects.filter(token=world.ana_card.token).update(behaviour=Behaviour.AUTHENTICATES_ALWAYS.value)
    return world.ana_card.reference


def test_only_who_says_it_asks_for_what_waits_at_banks(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Holding, looking over and placing don't: release day is no dearer for wines that run out."""
    Stock.objects.filter(sku=world.magnum).update(on_hand=0)
    load_offer_page(world.ben, world.now)
    with django_assert_num_queries(2):
        page = load_offer_page(world.ben, world.now)
    with django_assert_num_queries(1):
        with_banks(page.items, world.ben.pk)
    Stock.objects.update(on_hand=99)
    page = load_offer_page(world.ben, world.now)
    with django_assert_num_queries(0):
        with_banks(page.items, world.ben.pk)


def test_what_is_sold_for_good_is_sold_out(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=2)
    buy(world, world.ana, {"CAB23-MAG": 2}, world.now)
    gone = seen_by(world.ben, world)
    assert (gone.availability, gone.may_come_back) == (Availability.SOLD_OUT, False)


def test_who_holds_some_may_be_told_of_the_rest(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=2)
    hold(world.ana, {"CAB23-MAG": 1}, world.now)
    OfferItem.objects.filter(sku=world.magnum).update(purchase_maximum=2)
    hold(world.ben, {"CAB23-MAG": 1}, world.now)
    assert seen_by(world.ben, world).may_come_back
    ask(world.ben, world)
    assert tell_restocked(now=world.now) == 0, "what they hold themselves isn't back"


def test_whoever_gets_the_bottles_is_not_told_of_them_any_more(world: World) -> None:
    Stock.objects.filter(sku=world.magnum).update(on_hand=1)
    hold(world.ana, {"CAB23-MAG": 1}, world.now)
    ask(world.ben, world)
    empty_cart(customer=world.ana, actor=customer_actor(world.ana), now=world.now)
    hold(world.ben, {"CAB23-MAG": 1}, world.now)
    empty_cart(customer=world.ben, actor=customer_actor(world.ben), now=world.now)
    assert not RestockRequest.objects.exists() and tell_restocked(now=world.now) == 0


def test_requests_end_with_their_release(world: World) -> None:
    ask(world.ben, world)
    Offer.objects.update(closes_at=world.now + QUARTER)
    assert tell_restocked(now=world.now + QUARTER) == 0
    assert not RestockRequest.objects.exists() and not SentMail.objects.exists()


def test_hundreds_that_cant_be_answered_are_in_nobodys_way(world: World) -> None:
    """Ahead of Ben wait 600 whose allowance is used up, who have left the group, or whose wine stays away."""
    others = Customer.objects.bulk_create(
        Customer(email=f"c{number}@example.com", signed_up_at=world.now) for number in range(600)
    )
    Membership.objects.bulk_create(
        Membership(customer=one, group=world.estate, kind="allocation", since=world.now)
        for one in others[:550]
    )
    gone = [world.magnum if number >= 300 else world.syrah_pack for number in range(600)]
    RestockRequest.objects.bulk_create(
        RestockRequest(customer=one, release=world.release, sku=sku, asked_at=world.now)
        for one, sku in zip(others, gone, strict=True)
    )
    Stock.objects.filter(sku=world.syrah_pack).update(sold=F("on_hand"))
    ask(world.ben, world)
    tell_restocked(now=world.now)
    assert told(world.ben) == 1


def test_the_turn_goes_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One try at a time: who can't be served now comes after who hasn't been looked at."""
    monkeypatch.setattr("tirage.checkout.operations.telling.TRIES", 1)
    OfferItem.objects.filter(offer=world.premier_offer, sku=world.magnum).update(purchase_maximum=0)
    ask(world.ana, world)
    ask(world.ben, world)
    for _ in range(2):
        tell_restocked(now=world.now)
    assert (told(world.ana), told(world.ben)) == (0, 1)
