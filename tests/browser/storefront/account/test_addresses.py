"""Typing an address: its fields follow the country, towns and ZIPs are suggested; and all of it without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE, assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.world import World
from tirage.customers.models import Address
from tirage.delivery.models import Destination, Zone

Contexts = Callable[..., BrowserContext]

NEW = "/account/addresses/new/"


@pytest.fixture
def abroad(shop: World) -> World:
    """Wine goes to these countries too."""
    zone = Zone.objects.first()
    for country in ("FR", "GB", "HK", "IE", "JP"):
        Destination.objects.create(country=country, state="", name=country, zone=zone, is_open=True)
    return shop


def typing_page(world: World, context: BrowserContext, enter: Enter) -> Page:
    enter(context, world.ana)
    page = context.new_page()
    page.goto(NEW)
    return page


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_an_address_in_japan(abroad: World, open_context: Contexts, enter: Enter, script: bool) -> None:
    page = typing_page(abroad, open_context(script=script), enter)
    page.get_by_label("Street address").fill("1-1 Chiyoda")
    page.get_by_label("Country").select_option("JP")
    if script:
        expect(page.get_by_role("button", name="Change country")).to_be_hidden()
    else:
        page.get_by_role("button", name="Change country").click()
    expect(page.get_by_label("Prefecture")).to_be_visible()
    expect(page.get_by_label("Country")).to_be_focused()
    expect(page.get_by_label("Street address")).to_have_value("1-1 Chiyoda")
    page.get_by_label("Prefecture").select_option("Tokyo")
    page.get_by_label("City").fill("Chiyoda")
    page.get_by_label("Postal code").fill("1000001")
    page.get_by_role("button", name="Save the address").click()
    expect(page.locator(".entries")).to_contain_text("1-1 Chiyoda, Chiyoda, Tokyo, 100-0001, Japan")


def test_enter_saves_and_changes_no_country(abroad: World, open_context: Contexts, enter: Enter) -> None:
    page = typing_page(abroad, open_context(), enter)
    page.get_by_label("Street address").fill("400 Broad Street")
    page.get_by_label("City").fill("Seattle")
    page.get_by_label("State").select_option("WA")
    page.get_by_label("ZIP code").fill("98109-4607")
    page.get_by_label("ZIP code").press("Enter")
    expect(page.locator(".entries")).to_contain_text("Seattle, WA 98109-4607")


def test_a_zip_offers_its_town(abroad: World, open_context: Contexts, enter: Enter) -> None:
    page = typing_page(abroad, open_context(), enter)
    zip_code = page.get_by_label("ZIP code")
    zip_code.press_sequentially("98109")
    offered = page.get_by_role("button", name="Use Seattle, Washington")
    expect(offered).to_be_visible()
    expect(page.get_by_label("City")).to_have_value("")
    assert_accessible(page)
    photograph(page, "shop-address-zip-390-light")
    page.keyboard.press("Tab")
    expect(offered).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("City")).to_have_value("Seattle")
    expect(page.get_by_label("State")).to_have_value("WA")
    expect(page.get_by_role("status").filter(has_text="Filled in: Seattle, Washington")).to_be_visible()
    expect(zip_code).to_be_focused()
    expect(zip_code).to_have_value("98109")


def test_a_town_is_chosen_from_the_list_and_has_its_zips(
    abroad: World, open_context: Contexts, enter: Enter
) -> None:
    page = typing_page(abroad, open_context(), enter)
    city = page.get_by_label("City")
    city.press_sequentially("seat")
    first = page.locator(".offers [role=option]").first
    expect(first).to_have_text("Seattle, Washington")
    expect(city).to_have_attribute("aria-expanded", "true")
    assert_accessible(page)
    photograph(page, "shop-address-town-390-light")
    city.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    city.press("Enter")
    expect(city).to_have_value("Seattle")
    expect(page.locator(".offers [role=option]")).to_have_count(0)
    expect(page.get_by_label("State")).to_have_value("WA")
    page.get_by_label("ZIP code").focus()
    first = page.locator(".offers [role=option]").first
    expect(first).to_have_text("98101 Seattle, Washington")
    first.click()
    expect(page.get_by_label("ZIP code")).to_have_value("98101")
    page.get_by_label("City").fill("")
    page.get_by_label("City").press_sequentially("nap")
    expect(page.locator(".offers [role=option]").first).to_be_visible()
    page.get_by_label("City").press("Escape")
    expect(page.locator(".offers [role=option]")).to_have_count(0)
    assert not Address.objects.filter(city="Seattle").exists()


def test_without_an_answer_an_address_is_typed_as_ever(
    abroad: World, open_context: Contexts, enter: Enter
) -> None:
    context = open_context(tolerate=("429", "503"))
    page = typing_page(abroad, context, enter)
    with page.expect_response("**/places/**") as answered:
        page.route("**/places/**", lambda route: route.fulfill(status=503))
        page.get_by_label("ZIP code").press_sequentially("98109")
    assert answered.value.status == 503
    expect(page.get_by_role("button", name="Use")).to_have_count(0)
    expect(page.get_by_label("ZIP code")).to_have_value("98109")


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("country", ["FR", "GB", "HK", "IE", "JP", "US"])
def test_the_form_of_each_country_is_read_with_its_errors(
    abroad: World, open_context: Contexts, enter: Enter, country: str, width: int
) -> None:
    page = typing_page(abroad, open_context(width=width, tolerate=("422",)), enter)
    if country != "US":
        page.get_by_label("Country").select_option(country)
        expect(page.get_by_label("Country")).to_be_focused()
        expect(page.get_by_label("Country")).to_have_value(country)
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save the address").click()
    expect(page.locator(".field-wrong").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page)
        photograph(page, f"shop-address-{country}-{width}-{scheme}")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_two_addresses_that_look_the_same_are_made_one_and_parted(
    abroad: World, open_context: Contexts, enter: Enter, width: int
) -> None:
    home = abroad.ana_home
    parts = {name: getattr(home, name) for name in ("recipient", "city", "state", "country")}
    plus = f"{home.postal_code}-1234"
    Address.objects.create(customer=abroad.ana, line1=home.line1.upper(), postal_code=plus, **parts)
    context = open_context(width=width)
    enter(context, abroad.ana)
    page = context.new_page()
    page.goto("/account/addresses/")
    page.get_by_role("link", name="Make them one").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Addresses that look the same")
    assert_accessible(page)
    photograph(page, f"shop-same-addresses-{width}-light")
    page.get_by_role("button", name="Make them one").click()
    expect(page.locator(".messages")).to_contain_text("The two addresses are one.")
    expect(page.locator(".entries")).to_contain_text("-1234")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Make them one")).to_be_visible()
