"""What somebody chose and what becomes of it: a way, an address or a card that is gone, and nothing in its place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.rooms.checkout.journey import customer_actor
from tests.world import World
from tirage.checkout.operations import set_cart
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.delivery.models import Destination
from tirage.offers.models import OfferItem
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def telephone(shop: World, open_context: Contexts, enter: Enter) -> Page:
    """Ana's, signed in, with her suggested bottles held."""
    context = open_context(tolerate=("402", "422"))
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    return page


def use_address(page: Page, city: str, state: str, postal_code: str) -> None:
    unfold(page, "to")
    page.get_by_text("Another address", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Ana Alvarez")
    page.get_by_label("Street address").fill("1 Temple Square")
    page.get_by_label("City", exact=True).fill(city)
    page.get_by_label("State", exact=True).select_option(state)
    page.get_by_label("ZIP code").fill(postal_code)
    page.get_by_role("button", name="Use this address").click()


def test_a_way_that_vanishes_is_named_and_nothing_is_chosen_instead(shop: World, telephone: Page) -> None:
    """To a state that is closed, then to one that Overnight alone doesn't reach; the book says it, too."""
    page, place = telephone, telephone.get_by_role("button", name=re.compile("Place order"))
    unfold(page, "how")
    page.get_by_label("Overnight").check()
    expect(page.locator(".totals")).to_contain_text("$98.00")
    use_address(page, "Salt Lake City", "UT", "84101")
    expect(page.get_by_text("We can't send wine to Utah.").last).to_be_visible()
    expect(page.get_by_label("Pick up at the winery")).not_to_be_checked()
    expect(place).to_have_count(0)
    photograph(page, "shop-checkout-nowhere-390-light")
    assert_accessible(page)
    home = Destination.objects.get(state="CA")
    nevada = Destination.objects.create(
        country="US", state="NV", name="Nevada", is_open=True, zone_id=home.zone_id
    )
    shop.overnight.closed_destinations.add(nevada)
    unfold(page, "to")
    page.get_by_label(re.compile("1 Valencia Street")).check()
    page.get_by_label("Overnight").check()
    expect(place.first).to_be_visible()
    use_address(page, "Reno", "NV", "89501")
    expect(page.get_by_text("Overnight doesn't deliver wine to Nevada.").last).to_be_visible()
    expect(page.get_by_label("Ground")).not_to_be_checked()
    expect(place).to_have_count(0)
    page.get_by_label("Ground").check()
    expect(page.locator(".action-bar").get_by_role("button", name=re.compile("Place order"))).to_be_visible()
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    order = Order.objects.get()
    assert (order.ship_state, order.method_id) == ("NV", shop.ground.pk)
    page.goto("/account/addresses/")
    expect(page.get_by_text("We can't send wine to Utah.")).to_have_count(1)


def test_the_button_buys_what_its_page_showed_or_says_what_is_different(shop: World, telephone: Page) -> None:
    """Two wines are swapped in another tab, at one price; then a price, and the address itself."""
    page, bar = (
        telephone,
        telephone.locator(".action-bar").get_by_role("button", name=re.compile("Place order")),
    )
    OfferItem.objects.filter(sku__in=(shop.cabernet, shop.chardonnay)).update(price_minor=100_00)
    page.goto("/checkout/")
    set_cart(
        customer=shop.ana,
        quantities={shop.item(shop.premier_offer, shop.cabernet).pk: 6}
        | {shop.item(shop.premier_offer, shop.chardonnay).pk: 3},
        actor=customer_actor(shop.ana),
        now=read_clock(),
    )
    bar.click()
    expect(page.get_by_text("Estate Cabernet Sauvignon 2023: 6 instead of 3").first).to_be_visible()
    expect(page.get_by_text("Ridge Chardonnay 2024: 3 instead of 6").first).to_be_visible()
    OfferItem.objects.filter(sku=shop.cabernet).update(price_minor=110_00)
    bar.click()
    said = page.get_by_text(
        re.compile(r"The total has changed since you saw it. It is \$\S+ instead of \$\S+:")
    )
    expect(said.first).to_contain_text("Estate Cabernet Sauvignon 2023 costs $110.00 instead of $100.00")
    Address.objects.filter(pk=shop.ana_home.pk).update(line1="9 Folsom Street")
    bar.click()
    expect(
        page.get_by_text(re.compile("9 Folsom Street.* instead of .*1 Valencia Street")).first
    ).to_be_visible()
    assert not Order.objects.exists()
    bar.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.get().line1 == "9 Folsom Street"


def test_a_stale_offer_gives_no_bottle_back(shop: World, telephone: Page) -> None:
    """The desk at home takes four more; the telephone's page, opened before, changes another wine."""
    page, bar = telephone, telephone.locator(".action-bar")
    page.goto("/offer/")
    cabernet, chardonnay = (shop.item(shop.premier_offer, sku).pk for sku in (shop.cabernet, shop.chardonnay))

    def elsewhere(pieces: dict[int, int]) -> None:
        actor = customer_actor(shop.ana)
        set_cart(customer=shop.ana, quantities=pieces, actor=actor, now=read_clock())

    elsewhere({cabernet: 6})
    page.get_by_label("Ridge Chardonnay 2024: how many", exact=True).fill("9")
    bar.get_by_role("button", name="Change").click()
    expect(
        page.get_by_text("changed in another window or on another device meanwhile, from 3 to 6")
    ).to_be_visible()
    assert shop.stock(shop.cabernet).held == 6 and shop.stock(shop.chardonnay).held == 9
    page.goto("/offer/")
    elsewhere({chardonnay: 12})
    page.get_by_label("Ridge Chardonnay 2024: how many", exact=True).fill("6")
    bar.get_by_role("button", name="Change").click()
    expect(page.get_by_text("You have 12; choose again if you want 6.")).to_be_visible()
    expect(page.get_by_label("Ridge Chardonnay 2024: how many", exact=True)).to_have_value("12")
    photograph(page, "shop-offer-meanwhile-390-light")
    page.get_by_label("Ridge Chardonnay 2024: how many", exact=True).fill("6")
    bar.get_by_role("button", name="Change").click()
    expect(page.get_by_role("heading", name="Your bottles")).to_be_visible()
    assert shop.stock(shop.chardonnay).held == 6
