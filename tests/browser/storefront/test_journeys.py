"""What a collector does on a telephone at 9:01, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DESK, assert_accessible, photograph
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.world import World
from tirage.checkout.models import Cart
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.inventory.models import Hold
from tirage.notifications.models import SentMail
from tirage.notifications.values import data_of
from tirage.offers.models import Offer
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023: how many"


@pytest.fixture
def telephone(shop: World, open_context: Contexts, enter: Enter) -> Page:
    """Ana's, signed in."""
    context = open_context(tolerate=("402", "422"))
    enter(context, shop.ana)
    return context.new_page()


def pay_with(page: Page, number: str) -> None:
    """Chooses another card at the checkout, and types it."""
    unfold(page, "by")
    type_card(page, number)


def type_card(page: Page, number: str) -> None:
    """Chooses another card where the cards stand open, and types it."""
    page.get_by_text("Another card", exact=True).click()
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ana Alvarez")


def press_place(page: Page) -> None:
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_mail_to_the_receipt(shop: World, open_context: Contexts, script: bool) -> None:
    Customer.objects.filter(pk=shop.ben.pk).update(adult_confirmed_at=None)
    shop.ben.addresses.all().delete()
    shop.ben.payment_methods.all().delete()
    page = open_context(script=script).new_page()
    page.goto("/")
    page.get_by_label("Your e-mail address").fill("ben@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    if script:  # axe itself is a script
        assert_accessible(page)
        photograph(page, "shop-code-390-light")
    page.goto(data_of(SentMail.objects.get(), "link"))
    page.get_by_role("button", name="Yes, I am 21 or older").click()
    expect(page.get_by_role("heading", name="Your autumn allocation")).to_be_visible()
    page.get_by_label(CABERNET, exact=True).fill("2")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text("2 bottles are yours for")).to_be_visible()
    page.get_by_label("Street address").fill("3 Prince Street")
    page.get_by_label("City").fill("New York")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10012")
    page.get_by_role("button", name="Continue to delivery").click()
    unfold(page, "how")
    page.get_by_label("Overnight").check()
    if not script:
        page.get_by_role("button", name="Update the total").click()
    expect(page.locator(".totals")).to_contain_text("$65.00")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12 / 39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ben Baker")
    press_place(page)
    expect(page.get_by_role("heading", name="Thank you, Ben")).to_be_visible()
    order = Order.objects.get()
    assert (order.state, order.city, order.balance_minor) == ("placed", "New York", 0)


def test_the_total_follows_the_thumb(shop: World, telephone: Page) -> None:
    Offer.objects.update(bottles_minimum=12)
    telephone.goto("/offer/")
    bar = telephone.locator(".action-bar")
    expect(bar).to_contain_text("Take these 9")
    expect(bar).to_contain_text("$675")
    expect(bar).to_contain_text("3 more bottles to reach 12")
    telephone.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023", exact=True).click()
    telephone.get_by_role("button", name="More: Ridge Chardonnay 2024", exact=True).click()
    expect(bar).to_contain_text("Take these 13")
    # 4 × 120 + 9 × 65 less 10 %.
    expect(bar).to_contain_text("$958.50")
    # A rule that is met is no news.
    expect(bar.get_by_text("At least 12 bottles: reached")).to_be_hidden()
    for _ in range(9):
        telephone.get_by_role("button", name="More: Estate Cabernet Sauvignon 2023", exact=True).click(
            force=True
        )
    expect(telephone.get_by_label(CABERNET, exact=True)).to_have_value("6")


def test_two_taps_from_the_offer_to_a_full_cart(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.get_by_role("button", name="Take all 26").click()
    expect(telephone.get_by_text("bottles are yours for")).to_be_visible()
    press_place(telephone)
    expect(telephone.get_by_role("heading", name="Thank you, Ana")).to_be_visible()


def test_another_address_changes_the_total_without_a_new_page(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    bar = telephone.locator(".action-bar")
    before = bar.inner_text()
    telephone.evaluate("window.samePage = true")
    unfold(telephone, "to")
    telephone.get_by_label(re.compile("2 Court Street")).check()
    expect(bar).not_to_have_text(before)
    unfold(telephone, "how")
    telephone.get_by_label("Overnight").check()
    expect(telephone.locator(".totals")).to_contain_text("$140.00")
    expect(telephone.get_by_label("Overnight")).to_be_focused()
    assert telephone.evaluate("window.samePage")
    assert_accessible(telephone)
    press_place(telephone)
    expect(telephone.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.get().ship_state == "NY"


def test_a_declined_card_and_then_another(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    pay_with(telephone, "4000 0000 0000 0341")
    press_place(telephone)
    expect(telephone.get_by_text("Nothing was charged, and this card isn’t kept.")).to_be_visible()
    assert_accessible(telephone)
    photograph(telephone, "shop-declined-390-light")
    unfold(telephone, "by")
    telephone.get_by_label(re.compile("Visa ending in 4242")).check()
    press_place(telephone)
    expect(telephone.get_by_role("heading", name="Thank you, Ana")).to_be_visible()


def test_the_bank_wants_to_see_the_customer(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    pay_with(telephone, "4000 0027 6000 3184")
    press_place(telephone)
    expect(telephone.get_by_role("heading", name="Test bank")).to_be_visible()
    telephone.goto("/checkout/")
    expect(telephone.get_by_role("heading", name="Your bank needs to confirm it’s you")).to_be_visible()
    assert_accessible(telephone)
    photograph(telephone, "shop-bank-asks-390-light")
    telephone.get_by_role("link", name="Continue to your bank").click()
    telephone.get_by_role("button", name="Approve").click()
    expect(telephone.get_by_role("heading", name="Thank you, Ana")).to_be_visible()


def test_a_gift_note_is_counted_and_nothing_of_it_is_cut(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.locator(".countdown")).to_be_visible()
    telephone.goto("/checkout/")
    telephone.get_by_text("Add a gift note").click()
    note = telephone.locator("#gift_note")
    note.fill("x" * 401)
    expect(telephone.locator(".field-count")).to_have_text("401 of 400")
    expect(note).to_have_value("x" * 401)
    expect(note).to_have_attribute("aria-invalid", "true")
    photograph(telephone, "shop-gift-note-too-long-390-light")
    assert_accessible(telephone)
    note.fill("For Anna")
    expect(telephone.locator(".field-count")).to_have_text("8 of 400")
    expect(note).not_to_have_attribute("aria-invalid", "true")


def test_time_runs_out_and_the_bottles_are_taken_again(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    soon = read_clock() + timedelta(seconds=3)
    Hold.objects.update(expires_at=soon)
    Cart.objects.update(expires_at=soon)
    telephone.reload()
    # The page notices by itself when the time is over.
    expect(telephone.get_by_text("Your time for 9 bottles ran out.")).to_be_visible(timeout=15_000)
    telephone.get_by_role("button", name="Take them again").click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    until = Cart.objects.get().expires_at
    assert until is not None and until > read_clock() + timedelta(minutes=10)


def test_telephone_and_desk_show_one_cart(
    shop: World, telephone: Page, open_context: Contexts, enter: Enter
) -> None:
    context = open_context(width=DESK, tolerate=("422",))
    enter(context, shop.ana)
    desk = context.new_page()
    desk.goto("/offer/")
    telephone.goto("/offer/")
    telephone.get_by_label(CABERNET, exact=True).fill("6")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.get_by_text("12 bottles are yours for")).to_be_visible()
    desk.get_by_label(CABERNET, exact=True).fill("1")
    desk.get_by_role("button", name=TAKE).click()
    # What the other device did meanwhile is said, and kept unless it is chosen otherwise.
    expect(desk.get_by_text("6 were chosen in another window or on another device")).to_be_visible()
    desk.get_by_label(CABERNET, exact=True).fill("1")
    desk.get_by_role("button", name="Change to").click()
    expect(desk.get_by_text("7 bottles are yours for")).to_be_visible()
    telephone.goto("/offer/")
    expect(telephone.get_by_label(CABERNET, exact=True)).to_have_value("1")
