"""More wine than the law lets go home: the reason, fewer bottles, and the order."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import DESK, PHONE, assert_accessible, look_at, photograph
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.rooms.delivery.limiting import limited
from tests.world import World
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def test_who_is_over_the_limit_sees_why_and_takes_fewer(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    """California lets six bottles a month go to one person; the winery suggests nine to Ana."""
    limited(shop.california, 6)
    context = open_context()
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    law = "California takes at most 6 bottles for one person in a month"
    expect(page.get_by_text(f"{law}.")).to_be_visible()
    photograph(page, "shop-offer-limit-390-light")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text(f"{law}.").first).to_be_visible()
    place = page.locator(".action-bar").get_by_role("button", name=re.compile("Place order"))
    expect(place).to_have_count(0)
    photograph(page, "shop-checkout-limit-390-light")
    assert_accessible(page)
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.get_by_text("What you can do")).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name="Fewer: Estate Cabernet Sauvignon 2023", exact=True).click()
    page.locator(".action-bar").get_by_role("button", name="Change").click()
    expect(place).to_be_visible()
    expect(page.get_by_text(law)).to_have_count(0)
    place.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert sum(Order.objects.get().lines.values_list("quantity", flat=True)) <= 6


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_can_be_done_is_done_by_one_press(
    shop: World, open_context: Contexts, enter: Enter, width: int
) -> None:
    """Another address, back home, and as many bottles as may go there; what was typed stays through all of it."""
    limited(shop.california, 6, period="order")
    context = open_context(width=width)
    enter(context, shop.ana)
    page = context.new_page()
    place = page.get_by_role("button", name=re.compile("Place order")).locator("visible=true").first
    page.goto("/offer/")
    page.get_by_role("button", name=TAKE).locator("visible=true").first.click()
    expect(page.get_by_text("What you can do")).to_be_visible()
    page.get_by_text("Add a gift note").click()
    page.get_by_label("Printed on a card in the box").fill("For Margaret")
    look_at(page, f"shop-checkout-ways-out-{width}")
    page.get_by_role("button", name=re.compile("Send it to .*Brooklyn")).click()
    expect(place).to_be_visible()
    expect(page.get_by_text("What you can do")).to_have_count(0)
    expect(page.get_by_label("Printed on a card in the box")).to_have_value("For Margaret")
    unfold(page, "to")
    page.locator(f"#address-{shop.ana_home.reference}").click()
    expect(page.get_by_text("What you can do")).to_be_visible()
    page.get_by_role("button", name=re.compile("Take . bottles? instead of 9")).click()
    expect(place).to_be_visible()
    expect(page.get_by_label("Printed on a card in the box")).to_have_value("For Margaret")
    place.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    order = Order.objects.get()
    assert sum(order.lines.values_list("quantity", flat=True)) <= 6
    assert (order.line1, order.gift_note) == (shop.ana_home.line1, "For Margaret")
