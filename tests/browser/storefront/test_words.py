"""The buttons and what they answer, in the words that people know from other shops."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.storefront.conftest import Enter
from tests.browser.storefront.test_pages import hold
from tests.world import World
from tirage.customers.models import Address

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_buttons_say_and_answer(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    other = shop.ana.addresses.get(is_default=False)
    hold(shop, shop.ana, cabernet=3)
    context = open_context()
    enter(context, shop.ana)
    page = context.new_page()

    page.goto("/checkout/")
    page.get_by_role("button", name="Empty cart").click()
    expect(page.get_by_text("Your cart is empty.")).to_be_visible()

    page.goto("/account/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Saved cards").click()
    expect(page.get_by_role("heading", name="Saved cards")).to_be_visible()
    expect(page.get_by_text("Default", exact=True)).to_be_visible()

    page.goto("/account/addresses/")
    page.get_by_role("button", name=f"Make {other.line1} the default").click()
    expect(page.get_by_text("Default", exact=True)).to_have_count(1)
    assert Address.objects.get(pk=other.pk).is_default
