"""An order that has left: on which day, by which number, and where it is followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.core.clock import read_clock
from tirage.fulfilment.operations import ship_order
from tirage.orders.models import Order
from tirage.parts.wording import say_day


def test_an_order_on_its_way_says_since_when_and_where_to_follow_it(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    """Nine days after ordering: neither the list nor the page lets anybody take one day for the other."""
    order = bought(shop, shop.ben, {"CAB23": 2})
    Order.objects.filter(pk=order.pk).update(
        made_at=order.made_at - timedelta(days=9), placed_at=order.made_at - timedelta(days=9)
    )
    left = read_clock() - timedelta(days=1)
    ship_order(
        order_reference=order.reference,
        tracking="1Z 999 AA1 01 2345 6784",
        actor=shop.staff,
        now=left,
    )
    zone = shop.winery.time_zone
    ordered, since = (
        f"Ordered {say_day(order.made_at - timedelta(days=9), zone, 'en_US')}",
        f"On its way since {say_day(left, zone, 'en_US')}",
    )
    context = open_context()
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/orders/")
    expect(page.locator(".entry")).to_contain_text(ordered)
    expect(page.locator(".entry")).to_contain_text(since)
    photograph(page, "shop-orders-shipped-390-light")
    page.locator(".entry-main").click()
    expect(page.locator("main")).to_contain_text(since)
    expect(page.locator("main")).to_contain_text(
        f"Left our cellar on {say_day(left, zone, 'en_US', width='full')}"
    )
    follow = page.get_by_role("link", name="Follow it at UPS")
    expect(follow).to_have_attribute("href", "https://www.ups.com/track?tracknum=1Z999AA10123456784")
    assert_accessible(page)
    photograph(page, "shop-order-shipped-390-light")
