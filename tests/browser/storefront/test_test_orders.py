"""What a team tries on its own telephone before anybody else may buy: a test order from the offer to its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter as enter_office
from tests.browser.backoffice.conftest import session_of
from tests.browser.conftest import DESK, assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter
from tests.rooms.checkout.testing import make_test
from tests.world import World
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.inventory.models import Hold, Stock
from tirage.orders.models import Order
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
SAID = "no wine and no money moves"


def shows_that_it_is_a_test(page: Page, name: str) -> None:
    expect(page.get_by_text(re.compile(SAID)).first).to_be_visible()
    assert_accessible(page)
    photograph(page, name)


def type_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ben Baker")


def test_a_test_order_from_the_offer_to_its_end(
    shop: World, open_context: Contexts, enter: Enter, live_server: Any
) -> None:
    Winery.objects.update(customers_cancel_orders=True)
    forget_winery()
    make_test(shop.estate)
    before = list(Stock.objects.order_by("pk").values_list("on_hand", "sold", "held"))
    context = open_context(tolerate=("402", "422"))
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/offer/")
    shows_that_it_is_a_test(page, "shop-test-offer-390-light")
    page.get_by_label("Estate Cabernet Sauvignon 2023: how many", exact=True).fill("2")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text("2 bottles are yours for")).to_be_visible()
    shows_that_it_is_a_test(page, "shop-test-checkout-390-light")
    expect(page.get_by_label("Keep this card for next time")).to_have_count(0)
    place = page.locator(".action-bar").get_by_role("button", name=re.compile("Place order"))
    type_card(page, "4000 0000 0000 0341")
    place.click()
    expect(page.get_by_text("Nothing was charged")).to_be_visible()
    type_card(page, "4000 0027 6000 3184")
    place.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Thank you, Ben")).to_be_visible()
    shows_that_it_is_a_test(page, "shop-test-receipt-390-light")
    order = Order.objects.get(state="test")
    page.goto("/orders/")
    expect(page.get_by_text("(test)")).to_be_visible()
    page.goto(f"/orders/{order.reference}/")
    page.get_by_role("button", name="Change this order").click()
    shows_that_it_is_a_test(page, "shop-test-change-390-light")
    page.goto(f"/orders/{order.reference}/cancel/")
    page.locator(".action-bar").get_by_role("button", name=re.compile("Cancel my order")).click()
    shows_that_it_is_a_test(page, "shop-test-order-390-light")
    order.refresh_from_db()
    assert order.state == "test_off"
    office = enter_office(open_context(width=DESK), session_of(Role.OWNER), live_server.url)
    office.goto(reverse("backoffice:release_tests", args=[shop.release.reference]))
    expect(office.get_by_text(order.reference)).to_be_visible()
    assert_accessible(office)
    photograph(office, "office-test-orders-1440-light")
    office.get_by_role("button", name="Remove the test orders").click()
    expect(office.get_by_text("You removed 1 test order.")).to_be_visible()
    office.get_by_role("button", name=re.compile("Put back")).click()
    expect(office.get_by_text("You put 1 test order back.")).to_be_visible()
    assert list(Stock.objects.order_by("pk").values_list("on_hand", "sold", "held")) == before
    assert not Hold.objects.exists()
