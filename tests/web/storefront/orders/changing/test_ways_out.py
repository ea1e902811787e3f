"""What can be done with a change that sends wine where it may not go, and where wine is stored."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.rooms.delivery.holding import counter, held_by
from tests.rooms.delivery.limiting import law, limited
from tests.web.storefront.orders.changing.changing import begin, filled, press, update
from tests.web.storefront.pages import Page, words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.customers.models import Address, Customer
from tirage.delivery.models import Destination, Method
from tirage.offers.models import OfferItem
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
WHY = (
    "New York takes at most 3 bottles for one person in one order, and with what was ordered before, 1 bottle"
)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet, by ground to New York, which takes three."""
    found = bought(shop, shop.ben, {"CAB23": 2})
    limited(shop.new_york, 3, period="order")
    OfferItem.objects.filter(sku=shop.cabernet).update(purchase_maximum=12)
    return found


def in_oregon(shop: World) -> Address:
    parts = {"line1": "1 Pine Street", "city": "Portland", "state": "OR", "postal_code": "97204"}
    return Address.objects.create(customer=shop.ben, recipient="Ben Baker", phone="503 555 0100", **parts)


def offered(answer: Page) -> list[str]:
    return re.findall(r'name="instead" value="([^"]+)"', answer.content.decode())


def take(client: Client, url: str, sent: str) -> Page:
    return client.post(url, {**filled(client, url), "instead": sent})


def test_each_choice_leaves_nothing_against_the_change(shop: World, ben: Client, order: Order) -> None:
    saved = in_oregon(shop)
    url = begin(ben, order)
    page = update(ben, url, cabernet="4")
    words = words_of(page)
    assert f"{WHY} of 750 ml more can go there. What you can do Add 1 bottle instead of 2" in words
    found = offered(page)
    assert [one.partition("=")[0] for one in found] == ["pieces", "method", "address"]
    assert found[2] == f"address={saved.reference} {shop.ground.reference}"
    for sent in found:
        update(ben, url, cabernet="4", address="", method=shop.ground.reference)
        after = words_of(take(ben, url, sent))
        assert "What you can do" not in after and WHY not in after, sent


def test_fewer_bottles_are_paid_and_applied(shop: World, ben: Client, order: Order) -> None:
    url = begin(ben, order)
    take(ben, url, offered(update(ben, url, cabernet="4"))[0])
    assert press(ben, url).status_code == 302
    order.refresh_from_db()
    assert order.changes.count() == 2 and sum(line.quantity for line in order.lines.all()) == 3


def test_where_nothing_goes_the_ways_that_do_stand_there(shop: World, ben: Client, order: Order) -> None:
    saved = in_oregon(shop)
    Destination.objects.filter(pk=shop.oregon.pk).update(is_open=False)
    url = begin(ben, order)
    page = update(ben, url, address=saved.reference)
    found = offered(page)
    assert found[0] == f"method={shop.pickup.reference}" and f"address={shop.ben_home.reference}" in found[1]
    assert "What you can do" not in words_of(take(ben, url, found[0]))


def test_a_counter_leads_to_its_page_for_this_change(shop: World, ben: Client, order: Order) -> None:
    held_by(shop)
    law(shop.new_york, "dry_zips", words=shop.ben_home.postal_code)
    url = begin(ben, order)
    page = update(ben, url, cabernet="3").content.decode()
    assert "Have it held near you" in page and "/account/hold/?" in page
    counter(state="NY", city="Brooklyn", postal_code="11201", name="Counter in Brooklyn")
    assert "Have it held at Counter in Brooklyn" in ben.get(url).content.decode()


@pytest.mark.parametrize(
    "sent", ["pieces=", "pieces=1-1:3", "method=MTH-XXXXXX", "address=ADR-XXXXXX", "x=1"]
)
def test_what_nobody_was_offered_is_refused_or_nothing(
    shop: World, ben: Client, order: Order, sent: str
) -> None:
    url = begin(ben, order)
    update(ben, url, cabernet="4")
    assert take(ben, url, sent).status_code in {200, 422} and WHY in words_of(ben.get(url))


@pytest.fixture
def storage(shop: World) -> Method:
    return Method.objects.create(name="Storage in Napa", kind="storage", handover=shop.california, position=9)


def test_the_storage_account_is_asked_and_kept_once_it_goes_there(
    shop: World, ben: Client, order: Order, storage: Method
) -> None:
    url = begin(ben, order)
    account = {"storage_warehouse": " Napa Wine Storage ", "storage_account": "4711"}
    update(ben, url, **account)
    assert Customer.objects.get(pk=shop.ben.pk).storage_account == "", "only looked at"
    page = update(ben, url, method=storage.reference, **account)
    assert 'value="4711"' in page.content.decode()
    assert press(ben, url, **account).status_code == 302
    kept = Customer.objects.get(pk=shop.ben.pk)
    assert (kept.storage_warehouse, kept.storage_account) == ("Napa Wine Storage", "4711")
    order.refresh_from_db()
    assert order.method_id == storage.pk


def test_a_number_that_is_too_long_is_refused_before_anything(
    shop: World, ben: Client, order: Order, storage: Method
) -> None:
    url = begin(ben, order)
    update(ben, url, method=storage.reference)
    refused = press(ben, url, storage_account="9" * 41)
    assert refused.status_code == 422 and "9" * 41 in refused.content.decode()
    order.refresh_from_db()
    assert order.method_id == shop.ground.pk


def test_without_a_way_into_storage_nothing_is_asked(shop: World, ben: Client, order: Order) -> None:
    assert "storage_account" not in ben.get(begin(ben, order)).content.decode()
