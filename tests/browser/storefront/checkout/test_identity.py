"""Whose card and which address the checkout takes: good before expired, kept only when said, each address once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import photograph
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.world import World, save_test_card
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.payments.queries import saved_cards


def hold(page: Page) -> None:
    page.goto("/offer/")
    page.get_by_label("Ridge Chardonnay 2024: how many", exact=True).fill("3")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text("bottles are yours for")).to_be_visible()


def type_card(page: Page) -> None:
    unfold(page, "by")
    page.get_by_text("Another card", exact=True).click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ben Baker")


def place(page: Page) -> None:
    page.locator(".action-bar").get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name="Thank you, Ben")).to_be_visible()


def test_good_before_expired_kept_when_said_and_each_address_once(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    good = save_test_card(shop.ben, read_clock(), last4="0007", is_default=False)
    PaymentMethod.objects.filter(pk=shop.ben_card.pk).update(exp_year=2020)
    context = open_context()
    enter(context, shop.ben)
    page = context.new_page()
    hold(page)
    expect(page.locator(f"input[value='{good.reference}']")).to_be_checked()
    expect(page.locator(f"input[value='{shop.ben_card.reference}']")).to_be_disabled()
    unfold(page, "to")
    page.get_by_text("Another address", exact=True).click()
    page.get_by_label("Street address").fill("3 PRINCE ST.")
    page.get_by_label("City").fill("new york")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10012-0001")
    page.get_by_label("Name", exact=True).fill("ben baker")
    page.get_by_role("button", name="Use this address").click()
    expect(page.locator(f"input[value='{shop.ben_home.reference}']")).to_be_checked()
    assert Address.objects.filter(customer=shop.ben).count() == 1
    type_card(page)
    keep = page.get_by_label("Keep this card for next time")
    expect(keep).not_to_be_checked()
    photograph(page, "shop-checkout-keep-card-390-light")
    place(page)
    order = Order.objects.get()
    assert order.balance_minor == 0 and order.line1 == shop.ben_home.line1
    assert [card.last4 for card in saved_cards(shop.ben.pk, read_clock())] == ["0007", "4242"]
    page.goto("/account/cards/")
    expect(page.locator(".entry")).to_have_count(2)
    hold(page)
    type_card(page)
    keep.check()
    place(page)
    page.goto("/account/cards/")
    expect(page.locator(".entry")).to_have_count(3)
