"""Consent that goes says what it means, wherever it goes, and has its way back."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.world import World
from tirage.customers.consent import unsubscribe_url
from tirage.customers.models import Customer


def wants_mail(customer: Customer) -> bool:
    customer.refresh_from_db()
    return customer.marketing_consent_at is not None


def test_no_more_invitations_is_said_and_taken_back(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    """In the account, by the link in a mail, and by the mail program, which says nothing itself."""
    context = open_context()
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/account/")
    if not wants_mail(shop.ben):
        page.get_by_role("button", name="Invite me").click()
    page.get_by_label("Invite me to releases by mail").uncheck()
    page.get_by_role("button", name="Save").click()
    said = page.locator(".messages")
    expect(said).to_contain_text("You won’t be invited to releases by mail any more.")
    assert not wants_mail(shop.ben)
    assert_accessible(page)
    photograph(page, "shop-account-uninvited-390-light")
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("You are invited to releases by mail.")
    assert wants_mail(shop.ben)
    url = unsubscribe_url(shop.ben)
    stranger = open_context().new_page()
    stranger.goto(url)
    expect(stranger.locator("main")).to_contain_text("you won’t be invited to our releases by mail any more")
    stranger.get_by_role("button", name="Don’t invite me any more").click()
    expect(stranger.locator("main")).to_contain_text("You won’t be invited to our releases by mail")
    photograph(stranger, "shop-unsubscribed-390-light")
    stranger.get_by_role("button", name="Invite me again").click()
    expect(stranger.get_by_role("button", name="Don’t invite me any more")).to_be_visible()
    assert wants_mail(shop.ben)
    Client().post("/unsubscribe/" + url.partition("/unsubscribe/")[2], {"List-Unsubscribe": "One-Click"})
    page.goto("/account/")
    expect(page.locator("main")).to_contain_text("You aren’t invited to releases by mail.")
    expect(page.locator("main")).to_contain_text("by the mail program’s button")
    page.get_by_role("button", name="Invite me again").click()
    assert wants_mail(shop.ben)
