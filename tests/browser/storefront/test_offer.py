"""What the offer page says and does: bottles that others have, the whole allocation, wishes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter
from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.checkout.models import CartLine
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Stock
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.wishes.models import Wish

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023: how many"


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_bottle_at_somebodys_bank_is_held_and_can_be_asked_for(
    shop: World, open_context: Contexts, enter: Enter, script: bool
) -> None:
    TestCard.objects.filter(token=shop.ana_card.token).update(behaviour=Behaviour.AUTHENTICATES_ALWAYS.value)
    Stock.objects.filter(sku=shop.magnum).update(on_hand=2)
    assert buy(shop, shop.ana, {"CAB23-MAG": 2}, read_clock()).status == "needs_customer"
    context = open_context(script=script)
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/offer/")
    expect(page.get_by_text("Sold out")).to_have_count(0)
    page.get_by_role("button", name="Tell me when Estate Cabernet Sauvignon 2023, 1.5 l comes back").click()
    expect(
        page.get_by_text("We’ll write to you when Estate Cabernet Sauvignon 2023, 1.5 l comes back.")
    ).to_be_visible()
    page.goto("/offer/")
    asked = page.get_by_text("We’ll write to you when more Estate Cabernet Sauvignon 2023, 1.5 l comes back.")
    expect(asked).to_be_visible()
    expect(page.get_by_role("button", name="Tell me when")).to_have_count(0)
    if script:
        assert_accessible(page)
        photograph(page, "shop-asked-390-light")


def test_one_press_takes_what_it_says_and_then_the_rest_joins_the_order(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    """The usual, the whole, and after an order what is left: below the minimum it has a way all the same."""
    context = open_context()
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    expect(page.get_by_role("button", name="Take all 26")).to_be_visible()
    photograph(page, "shop-usual-390-light")
    page.get_by_role("button", name="Take my usual 9").click()
    expect(page.get_by_text("9 bottles are yours for")).to_be_visible()
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    order = Order.objects.get()
    Offer.objects.filter(pk=shop.premier_offer.pk).update(bottles_minimum=18)
    page.goto("/offer/")
    expect(page.get_by_text("An order of this offer begins at 18 bottles.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Take (my|all|the [0-9])"))).to_have_count(0)
    assert_accessible(page)
    photograph(page, "shop-rest-390-light")
    page.get_by_label("Estate Cabernet Sauvignon 2023: how many", exact=True).fill("1")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    page.get_by_role("button", name=f"Add to my order {order.reference}").click()
    expect(page.get_by_text("1 more bottle is kept for you for")).to_be_visible()
    page.goto("/offer/")
    page.get_by_role("button", name=f"Add to my order {order.reference}").click()
    expect(page.get_by_text("17 more bottles are kept for you for")).to_be_visible()
    assert not CartLine.objects.exists()


def test_a_wish_says_what_it_may_cost_and_never_keeps_bottles_back(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    shop.ana.payment_methods.all().delete()
    Release.objects.update(
        wishes_decided_on=date(2031, 10, 12), wish_rule="Everybody has one before anybody has two."
    )
    context = open_context(tolerate=("422",))
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    page.get_by_label(CABERNET, exact=True).fill("2")
    page.get_by_text("Wish for more").first.click()
    page.get_by_label("Estate Cabernet Sauvignon 2023: how many more you wish for", exact=True).fill("3")
    wish = page.locator("details.wish").first
    expect(wish).to_contain_text("$120.00 each, so at most $720.00 for all 6.")
    expect(wish).to_contain_text("We decide on October 12, 2031.")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text("bottles are yours for")).to_be_visible()
    expect(page.get_by_text("Your wish is not kept yet.")).to_be_visible()
    assert CartLine.objects.get(offer_item__sku=shop.cabernet).quantity == 2 and not Wish.objects.exists()
    page.get_by_role("link", name="Go back to the wish").click()
    expect(
        page.get_by_label("Estate Cabernet Sauvignon 2023: how many more you wish for", exact=True)
    ).to_have_value("3")
    page.get_by_label(re.compile("Estate Cabernet Sauvignon 2023: Charge my saved card")).check()
    page.get_by_role("button", name="Save my wishes only").click()
    expect(page.get_by_text("They need a card to charge.")).to_be_visible()
    expect(page.get_by_role("link", name="Add a card")).to_be_visible()
    kept = Wish.objects.get()
    assert (kept.asked, kept.price_minor) == (3, 120_00)
    assert kept.agreed_words.startswith("Charge my saved card for what you grant me: at most $120.00 each")
    assert_accessible(page)
    photograph(page, "shop-wish-390-light")
    page.goto("/wishes/")
    expect(page.get_by_text("at most $360.00 for all 3")).to_be_visible()
    expect(page.get_by_text("Everybody has one before anybody has two.")).to_be_visible()
    expect(page.get_by_role("link", name="Add a card")).to_be_visible()
    assert_accessible(page)
    photograph(page, "shop-wishes-390-light")
