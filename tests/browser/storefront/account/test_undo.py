"""What is removed by mistake is had back, by one press, with the default that went with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.world import World, save_test_card
from tirage.core.clock import read_clock
from tirage.customers.models import Address
from tirage.payments.models import PaymentMethod


def removed_and_back(page: Page, path: str, name: str) -> None:
    """Removes the first of a list, which is the default, and takes it back."""
    page.goto(path)
    expect(page.locator(".entry").first).to_contain_text(name)
    before = page.locator(".entries").inner_text()
    page.locator(".entry").first.get_by_role("button", name="Remove").click()
    expect(page.locator(".messages")).to_contain_text("is removed")
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.locator(".entries")).not_to_contain_text(name)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".messages")).to_contain_text("It is back as it was.")
    expect(page.locator(".entry").first).to_contain_text(name)
    assert page.locator(".entries").inner_text() == before


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_removed_card_and_address_come_back_as_the_default(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter, script: bool
) -> None:
    save_test_card(shop.ana, read_clock(), last4="0007", is_default=False)
    context = open_context(script=script)
    enter(context, shop.ana)
    page = context.new_page()
    removed_and_back(page, "/account/addresses/", shop.ana_home.line1)
    removed_and_back(page, "/account/cards/", "4242")
    assert Address.objects.get(customer=shop.ana, is_default=True, removed_at=None) == shop.ana_home
    assert PaymentMethod.objects.get(customer=shop.ana, is_default=True, removed_at=None) == shop.ana_card
    if script:
        page.locator(".entry").first.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert_accessible(page)
        photograph(page, "shop-card-removed-390-light")
