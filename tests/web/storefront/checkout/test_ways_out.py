"""What can be done with wine that may not go home: choices that work when they are pressed, and no others."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.rooms.checkout.journey import buy, customer_actor
from tests.rooms.delivery.holding import counter, held_by
from tests.rooms.delivery.limiting import law, limited
from tests.web.storefront.pages import Page, form_of, take, words_of
from tests.world import World, build_world
from tirage.checkout.models import CartLine
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.delivery.locations.operations import hold_for
from tirage.delivery.models import Destination, Method
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def held(shop: World, ana: Client) -> Client:
    """Ana with two Cabernet and three Chardonnay in her cart."""
    take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    return ana


def offered(answer: Page) -> list[str]:
    """What the buttons of the list send."""
    return re.findall(r'name="instead" value="([^"]+)"', answer.content.decode())


def press(client: Client, sent: str) -> Page:
    form = form_of(client.get("/checkout/"), "/checkout/place/")
    return client.post("/checkout/", form | {"instead": sent, "gift_note": "For Margaret"})


def test_each_choice_leads_to_an_order_button_and_keeps_what_was_typed(shop: World, held: Client) -> None:
    limited(shop.california, 4, period="order")
    found = offered(held.get("/checkout/"))
    assert [one.partition("=")[0] for one in found] == ["pieces", "method", "address", "new"]
    for sent in reversed(found[:-1]):
        words = words_of(press(held, sent))
        assert "Place order" in words and "What you can do" not in words and "For Margaret" in words
    another = press(held, found[-1])
    assert 'value="new" checked' in another.content.decode()


def test_fewer_bottles_are_those_that_may_go_and_are_ordered(shop: World, held: Client) -> None:
    limited(shop.california, 4, period="order")
    (fewer, *_) = offered(held.get("/checkout/"))
    answer = press(held, fewer)
    assert list(CartLine.objects.values_list("quantity", flat=True)) == [2], "Chardonnay comes in threes"
    placed = held.post("/checkout/place/", form_of(answer, "/checkout/place/"))
    assert placed.status_code == 302 and Order.objects.get().state == "placed"


def test_a_barred_wine_is_left_out_by_its_name(shop: World, held: Client) -> None:
    shop.cabernet.vintage.__class__.objects.update(alcohol_percent="13.0")
    shop.cabernet.vintage.__class__.objects.filter(pk=shop.cabernet.vintage_id).update(alcohol_percent="15.5")
    law(shop.california, "alcohol", tenths=150)
    page = held.get("/checkout/")
    assert f"Leave {shop.cabernet.name} out" in words_of(page)
    assert "Place order" in words_of(press(held, offered(page)[0]))
    assert [line.offer_item.sku_id for line in CartLine.objects.all()] == [shop.chardonnay.pk]


def test_what_would_be_refused_too_is_not_offered(shop: World, held: Client) -> None:
    limited(shop.california, 4, period="order")
    Destination.objects.filter(pk=shop.new_york.pk).update(is_open=False)
    Method.objects.filter(pk=shop.pickup.pk).update(is_active=False)
    kinds = [one.partition("=")[0] for one in offered(held.get("/checkout/"))]
    assert kinds == ["pieces", "new"], "neither the address in a closed state nor a pickup that isn't there"


def test_a_rule_of_the_offer_lets_no_fewer_bottles_be_offered(shop: World, held: Client) -> None:
    limited(shop.california, 4, period="order")
    shop.premier_offer.__class__.objects.update(bottles_minimum=5)
    kinds = [one.partition("=")[0] for one in offered(held.get("/checkout/"))]
    assert "pieces" not in kinds and "method" in kinds


def test_a_counter_near_is_named_only_where_the_wine_may_go_there(shop: World, held: Client) -> None:
    held_by(shop)
    counter(postal_code=shop.ana_home.postal_code[:5])
    buy(shop, shop.ana, {"CAB23": 1}, read_clock())
    take(held, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    limited(shop.california, 5, period="year", subject="address")
    named = "Have it held at FedEx Office Napa"
    assert named in words_of(held.get("/checkout/"))
    limited(shop.california, 4, period="month", subject="person")
    assert named not in words_of(held.get("/checkout/"))


def test_a_saved_counter_is_one_of_the_addresses(shop: World, held: Client) -> None:
    held_by(shop)
    Address.objects.filter(customer=shop.ana).exclude(pk=shop.ana_home.pk).delete()
    saved = hold_for(customer=shop.ana, location=counter(), actor=customer_actor(shop.ana), now=read_clock())
    law(shop.california, "dry_zips", words=shop.ana_home.postal_code)
    found = next(one for one in offered(held.get("/checkout/")) if one.startswith("address="))
    assert found.startswith(f"address={saved.reference} MTH-")
    assert "Place order" in words_of(press(held, found))


def test_a_state_that_is_closed_says_what_there_is(shop: World, held: Client) -> None:
    Destination.objects.filter(pk=shop.california.pk).update(is_open=False)
    words = words_of(held.get("/checkout/"))
    assert "We can't send wine to California. What you can do" in words


@pytest.mark.parametrize(
    "sent", ["", "=", "pieces=", "pieces=x:1", "pieces=999999:1", "method=", "address=ADR-X", "nothing=1"]
)
def test_what_nobody_was_offered_changes_nothing(shop: World, held: Client, sent: str) -> None:
    limited(shop.california, 4, period="order")
    assert press(held, sent).status_code in {200, 422}
    assert sorted(CartLine.objects.values_list("quantity", flat=True)) == [2, 3]


def test_the_offer_leads_to_the_checkout_with_the_choice_made(shop: World, held: Client) -> None:
    limited(shop.california, 4, period="order")
    page = held.get("/offer/").content.decode().replace("&amp;", "&")
    ways = re.findall(r'class="button" href="(/checkout/[?][^"]+)"', page)
    assert len(ways) == 3
    for url in ways[:2]:
        assert "Place order" in words_of(held.get(url))
