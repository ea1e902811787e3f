"""Customers abroad, from the address to the order and its change, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter
from tests.browser.storefront.test_pages import buy
from tests.world import World
from tirage.delivery.models import Destination
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]

#: What is typed there, by label; the lists are chosen from. What the order's page says of it.
ABROAD = {
    "FR": (
        {"Street address": "12 rue du Faubourg", "City": "Beaune", "Postal code": "21200"},
        {},
        "21200 Beaune",
    ),
    "GB": (
        {"Street address": "1 Bath Road", "Town or city": "Bristol", "Postcode": "bs1 6ha"},
        {},
        "Bristol, BS1 6HA",
    ),
    "HK": (
        {"Street address": "8 Queen's Road", "District": "Central"},
        {"Area": "Hong Kong Island"},
        "Central",
    ),
    "IE": ({"Street address": "5 Grand Parade", "City": "Cork"}, {"County": "Co. Cork"}, "Cork"),
    "JP": (
        {"Street address": "1-1 Chiyoda", "City": "Chiyoda", "Postal code": "1000001"},
        {"Prefecture": "Tokyo"},
        "Tokyo, 100-0001",
    ),
}


@pytest.fixture
def world(shop: World) -> World:
    """Wine goes to these countries as it goes to California; Ben has no address yet."""
    home = Destination.objects.get(country="US", state="CA")
    for country in ABROAD:
        Destination.objects.create(
            country=country, state="", name=country, zone_id=home.zone_id, is_open=True
        )
    shop.ben.addresses.all().delete()
    return shop


def change_country(page: Page, country: str, *, script: bool) -> None:
    chosen = page.get_by_label("Country")
    chosen.select_option(country)
    if not script:
        page.get_by_role("button", name="Change country").click()
    expect(chosen).to_be_focused()
    expect(chosen).to_have_value(country)
    expect(page.get_by_label("ZIP code")).to_have_count(0)


def type_address(page: Page, country: str) -> str:
    texts, choices, said = ABROAD[country]
    for label, value in texts.items():
        page.get_by_label(re.compile(rf"^{label}( \(optional\))?$")).fill(value)
    for label, value in choices.items():
        page.get_by_label(re.compile(rf"^{label}( \(optional\))?$")).select_option(label=value)
    return said


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("country", ABROAD)
def test_from_the_address_to_the_order(
    world: World, open_context: Contexts, enter: Enter, country: str, script: bool
) -> None:
    context = open_context(script=script)
    enter(context, world.ben)
    page = context.new_page()
    page.goto("/offer/")
    page.get_by_label("Estate Cabernet Sauvignon 2023: how many", exact=True).fill("2")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    change_country(page, country, script=script)
    said = type_address(page, country)
    if script:
        assert_accessible(page)
        photograph(page, f"shop-checkout-{country}-390-light")
    page.get_by_role("button", name="Continue to delivery").click()
    place = page.locator(".action-bar").get_by_role("button", name=re.compile("Place order"))
    expect(place).to_be_visible()
    place.click()
    expect(page.get_by_role("heading", name="Thank you, Ben")).to_be_visible()
    order = Order.objects.get()
    assert (order.country, order.state) == (country, "placed")
    page.goto(f"/orders/{order.reference}/")
    expect(page.locator("main")).to_contain_text(said)


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_an_order_is_sent_to_japan_instead(
    world: World, open_context: Contexts, enter: Enter, script: bool
) -> None:
    order = buy(world, world.ana, cabernet=2)
    context = open_context(script=script, tolerate=("422",))
    enter(context, world.ana)
    page = context.new_page()
    page.goto(f"/orders/{order.reference}/")
    page.get_by_role("button", name="Change this order").click()
    page.get_by_text("Another address", exact=True).click()
    page.get_by_role("textbox", name="Gift note").fill("For Ken")
    change_country(page, "JP", script=script)
    expect(page.get_by_role("textbox", name="Gift note")).to_have_value("For Ken")
    type_address(page, "JP")
    page.get_by_label("Name", exact=True).fill("Ken Sato")
    if script:
        assert_accessible(page)
    page.get_by_role("button", name="Use this address").click()
    expect(page.locator("#change-places")).to_contain_text("1-1 Chiyoda, Chiyoda, Tokyo, 100-0001, Japan")
