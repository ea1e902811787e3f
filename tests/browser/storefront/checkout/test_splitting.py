"""More wine than may go home at once: part of it is ordered now, and the rest, which was kept, when it may go."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F, Sum
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import DESK, PHONE, look_at
from tests.browser.storefront.conftest import TAKE, Enter
from tests.rooms.delivery.limiting import limited
from tests.world import World
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_part_is_ordered_now_and_the_rest_in_the_month_after(
    shop: World, open_context: Contexts, enter: Enter, width: int
) -> None:
    """California lets six bottles a month go to one person; the winery suggests nine to Ana."""
    limited(shop.california, 6)
    context = open_context(width=width)
    enter(context, shop.ana)
    page = context.new_page()
    place = page.get_by_role("button", name=re.compile("Place order")).locator("visible=true").first
    page.goto("/offer/")
    page.get_by_role("button", name=TAKE).locator("visible=true").first.click()
    split = page.get_by_role("button", name=re.compile("Take .* now, keep"))
    expect(split).to_be_visible()
    look_at(page, f"shop-checkout-split-{width}")
    split.click()
    expect(page.get_by_text("kept for you and may go from").first).to_be_visible()
    expect(split).to_have_count(0)
    look_at(page, f"shop-checkout-split-taken-{width}")
    place.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.get().lines.aggregate(all=Sum("quantity"))["all"] <= 6

    page.goto("/offer/")
    expect(page.get_by_text("kept for you").first).to_be_visible()
    look_at(page, f"shop-offer-kept-{width}")
    page.get_by_role("link", name=re.compile("See and buy")).click()
    expect(page.get_by_text("Kept until they may be sent to you")).to_be_visible()
    look_at(page, f"shop-kept-for-later-{width}")
    page.get_by_role("button", name="Go to the checkout").locator("visible=true").first.click()
    expect(page.get_by_text("California takes at most 6 bottles").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Place order"))).to_have_count(0)
    look_at(page, f"shop-checkout-kept-too-early-{width}")

    # A month goes by.
    Order.objects.update(made_at=F("made_at") - timedelta(days=32))
    page.reload()
    place.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.count() == 2
    assert Order.objects.aggregate(all=Sum("lines__quantity"))["all"] == 9
