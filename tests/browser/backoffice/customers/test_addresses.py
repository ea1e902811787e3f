"""The team types addresses of any country, for a customer and for an order, with towns suggested at home."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import DESK, PHONE, assert_accessible, photograph
from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def sit_down(open_context: Contexts, live_server: object) -> Callable[..., Page]:
    def build(**how: object) -> Page:
        return enter(open_context(**how), session_of(Role.OWNER), str(live_server))

    return build


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("country", ["FR", "GB", "HK", "IE", "JP"])
def test_an_address_of_each_country(
    world_today: World, sit_down: Callable[..., Page], country: str, script: bool
) -> None:
    page = sit_down(width=PHONE, script=script)
    page.goto(f"/winery/customers/{world_today.ben.reference}/addresses/new/")
    page.get_by_label("Street and number").fill("1 Main Road")
    page.get_by_label("Country").select_option(country)
    if not script:
        page.get_by_role("button", name="Change country").click()
    expect(page.get_by_label("Country")).to_be_focused()
    expect(page.get_by_label("Country")).to_have_value(country)
    expect(page.get_by_label("ZIP code")).to_have_count(0)
    expect(page.get_by_label("Street and number")).to_have_value("1 Main Road")
    if script:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert_accessible(page)
            photograph(page, f"office-address-{country}-390-{scheme}")
    page.get_by_role("button", name="Save the address").click()
    if country in {"FR", "GB", "IE", "JP"}:
        expect(page.locator(".field-wrong").first).to_be_visible()
    else:
        expect(page.get_by_text("You saved 1 Main Road")).to_be_visible()


def test_a_slip_is_asked_about_and_a_town_is_suggested(
    world_today: World, sit_down: Callable[..., Page]
) -> None:
    page = sit_down(width=DESK)
    page.goto(f"/winery/customers/{world_today.ben.reference}/addresses/new/")
    page.get_by_label("Street and number").fill("400 Broad Street")
    page.get_by_label("ZIP code").press_sequentially("98109")
    page.get_by_role("button", name="Use Seattle, Washington").click()
    expect(page.get_by_label("City")).to_have_value("Seattle")
    page.get_by_label("City").fill("Seatle")
    page.get_by_label("ZIP code").fill("98109-4607")
    page.get_by_role("button", name="Save the address").click()
    meant = page.get_by_label("Use Seattle, Washington 98109")
    expect(meant).to_be_visible()
    assert_accessible(page)
    photograph(page, "office-address-slip-1440-light")
    meant.click()
    page.get_by_role("button", name="Save the address").click()
    expect(page.get_by_text("You saved 400 Broad Street, Seattle, WA 98109-4607.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_an_order_goes_abroad_by_a_change(
    world_today: World, sit_down: Callable[..., Page], script: bool
) -> None:
    order = bought(world_today, world_today.ana, {"CAB23": 2})
    page = sit_down(width=DESK, script=script)
    page.goto(f"/winery/orders/{order.reference}/")
    page.get_by_role("button", name="Change this order").click()
    page.locator("[name=address][value=typed]").click()
    page.locator("#to_country").select_option("JP")
    if not script:
        page.get_by_role("button", name="Change country").click()
    expect(page.locator("#to_country")).to_be_focused()
    expect(page.get_by_label("Prefecture")).to_be_visible()
    page.locator("#to_recipient").fill("Ken Sato")
    page.locator("#to_line1").fill("1-1 Chiyoda")
    page.get_by_label("Prefecture").select_option("Tokyo")
    page.locator("#to_city").fill("Chiyoda")
    page.locator("#to_postal_code").fill("1000001")
    # Ana's own, as written abroad.
    expect(page.locator("#to_phone")).to_have_value("+1 415-555-0100")
    if script:
        assert_accessible(page)
        photograph(page, "office-change-JP-1440-light")
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text("1-1 Chiyoda, Chiyoda, Tokyo, 100-0001, Japan").first).to_be_visible()
    kept = ChangeDraft.objects.get().delivery["ship_to"]
    assert (kept["country"], kept["phone"]) == ("JP", "+14155550100")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_two_spellings_are_made_one(world_today: World, sit_down: Callable[..., Page], width: int) -> None:
    home = world_today.ben_home
    parts = {name: getattr(home, name) for name in ("recipient", "city", "state", "postal_code", "country")}
    world_today.ben.addresses.create(line1=home.line1.upper(), **parts)
    page = sit_down(width=width)
    page.goto(f"/winery/customers/{world_today.ben.reference}/")
    page.get_by_role("link", name="Make them one").click()
    expect(page.get_by_role("button", name="Make them one")).to_be_visible()
    assert_accessible(page)
    photograph(page, f"office-same-addresses-{width}-light")
    page.get_by_role("button", name="Make them one").click()
    expect(page.get_by_text("The two addresses are one.")).to_be_visible()
