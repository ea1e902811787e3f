"""The order button buys what its page showed, or says what is different: old, new and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.rooms.taxes.tables import only_rate
from tests.web.storefront.pages import form_of, take, words_of
from tests.world import World, build_world
from tirage.checkout.models import Cart
from tirage.core.clock import read_clock
from tirage.customers.models import Address, Customer, Group
from tirage.delivery.models import Method, Rate
from tirage.offers.models import OfferItem
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Meanwhile = Callable[[World, Client], object]
PLACE = "/checkout/place/"


@pytest.fixture
def shop(transactional_db: None) -> World:
    return build_world(read_clock())


def dearer(shop: World, _: Client) -> None:
    shop.premier_offer.items.filter(sku=shop.cabernet).update(price_minor=130_00)


def taxed(shop: World, _: Client) -> None:
    only_rate("US", "CA", 9)


def carried(shop: World, _: Client) -> None:
    Method.objects.filter(pk=shop.ground.pk).update(qualifies_for_free_shipping=False)
    Rate.objects.filter(table__method=shop.ground).update(price_minor=25_00)


def less_off(shop: World, _: Client) -> None:
    Group.objects.filter(pk=shop.premier.pk).update(discount_bp=500)


def credited(shop: World, _: Client) -> None:
    Customer.objects.filter(pk=shop.ana.pk).update(credit_minor=20_00)


def one_more(shop: World, ana: Client) -> None:
    take(ana, shop, shop.premier_offer, cabernet=3)


def swapped(shop: World, ana: Client) -> None:
    take(ana, shop, shop.premier_offer, cabernet=1, chardonnay=6)


def moved(shop: World, _: Client) -> None:
    Address.objects.filter(pk=shop.ana_home.pk).update(line1="9 Folsom Street")


TOTAL = "The total has changed since you saw it. It is ${} instead of $384.88:"
SAME = "What you would order has changed since this page was opened:"


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (dearer, (TOTAL.format("404.19"), "Estate Cabernet Sauvignon 2023 costs $130.00 instead of $120.00")),
        (taxed, (TOTAL.format("391.74"), "the tax rate is 9 % instead of 7.25 %")),
        (carried, (TOTAL.format("409.88"), "Ground costs $25.00 instead of $0.00")),
        (less_off, (TOTAL.format("408.21"), "your discount is 5 % instead of 10 %")),
        (credited, (TOTAL.format("399.88"), "store credit pays $20.00 instead of $35.00")),
        (one_more, ("instead of $384.88:", "Estate Cabernet Sauvignon 2023: 3 instead of 2")),
        (
            swapped,
            (SAME, "Estate Cabernet Sauvignon 2023: 1 instead of 2; Ridge Chardonnay 2024: 6 instead of 3"),
        ),
        (
            moved,
            (
                SAME,
                "“Ana Alvarez, 9 Folsom Street, San Francisco, CA 94110” instead of “Ana Alvarez, 1 Valencia",
            ),
        ),
    ],
)
def test_what_is_different_is_named_and_nothing_is_bought(
    shop: World, ana: Client, meanwhile: Meanwhile, words: tuple[str, ...]
) -> None:
    if meanwhile is swapped:  # two wines of which one costs what three of the other do
        OfferItem.objects.filter(sku=shop.chardonnay).update(price_minor=40_00)
    Customer.objects.filter(pk=shop.ana.pk).update(credit_minor=35_00)
    take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    fields = form_of(ana.get("/checkout/"), PLACE)
    meanwhile(shop, ana)
    answer = ana.post(PLACE, fields)
    page = words_of(answer)
    assert answer.status_code == 422 and not Order.objects.exists()
    for expected in words:
        assert expected in page
    assert ana.post(PLACE, form_of(answer, PLACE)).status_code == 302, "seen, and bought by the next press"


def test_what_htmx_swaps_is_what_counts_and_addresses_stay_as_they_were_shown(
    shop: World, ana: Client
) -> None:
    take(ana, shop, shop.premier_offer, cabernet=2, chardonnay=3)
    fields = form_of(ana.get("/checkout/"), PLACE)
    moved(shop, ana)
    take(ana, shop, shop.premier_offer, cabernet=1)
    part = ana.post(
        "/checkout/", fields | {"method": shop.overnight.reference}, headers={"HX-Request": "true"}
    )
    said = "Estate Cabernet Sauvignon 2023: changed in another window or on another device meanwhile, from 2 to 1."
    assert said in words_of(part)
    inside = f'<form action="{PLACE}" id="checkout-form"></form>'
    part.content = inside.encode() + part.content
    fields |= {"method": shop.overnight.reference} | form_of(part, PLACE)
    refused = words_of(ana.post(PLACE, fields))
    assert (
        SAME in refused
        and "9 Folsom Street" in refused
        and "Estate Cabernet Sauvignon 2023: 1" not in refused
    )


@pytest.mark.parametrize("shown", ["", "x", "eyJhYm91dCI6ImNhcnQifQ:1:x"])
def test_a_form_that_was_tampered_with_is_held_to_its_total(shop: World, ana: Client, shown: str) -> None:
    take(ana, shop, shop.premier_offer, cabernet=2)
    fields = form_of(ana.get("/checkout/"), PLACE) | {"shown": shown}
    assert ana.post(PLACE, fields | {"expected": "1"}).status_code == 422
    assert ana.post(PLACE, fields).status_code == 302
    assert Cart.objects.get().attempt == 2
