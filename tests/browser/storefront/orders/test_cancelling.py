"""Customers cancel their orders on a telephone, with and without scripts; the page photographed and read by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import WIDTHS, look_at
from tests.browser.storefront.conftest import Enter
from tests.browser.storefront.test_pages import buy
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def order(shop: World) -> Order:
    """Ana's two Cabernets and three Chardonnays, which she may cancel herself."""
    Winery.objects.update(customers_cancel_orders=True)
    forget_winery()
    return buy(shop, shop.ana, cabernet=2, chardonnay=3)


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_order_to_the_money_back(
    shop: World, open_context: Contexts, enter: Enter, order: Order, script: bool
) -> None:
    context = open_context(script=script)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto(f"/orders/{order.reference}/")
    page.get_by_role("link", name="Cancel this order").click()
    expect(page.get_by_role("heading", name="Cancel your order")).to_be_visible()
    page.get_by_label("To my store credit").check()
    page.get_by_label("Would you like to tell us why?").fill("We are moving")
    page.locator(".action-bar").get_by_role("button", name="Cancel my order, $").click()
    expect(page.get_by_text("Your order is canceled.")).to_be_visible()
    expect(page.get_by_text("You canceled the order")).to_be_visible()
    order.refresh_from_db()
    assert order.state == "cancelled" and shop.stock(shop.cabernet).sold == 0
    assert Customer.objects.get(pk=shop.ana.pk).credit_minor > 0 and run_checks(read_clock()) == []


def test_from_the_change_of_it_and_back_again(
    shop: World, open_context: Contexts, enter: Enter, order: Order
) -> None:
    context = open_context()
    enter(context, shop.ana)
    page = context.new_page()
    page.goto(f"/orders/{order.reference}/")
    page.get_by_role("button", name="Change this order").click()
    page.get_by_role("link", name="Cancel the order").click()
    page.get_by_role("link", name="Keep my order").click()
    expect(page.get_by_role("heading", name="Order")).to_be_visible()
    assert Order.objects.get().state == "placed"


@pytest.mark.parametrize("width", WIDTHS)
def test_how_it_looks(shop: World, open_context: Contexts, enter: Enter, order: Order, width: int) -> None:
    context = open_context(width=width)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto(f"/orders/{order.reference}/cancel/")
    look_at(page, f"shop-cancel-{width}")
    button = page.get_by_role("button", name="Cancel my order, $")
    expect(button).to_have_count(1)
    expect(button).to_be_in_viewport()
