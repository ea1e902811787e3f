"""The checkout of somebody who is known: three rows, a folded sum, and all of it within two screens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE, assert_accessible, look_at
from tests.browser.storefront.conftest import Enter, unfold
from tests.browser.storefront.test_first_screen import ABOVE, FRAME, HEIGHT, LONGER, OVER, enlarge
from tests.browser.storefront.test_pages import hold
from tests.world import World
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
#: How tall the page may be, for thirteen bottles of all four wines.
MOST = 1400


@pytest.fixture
def telephone(shop: World, open_context: Contexts, enter: Enter) -> Page:
    """Ana's, signed in, with thirteen bottles held."""
    hold(shop, shop.ana, cabernet=6, magnum=1, chardonnay=3, syrah_pack=1)
    context = open_context(width=PHONE, tolerate=("402", "422"))
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/checkout/")
    return page


def test_thirteen_bottles_take_two_screens(shop: World, telephone: Page) -> None:
    page = telephone
    expect(page.get_by_text("13 bottles are yours for")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < MOST
    assert sum(page.evaluate(FRAME)) < HEIGHT / 4
    for row, words in (("to", "1 Valencia Street"), ("how", "Ground"), ("by", "Visa ending in 4242")):
        expect(page.locator(f"#pick-{row} > summary")).to_contain_text(words)
    # What is folded says its taxes all the same; a tap on the total opens the sum.
    expect(page.locator("#sum-said")).to_contain_text("Sales tax $")
    expect(page.get_by_role("heading", name="What you pay")).to_be_hidden()
    page.locator(".sum-fold > summary").click()
    expect(page.get_by_role("heading", name="What you pay")).to_be_visible()
    expect(page.locator("dl.totals")).to_be_visible()
    assert_accessible(page)


def test_a_row_says_what_is_chosen_in_it(shop: World, telephone: Page) -> None:
    page, said = telephone, telephone.locator("#sum-said")
    old = said.inner_text()
    unfold(page, "how")
    page.get_by_label("Overnight").click()
    expect(page.locator("#pick-how > summary")).to_contain_text("Overnight · $")
    expect(said).not_to_have_text(old, use_inner_text=True)
    expect(page.get_by_label("Overnight")).to_be_focused()
    unfold(page, "to")
    page.get_by_label(re.compile("2 Court Street")).click()
    expect(page.locator("#pick-to > summary")).to_contain_text("2 Court Street")
    expect(page.locator("#pick-how")).not_to_have_attribute("open", "")
    unfold(page, "by")
    page.get_by_text("Another card", exact=True).click()
    expect(page.locator("#pick-by > summary")).to_contain_text("Another card")
    page.get_by_label(re.compile("Visa ending in 4242")).click()
    expect(page.locator("#pick-by > summary")).to_contain_text("Visa ending in 4242 · Good until")
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.get().line1 == "2 Court Street"


def test_rows_change_without_any_script(shop: World, open_context: Contexts, enter: Enter) -> None:
    hold(shop, shop.ana, cabernet=3)
    context = open_context(script=False)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/checkout/")
    unfold(page, "to")
    page.get_by_text(re.compile("2 Court Street")).click()
    page.get_by_role("button", name="Update the total").click()
    expect(page.locator("#pick-to > summary")).to_contain_text("2 Court Street")
    expect(page.locator("#pick-to")).not_to_have_attribute("open", "")
    unfold(page, "how")
    page.get_by_label("Overnight").check()
    page.get_by_role("button", name="Update the total").click()
    expect(page.locator("#pick-how > summary")).to_contain_text("Overnight")
    page.locator(".sum-fold > summary").click()
    expect(page.locator("dl.totals")).to_be_visible()
    page.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(page.get_by_role("heading", name="Thank you, Ana")).to_be_visible()


def test_large_letters_longer_words_and_the_focus(shop: World, telephone: Page) -> None:
    page = telephone
    enlarge(page)
    assert page.evaluate(OVER) == []
    for row in ("to", "how", "by"):
        unfold(page, row)
    assert page.evaluate(OVER) == []
    assert_accessible(page)
    page.set_viewport_size({"width": HEIGHT, "height": PHONE})
    assert page.evaluate(OVER) == []
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    page.locator(".shop-name a").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('main'))"):
            assert page.evaluate(ABOVE) > 0, page.evaluate("document.activeElement.outerHTML")
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/checkout/")
        page.evaluate(LONGER)
        assert page.evaluate(OVER) == []
        look_at(page, f"shop-checkout-longer-{width}")
