"""Wine that is held near the customer: from the checkout to a counter's address on the order."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import DESK, PHONE, look_at
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.rooms.delivery.holding import counter, held_by
from tests.world import World
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_who_is_out_has_it_held_nearby_and_comes_back_to_the_checkout(
    shop: World, open_context: Contexts, enter: Enter, width: int
) -> None:
    held_by(shop)
    in_town = {"line1": "2300 Mission Street", "city": "San Francisco", "postal_code": "94110"}
    counter(**(in_town if width == PHONE else {}))
    context = open_context(width=width)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    page.get_by_role("button", name=TAKE).locator("visible=true").first.click()
    unfold(page, "how")
    page.get_by_role("link", name="Have it held near you").click()
    expect(page.get_by_role("heading", name="Held for you")).to_be_visible()
    look_at(page, f"shop-hold-{width}")
    if width == PHONE:
        expect(page.get_by_text("FedEx, in this ZIP")).to_be_visible()
    else:
        expect(page.get_by_text("miles away")).to_be_visible()
    page.get_by_role("button", name=re.compile("Hold it at")).first.click()
    unfold(page, "how")
    expect(page.get_by_role("radio", name=re.compile("Held at FedEx"))).to_be_checked()
    look_at(page, f"shop-checkout-held-{width}")
    page.get_by_role("button", name=re.compile("Place order")).locator("visible=true").first.click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    order = Order.objects.get()
    assert order.location and order.recipient == shop.ana.name and order.company
    page.goto(f"/orders/{order.reference}/")
    expect(page.get_by_text("Held there for you")).to_be_visible()


def test_a_location_that_isnt_listed_is_typed_and_slips_are_said(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    held_by(shop)
    context = open_context(width=PHONE, tolerate=("422",))
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/account/addresses/")
    page.get_by_role("link", name="Have wine held near you").click()
    expect(page.get_by_text("We know no location near there.")).to_be_visible()
    page.get_by_role("button", name="Hold it there").click()
    expect(page.locator(".field-errors", has_text="Write what the place is called")).to_be_visible()
    look_at(page, "shop-hold-refused-390")
    page.get_by_label("What the place is called").fill("Corner Pharmacy")
    page.get_by_label("Street address").fill("9 Main Street")
    page.get_by_label("City").fill("Napa")
    page.get_by_label("State", exact=True).fill("CA")
    page.get_by_label("ZIP", exact=True).fill("94558")
    page.get_by_role("button", name="Hold it there").click()
    expect(page.get_by_text("Corner Pharmacy is among your addresses.")).to_be_visible()
    expect(page.get_by_text("Held there for you")).to_be_visible()
