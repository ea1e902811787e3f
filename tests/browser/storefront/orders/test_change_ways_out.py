"""A change that sends more than may go there: what can be done is done by one press; where wine is stored is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import DESK, PHONE, look_at
from tests.browser.storefront.conftest import Enter
from tests.browser.storefront.orders.test_changing import begin
from tests.browser.storefront.test_pages import buy
from tests.rooms.delivery.limiting import limited
from tests.world import World
from tirage.customers.models import Customer
from tirage.delivery.models import Method
from tirage.offers.models import OfferItem

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023"


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_fewer_bottles_by_one_press_and_the_account_of_a_storage(
    shop: World, open_context: Contexts, enter: Enter, width: int
) -> None:
    OfferItem.objects.filter(sku=shop.cabernet).update(purchase_maximum=12)
    Method.objects.create(name="Storage in Napa", kind="storage", handover=shop.california, position=9)
    order = buy(shop, shop.ana, cabernet=2, chardonnay=3)
    limited(shop.california, 6, period="order")
    context = open_context(width=width)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto(f"/orders/{order.reference}/")
    begin(page)
    for _ in range(2):
        page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
    fewer = page.get_by_role("button", name="Add 1 bottle instead of 2")
    expect(fewer).to_be_visible()
    look_at(page, f"shop-change-ways-out-{width}")
    fewer.click()
    expect(page.get_by_text("What you can do")).to_have_count(0)
    expect(page.get_by_label(CABERNET, exact=True)).to_have_value("3")

    account = page.get_by_label("Your account number there")
    expect(account).to_be_hidden()
    page.get_by_text("Storage in Napa").first.click()
    expect(account).to_be_visible()
    expect(page.locator(".change-sum")).to_contain_text("Storage in Napa")
    account.fill("4711")
    look_at(page, f"shop-change-storage-{width}")
    page.locator("button.button-primary[value=confirm]").locator("visible=true").first.click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    assert Customer.objects.get(pk=shop.ana.pk).storage_account == "4711"
