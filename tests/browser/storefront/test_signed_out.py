"""A sign-in that ends while a customer chooses and types: the way through the door and back loses nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import assert_accessible
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.browser.storefront.test_pages import buy
from tests.world import World, acting
from tirage.changes.operations import open_draft
from tirage.core.clock import read_clock
from tirage.customers.models import Address, CustomerSession
from tirage.notifications.models import SentMail
from tirage.notifications.values import data_of
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023"
HERE_AGAIN = "Your sign-in had ended, so nothing was sent."


def visitor(shop: World, open_context: Contexts, enter: Enter, *, script: bool = True) -> Page:
    """Ana, signed in on a telephone."""
    context = open_context(script=script, tolerate=("402", "422"))
    enter(context, shop.ana)
    return context.new_page()


def come_in_by_code(page: Page) -> None:
    """At the door, which says why: by the code out of the mail."""
    expect(page.get_by_text("Your sign-in has ended. Sign in again")).to_be_visible()
    page.get_by_label("Your e-mail address").fill("ana@example.com")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.get_by_label("The code from the mail").fill(str(data_of(SentMail.objects.latest("id"), "code")))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(HERE_AGAIN)).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_at_the_order_button(shop: World, open_context: Contexts, enter: Enter, script: bool) -> None:
    page = visitor(shop, open_context, enter, script=script)
    page.goto("/offer/")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    unfold(page, "to")
    page.get_by_text(re.compile("2 Court Street")).click()
    if not script:
        page.get_by_role("button", name="Update the total").first.click()
    unfold(page, "how")
    page.get_by_label("Overnight").check()
    if not script:
        page.get_by_role("button", name="Update the total").first.click()
    expect(page.locator(".totals")).to_contain_text("$140.00")
    page.get_by_text("Add a gift note").click()
    page.get_by_label("Printed on a card in the box").fill("For the long table\n& Anna")
    unfold(page, "by")
    page.get_by_text("Another card", exact=True).click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    CustomerSession.objects.all().delete()
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    come_in_by_code(page)
    assert page.url.endswith("/checkout/") and not Order.objects.exists()
    expect(page.get_by_label(re.compile("2 Court Street"))).to_be_checked()
    expect(page.get_by_label("Overnight")).to_be_checked()
    expect(page.locator(".totals")).to_contain_text("$140.00")
    expect(page.get_by_label("Printed on a card in the box")).to_have_value("For the long table\n& Anna")
    expect(page.get_by_label("Another card")).to_be_checked()
    expect(page.get_by_label("Card number")).to_have_value("")
    expect(page.get_by_text("Only the card has to be typed again")).to_be_visible()
    if script:  # axe itself is a script
        assert_accessible(page)
    unfold(page, "by")
    page.get_by_text(re.compile("Visa ending in 4242")).click()
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    order = Order.objects.get()
    assert (order.ship_state, order.method) == ("NY", shop.overnight)
    # What was typed is shown once.
    page.goto("/offer/")
    expect(page.get_by_text(HERE_AGAIN)).to_have_count(0)


def test_while_the_total_follows_a_choice(shop: World, open_context: Contexts, enter: Enter) -> None:
    page = visitor(shop, open_context, enter)
    page.goto("/offer/")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    page.get_by_text("Add a gift note").click()
    page.get_by_label("Printed on a card in the box").fill("For Anna")
    CustomerSession.objects.all().delete()
    unfold(page, "how")
    page.get_by_label("Overnight").click()
    come_in_by_code(page)
    expect(page.get_by_label("Overnight")).to_be_checked()
    expect(page.get_by_label("Printed on a card in the box")).to_have_value("For Anna")


def test_on_the_offer_and_on_a_change(shop: World, open_context: Contexts, enter: Enter) -> None:
    order = buy(shop, shop.ana, cabernet=2, chardonnay=3)
    page = visitor(shop, open_context, enter)
    page.goto("/offer/")
    page.get_by_label(f"{CABERNET}: how many", exact=True).fill("4")
    CustomerSession.objects.all().delete()
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    come_in_by_code(page)
    expect(page.get_by_label(f"{CABERNET}: how many", exact=True)).to_have_value("4")
    draft = open_draft(order_reference=order.reference, actor=acting(shop.ana), now=read_clock())
    page.goto(f"/orders/change/{draft.reference}/")
    # The choice asks what it costs; that answer is to be here before the session goes.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_text("Another address", exact=True).click()
    page.get_by_label("Street address").fill("350 Fifth Avenue")
    CustomerSession.objects.all().delete()
    page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
    come_in_by_code(page)
    expect(page.get_by_label(CABERNET, exact=True)).to_have_value("3")
    expect(page.get_by_label("Street address")).to_have_value("350 Fifth Avenue")
    # The sum is that of what is shown, and waits for the button.
    expect(page.locator(".action-bar")).to_contain_text("$115.83")


def test_in_the_account_and_at_the_age_door(shop: World, open_context: Contexts, enter: Enter) -> None:
    page = visitor(shop, open_context, enter)
    page.goto("/account/addresses/new/")
    page.get_by_label("Name", exact=True).fill("Ana Alvarez")
    page.get_by_label("Street address").fill("350 Fifth Avenue")
    page.get_by_label("City").fill("New York")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10118")
    CustomerSession.objects.all().delete()
    page.get_by_role("button", name=re.compile("^Save")).click()
    come_in_by_code(page)
    expect(page.get_by_label("Street address")).to_have_value("350 Fifth Avenue")
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.get_by_text("350 Fifth Avenue")).to_be_visible()
    assert Address.objects.filter(line1="350 Fifth Avenue").count() == 1
    shop.ana.__class__.objects.filter(pk=shop.ana.pk).update(adult_confirmed_at=None)
    page.goto("/checkout/")
    page.get_by_text("Give your date of birth too").click()
    page.get_by_label("Date of birth").fill("1980-02-29")
    CustomerSession.objects.all().delete()
    page.get_by_role("button", name=re.compile("^Yes")).click()
    come_in_by_code(page)
    expect(page.get_by_label("Date of birth")).to_have_value("1980-02-29")
    page.get_by_role("button", name=re.compile("^Yes")).click()
    # On to where it was asked.
    expect(page).to_have_url(re.compile("/checkout/$"))
