"""What the offer page says and does: bottles that others have, the whole allocation, wishes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import assert_accessible, photograph
from tests.browser.storefront.conftest import Enter
from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.clock import read_clock
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.inventory.models import Stock

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_bottle_at_somebodys_bank_is_held_and_can_be_asked_for(
    shop: World, open_context: Contexts, enter: Enter, script: bool
) -> None:
    TestCard.objects.filter(token=shop.ana_card.token).update(behaviour=Behaviour.AUTHENTICATES_ALWAYS.value)
    Stock.objects.filter(sku=shop.magnum).update(on_hand=2)
    assert buy(shop, shop.ana, {"CAB23-MAG": 2}, read_clock()).status == "needs_customer"
    context = open_context(script=script)
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/offer/")
    expect(page.get_by_text("Sold out")).to_have_count(0)
    page.get_by_role("button", name="Tell me when Estate Cabernet Sauvignon 2023, 1.5 l comes back").click()
    expect(
        page.get_by_text("We’ll write to you when Estate Cabernet Sauvignon 2023, 1.5 l comes back.")
    ).to_be_visible()
    page.goto("/offer/")
    asked = page.get_by_text("We’ll write to you when more Estate Cabernet Sauvignon 2023, 1.5 l comes back.")
    expect(asked).to_be_visible()
    expect(page.get_by_role("button", name="Tell me when")).to_have_count(0)
    if script:
        assert_accessible(page)
        photograph(page, "shop-asked-390-light")
