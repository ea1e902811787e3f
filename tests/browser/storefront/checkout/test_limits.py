"""More wine than the law lets go home: the reason, fewer bottles, and the order."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
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
    page.locator(".action-bar").get_by_role("button", name="Hold these bottles").click()
    expect(page.get_by_text(f"{law}. Take").first).to_be_visible()
    place = page.locator(".action-bar").get_by_role("button", name=re.compile("Place order"))
    expect(place).to_have_count(0)
    photograph(page, "shop-checkout-limit-390-light")
    assert_accessible(page)
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.get_by_text(f"{law}. Take").first).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name="Fewer: Estate Cabernet Sauvignon 2023", exact=True).click()
    page.locator(".action-bar").get_by_role("button", name="Change").click()
    expect(place).to_be_visible()
    expect(page.get_by_text(law)).to_have_count(0)
    place.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert sum(Order.objects.get().lines.values_list("quantity", flat=True)) <= 6
