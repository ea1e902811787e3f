"""The age that is asked at the door, by somebody who is too young and by somebody who mistyped."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.customers.operations import update_customer


def test_a_refused_date_is_not_answered_by_yes_a_second_later(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    """Not by going back, not by another account on the same telephone; the winery corrects what was mistyped."""
    Customer.objects.update(adult_confirmed_at=None, birth_date=None)
    context = open_context(tolerate=("422",))
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/offer/")
    page.get_by_text("Give your date of birth too").click()
    page.get_by_label("Date of birth").fill(f"{read_clock().year - 20}-03-02")
    page.get_by_role("button", name="Yes, I am 21 or older").click()
    refused = page.get_by_role("heading", name="We can’t sell you wine yet")
    expect(refused).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"March 2, {read_clock().year - 20}")
    expect(page.locator("main")).to_contain_text("A typing error? Write to")
    assert_accessible(page)
    photograph(page, "shop-too-young-390-light")
    page.goto("/adult/?next=/offer/")
    expect(refused).to_be_visible()
    expect(page.get_by_role("button", name="Yes")).to_have_count(0)
    enter(context, shop.ana)
    page.goto("/offer/")
    expect(refused).to_be_visible()
    update_customer(
        customer=shop.ana,
        values={"birth_date": shop.ana.birth_date},
        actor=shop.staff,
        now=read_clock(),
    )
    page.goto("/offer/")
    page.get_by_role("button", name="Yes, I am 21 or older").click()
    expect(page.get_by_role("heading", name="Your autumn allocation")).to_be_visible()
