"""Store credit at the checkout: the total follows the box, and no card is needed where none is needed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.operations import give_credit

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def at_the_checkout(
    shop: World, open_context: Contexts, enter: Enter, minor: int, *, script: bool = True
) -> Page:
    """Ana with so much store credit and her cart held."""
    give_credit(
        customer=shop.ana,
        amount=Money(minor, "USD"),
        reason="A test",
        actor=shop.staff,
        now=read_clock(),
    )
    context = open_context(script=script, tolerate=("402", "422"))
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.locator("#sum-said")).to_be_visible()
    # What is pressed before the page's scripts are there is followed by nobody.
    page.wait_for_load_state()
    return page


def press_place(page: Page) -> None:
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_the_total_follows_the_box(shop: World, open_context: Contexts, enter: Enter, script: bool) -> None:
    page = at_the_checkout(shop, open_context, enter, 35_00, script=script)
    box, bar = page.get_by_label("Use $35.00 of store credit"), page.locator(".action-bar")
    expect(box).to_be_checked()
    less = bar.inner_text()

    def flip() -> None:
        box.set_checked(not box.is_checked())
        if not script:
            page.locator(".panel").get_by_role("button", name="Update the total").click()

    flip()
    expect(page.locator(".panel")).not_to_contain_text("To pay")
    expect(bar).not_to_have_text(less)
    flip()
    expect(page.locator(".panel")).to_contain_text("To pay")
    expect(bar).to_have_text(less)
    if script:  # axe itself is a script
        expect(box).to_be_focused()
        assert_accessible(page)
        photograph(page, "shop-store-credit-390-light")
    press_place(page)
    expect(page.get_by_text("$35.00 by store credit")).to_be_visible()
    assert Customer.objects.get(pk=shop.ana.pk).credit_minor == 0


def test_credit_that_covers_everything_hides_the_cards(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    shop.ana.payment_methods.all().delete()
    page = at_the_checkout(shop, open_context, enter, 9_000_00)
    expect(page.get_by_label("Card number")).to_be_hidden()
    page.get_by_label(re.compile("of store credit")).uncheck()
    expect(page.get_by_label("Card number")).to_be_visible()
    page.get_by_label(re.compile("of store credit")).check()
    expect(page.get_by_text("no card is needed")).to_be_visible()
    press_place(page)
    assert Order.objects.get().balance_minor == 0
    page.goto("/account/credit/")
    expect(page.get_by_text("Spent on an order")).to_be_visible()
    assert_accessible(page)
