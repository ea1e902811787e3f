"""What axe doesn't see: targets large enough for a thumb, text at twice its size, and sums that are said aloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.storefront.conftest import Enter
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OPEN = ("/", "/sign-in/", "/privacy/", "/terms/")
OWN = (
    "/offer/",
    "/wishes/",
    "/checkout/",
    "/orders/",
    "/cellar/",
    "/account/",
    "/account/addresses/",
    "/account/addresses/new/",
    "/account/cards/",
    "/account/cards/new/",
    "/account/clubs/",
    "/account/devices/",
    "/account/passkeys/",
    "/account/standing/",
    "/account/futures/",
    "/account/business/",
    "/account/hold/",
)
#: WCAG 2.5.8: less than 24 px in either direction, but for links within a sentence and what its label makes larger.
SMALL = """() => {
  const within = (one) => one.closest("p, li, dd, label, .field-help, .notice-text") && one.matches("a")
    && getComputedStyle(one).display === "inline";
  const box = (one) => {
    const parts = [one, ...(one.labels ?? [])].map((part) => part.getBoundingClientRect());
    const least = (side) => Math.min(...parts.map((part) => part[side]));
    const most = (side) => Math.max(...parts.map((part) => part[side]));
    return [most("right") - least("left"), most("bottom") - least("top")];
  };
  const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary");
  return [...all]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen, .skip") && !one.matches(".unseen, .skip"))
    .filter((one) => !within(one) && Math.min(...box(one)) < 23.5)
    .map((one) => `${one.outerHTML.slice(0, 120)} ${box(one).map(Math.round)}`);
}"""
REACHING = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > window.innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 90)).slice(0, 6)"""
WIDER = "document.documentElement.scrollWidth > window.innerWidth"


def wrong_on(page: Page, path: str) -> list[str]:
    page.goto(path)
    expect(page.locator("h1").first).to_be_visible()
    found = [f"{path}: {one}" for one in page.evaluate(SMALL)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    if page.evaluate(WIDER):
        found.append(f"{path}: sideways at 200 % text, {page.evaluate(REACHING)}")
    return found


def test_every_page_is_for_thumbs_and_large_text(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    context = open_context()
    page = context.new_page()
    found = [one for path in OPEN for one in wrong_on(page, path)]
    enter(context, shop.ana)
    found += [one for path in OWN for one in wrong_on(page, path)]
    assert not found, "\n".join(found)


def test_the_sum_is_said_once_it_stands_still(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter
) -> None:
    context = open_context()
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    field = page.locator("input[data-price]").first
    field.fill("2")
    field.dispatch_event("change")
    total = page.locator("[data-total]").first
    expect(page.get_by_role("status").filter(has_text="Total: ")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text=total.text_content() or "none")).to_have_count(1)
