"""The first screen sells wine: what stands on it, how little of it the frame takes; large letters break nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import DESK, PHONE, assert_accessible, look_at
from tests.browser.storefront.conftest import TAKE, Enter
from tests.browser.storefront.test_pages import hold
from tests.world import World
from tirage.offers.models import Offer

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023"
HEIGHT = 844
#: The heights of the frame: what is above the page's own words, and the bar under the thumb.
FRAME = """() => [".shop-head", ".action-bar"].map(
  (one) => document.querySelector(one).getBoundingClientRect().height)"""
#: What reaches over the edge, or is cut by its own box; labels scroll by themselves.
OVER = """() => [...document.querySelectorAll("body *")].filter((one) => {
  if (!one.checkVisibility() || one.closest(".labels, .unseen, .skip, svg")) return false;
  const box = one.getBoundingClientRect();
  return box.right > window.innerWidth + 0.5 || box.left < -0.5;
}).map((one) => `${one.tagName}.${one.className}`)"""
#: Words of every label two fifths longer, as other languages have them.
LONGER = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (text.parentElement.closest("script, style, template, .wine-name, .money")) continue;
    const longer = (word) => word + word.slice(-Math.ceil(word.length * 0.4));
    text.textContent = text.textContent.replace(/[\\p{L}’]{3,}/gu, longer);
  }
}"""
#: Where the focus is, in pixels above the bar; less than nothing is beneath it.
ABOVE = """() => document.querySelector(".action-bar").getBoundingClientRect().top
  - document.activeElement.getBoundingClientRect().bottom"""


@pytest.fixture
def telephone(shop: World, open_context: Contexts, enter: Enter) -> Page:
    """Ana's, signed in, on her offer."""
    context = open_context(width=PHONE)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    return page


def enlarge(page: Page) -> None:
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def test_the_frame_leaves_three_quarters_of_a_telephone(shop: World, telephone: Page) -> None:
    page = telephone
    assert sum(page.evaluate(FRAME)) < HEIGHT / 4
    expect(page.get_by_role("link", name=CABERNET)).to_be_in_viewport(ratio=1)
    bar = page.locator(".action-bar").get_by_role("button")
    expect(bar).to_have_count(1)
    expect(bar).to_have_accessible_name("Take my usual 9 · $675")
    page.get_by_role("link", name="Old Road Syrah 2023").click()
    expect(page.get_by_role("heading", name="Old Road Syrah 2023")).to_be_in_viewport()
    hold(shop, shop.ana, cabernet=3)
    page.goto("/offer/")
    assert sum(page.evaluate(FRAME)) < HEIGHT / 4
    expect(page.locator(".action-bar").get_by_role("link", name="Check out · $324")).to_be_visible()
    page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
    expect(page.locator(".action-bar").get_by_role("button", name="Change to 4 · $432")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_the_letter_is_three_lines_and_the_rest_on_demand(
    shop: World, open_context: Contexts, enter: Enter, script: bool
) -> None:
    context = open_context(script=script)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    letter, last = page.locator(".letter .lead"), page.get_by_text("kept for you while you pay")
    shut = "(one) => one.clientHeight <= 3 * parseFloat(getComputedStyle(one).lineHeight) + 1"
    assert letter.evaluate(shut)
    page.get_by_text("Read on").click()
    expect(last).to_be_in_viewport(ratio=1)
    page.get_by_text("Read less").click()
    assert letter.evaluate(shut)
    Offer.objects.update(message="Come in.")
    page.goto("/offer/")
    expect(page.get_by_text("Come in.")).to_be_visible()
    expect(page.get_by_text("Read on")).to_have_count(0)


def test_the_button_says_what_it_takes(shop: World, telephone: Page) -> None:
    page, button = telephone, telephone.locator(".action-bar").get_by_role("button")
    page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
    expect(button).to_have_accessible_name("Take these 10 · $783")
    for name in (CABERNET, "Ridge Chardonnay 2024"):
        page.get_by_label(f"{name}: how many", exact=True).fill("0")
    expect(button).to_have_accessible_name(re.compile("^Take all 26"))
    page.get_by_label(f"{CABERNET}: how many", exact=True).fill("1")
    expect(button).to_have_accessible_name("Take this bottle · $108")
    page.get_by_label(f"{CABERNET}: how many", exact=True).fill("0")
    button.click()
    expect(page.get_by_text("26 bottles are yours for")).to_be_visible()


def test_steppers_and_the_button_work_before_any_script(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    context = open_context(script=False)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    frame = [page.locator(one).bounding_box() for one in (".shop-head", ".action-bar")]
    assert sum(box["height"] for box in frame if box) < HEIGHT / 4
    page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
    number = page.get_by_label(f"{CABERNET}: how many", exact=True)
    expect(number).to_have_value("4")
    expect(number).to_be_in_viewport()
    page.get_by_role("button", name="More: Ridge Chardonnay 2024", exact=True).click()
    expect(page.get_by_label("Ridge Chardonnay 2024: how many", exact=True)).to_have_value("9")
    page.get_by_role("button", name=f"Fewer: {CABERNET}", exact=True).click()
    expect(number).to_have_value("3")
    page.get_by_text("Wish for more").first.click()
    page.get_by_role("button", name=f"Wish for more: {CABERNET}", exact=True).click()
    expect(page.get_by_label(f"{CABERNET}: how many more you wish for", exact=True)).to_have_value("1")
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text("12 bottles are yours for")).to_be_visible()


def test_a_tap_before_the_scripts_have_come_is_not_lost(
    shop: World, open_context: Contexts, enter: Enter
) -> None:
    context = open_context()
    enter(context, shop.ana)
    page, waiting = context.new_page(), list[Route]()

    def delay(route: Route) -> None:
        waiting.append(route)

    page.route("**/*.js", delay)
    page.goto("/offer/", wait_until="commit")
    page.get_by_role("button", name=f"More: {CABERNET}", exact=True).click(no_wait_after=True)
    expect(page.get_by_label(f"{CABERNET}: how many", exact=True)).to_have_value("4")
    page.unroute_all()
    page.goto("/offer/")
    expect(page.get_by_label(f"{CABERNET}: how many", exact=True)).to_have_value("3")


def test_large_letters_and_a_telephone_on_its_side(shop: World, telephone: Page) -> None:
    page = telephone
    enlarge(page)
    assert page.evaluate(OVER) == []
    for summary in page.locator("main details > summary").all():
        summary.click()
    assert page.evaluate(OVER) == []
    assert_accessible(page)
    page.set_viewport_size({"width": HEIGHT, "height": PHONE})
    assert page.evaluate(OVER) == []
    page.evaluate("document.documentElement.style.fontSize = ''")
    assert page.evaluate(OVER) == []
    assert sum(page.evaluate(FRAME)) < PHONE / 3


@pytest.mark.parametrize("large", [False, True], ids=["letters", "large-letters"])
def test_the_focus_is_never_beneath_the_bar(shop: World, telephone: Page, large: bool) -> None:
    page = telephone
    if large:
        enlarge(page)
    page.locator(".shop-name a").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("!document.activeElement.closest('main')"):
            continue
        assert page.evaluate(ABOVE) > 0, page.evaluate("document.activeElement.outerHTML")


def test_longer_words_fit(shop: World, telephone: Page) -> None:
    page = telephone
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/offer/")
        page.evaluate(LONGER)
        assert page.evaluate(OVER) == []
        look_at(page, f"shop-offer-longer-{width}")


def test_every_format_stands_on_one_grid(shop: World, telephone: Page) -> None:
    """Prices end, and steppers begin, at one line each; sizes have lining figures."""
    for width in (PHONE, DESK):
        telephone.set_viewport_size({"width": width, "height": 900})
        ends = """(all) => [...new Set(all.map((one) => Math.round(one.getBoundingClientRect().%s)))]"""
        assert len(telephone.locator(".format-price").evaluate_all(ends % "right")) == 1
        assert len(telephone.locator(".format > .stepper > .stepper-row").evaluate_all(ends % "left")) == 1
    size = telephone.locator(".format-size").first
    assert "lining-nums" in size.evaluate("(one) => getComputedStyle(one).fontVariantNumeric")


def test_a_label_in_the_dark_has_no_paper_beside_it(shop: World, telephone: Page) -> None:
    telephone.emulate_media(color_scheme="dark")
    label = telephone.locator(".wine-label img").first
    expect(label).to_be_visible()
    shapes = label.evaluate(
        "(one) => [one.clientWidth / one.clientHeight, one.naturalWidth / one.naturalHeight]"
    )
    assert shapes[0] == pytest.approx(shapes[1], rel=0.02)
