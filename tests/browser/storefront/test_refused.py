"""A form that is refused says so where one looks first, keeps what was typed, and Enter presses its main button."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import WIDTHS, assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.browser.storefront.test_pages import hold
from tests.world import World
from tirage.core.clock import read_clock
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
#: A refusal is an answer of 4xx, which a browser logs.
REFUSALS = (r"status of 4(02|22)",)


def assert_says_so(page: Page, words: str) -> None:
    """The title, the focus and what is on the screen say what is wrong; the bottles' time is still there."""
    expect(page).to_have_title(re.compile(r"^Problem: "))
    summary = page.locator("#faults")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(words)
    expect(summary).to_be_in_viewport()


def fill_card(page: Page, number: str, *, expiry: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry (MM / YY)").fill(expiry)
    page.get_by_label("Name on the card").fill("Ana Alvarez")
    page.get_by_label("Security code").fill("123")


@pytest.mark.parametrize("script", [True, False])
def test_a_card_at_the_checkout(shop: World, open_context: Contexts, enter: Enter, script: bool) -> None:
    hold(shop, shop.ana, cabernet=3)
    past, coming = (f"{read_clock() + timedelta(days=days):%m / %y}" for days in (-400, 400))
    context = open_context(width=390, script=script, tolerate=REFUSALS)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/checkout/?card=new")
    page.get_by_text("Add a gift note").click()
    page.get_by_label("Printed on a card in the box").fill("For the long table")
    fill_card(page, "4242 4242 4242 4242", expiry=past)
    page.get_by_label("Security code").press("Enter")

    assert_says_so(page, "expired")
    expect(page.locator("[data-countdown]").first).to_be_visible()
    expect(page.get_by_label("Name on the card")).to_have_value("Ana Alvarez")
    expect(page.get_by_label("Card number")).to_have_value("")
    expect(page.get_by_label("Printed on a card in the box")).to_have_value("For the long table")
    photograph(page, f"shop-checkout-refused-{'scripts' if script else 'plain'}")
    if script:
        assert_accessible(page)
    page.locator("#faults").get_by_role("link", name="New card").click()
    expect(page.get_by_label("Expiry (MM / YY)")).to_be_focused()

    fill_card(page, "4000 0000 0000 0341", expiry=coming)
    page.get_by_label("Security code").press("Enter")
    assert_says_so(page, "declined")
    assert not Order.objects.filter(state="placed").exists()

    page.goto("/checkout/?card=new")
    fill_card(page, "4242 4242 4242 4242", expiry=coming)
    page.get_by_label("Security code").press("Enter")
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.filter(state="placed").count() == 1


def test_other_forms_of_the_shop(shop: World, open_context: Contexts, enter: Enter) -> None:
    for width in WIDTHS:
        context = open_context(width=width, tolerate=REFUSALS)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("Your e-mail address").fill("ana@")
        page.get_by_label("Your e-mail address").press("Enter")
        assert_says_so(page, "Enter an e-mail address")
        photograph(page, f"shop-sign-in-refused-{width}")
        assert_accessible(page)

        enter(context, shop.ana)
        page.goto("/account/addresses/new/")
        page.get_by_label("Street address").fill("1 Vine Lane")
        page.get_by_label("Street address").press("Enter")
        assert_says_so(page, "City")
        expect(page.get_by_label("Street address")).to_have_value("1 Vine Lane")
        photograph(page, f"shop-address-refused-{width}")
        assert_accessible(page)
        page.locator("#faults").get_by_role("link", name="City").click()
        expect(page.get_by_label("City")).to_be_focused()
