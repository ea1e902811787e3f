"""On a train: what was chosen survives Back and tunnels, and no old total is shown as the new one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import assert_accessible
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.browser.storefront.test_pages import buy
from tests.rooms.changes.journey import draft_of, key_of
from tests.world import World, acting
from tirage.checkout.models import CartLine
from tirage.core.clock import read_clock

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023"
NO_CONNECTION = "There is no connection just now. What you chose is kept"
#: What the browser and htmx log of answers that don't come.
MEANT = (
    "402",
    "422",
    "503",
    "ERR_INTERNET_DISCONNECTED",
    "htmx:sendError",
    "htmx:responseError",
    "Response Status",
)


@pytest.fixture
def train(shop: World, open_context: Contexts, enter: Enter) -> Iterator[Page]:
    """Ana's telephone, whose connection comes and goes."""
    context = open_context(tolerate=MEANT)
    enter(context, shop.ana)
    page = context.new_page()
    page.goto("/offer/")
    yield page
    # The browser is lent to the next visitor, who is not in a tunnel.
    context.set_offline(False)


def hold(page: Page) -> None:
    page.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(page.get_by_text("bottles are yours for")).to_be_visible()


def test_steppers_are_as_they_were_after_back(shop: World, train: Page) -> None:
    cabernet = train.get_by_label(f"{CABERNET}: how many", exact=True)
    cabernet.fill("5")
    bar = train.locator(".action-bar")
    expect(bar).to_contain_text("Take these 11")
    train.get_by_role("link", name="Wishes").click()
    expect(train.get_by_role("heading", name="Your wishes")).to_be_visible()
    train.go_back()
    expect(cabernet).to_have_value("5")
    expect(bar).to_contain_text("Take these 11")
    # A page that the browser brings back as it was is left as it was.
    train.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(cabernet).to_have_value("5")
    # What was sent is the server's: after it changed there, Back shows that.
    hold(train)
    CartLine.objects.filter(offer_item__sku=shop.cabernet).update(quantity=2)
    train.go_back()
    expect(cabernet).to_have_value("2")


def test_what_was_typed_at_the_checkout_is_there_after_back(shop: World, train: Page) -> None:
    hold(train)
    train.get_by_text("Add a gift note").click()
    train.get_by_label("Printed on a card in the box").fill("For the long table")
    unfold(train, "how")
    train.get_by_label("Overnight").check()
    expect(train.locator(".totals")).to_contain_text("$98.00")
    total = train.locator(".totals .total.money").last.inner_text()
    unfold(train, "by")
    train.get_by_text("Another card", exact=True).click()
    train.get_by_label("Card number").fill("4242 4242 4242 4242")
    kept = train.evaluate("JSON.stringify(sessionStorage)")
    assert "long table" in kept and "4242 4242" not in kept
    train.get_by_role("link", name="Offer", exact=True).click()
    expect(train.get_by_role("heading", name="Your autumn allocation")).to_be_visible()
    train.go_back()
    expect(train.get_by_label("Overnight")).to_be_checked()
    expect(train.get_by_label("Printed on a card in the box")).to_have_value("For the long table")
    expect(train.locator(".totals .total.money").last).to_have_text(total)
    # Nothing of it stays when somebody signs out.
    train.get_by_role("button", name="Sign out").click()
    expect(train.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "long table" not in train.evaluate("JSON.stringify(sessionStorage)")


def test_without_a_connection_the_old_total_is_gone_and_the_new_one_comes_by_itself(
    shop: World, train: Page
) -> None:
    hold(train)
    old = train.locator(".totals .total.money").last.inner_text()
    bar = train.locator(".action-bar")
    expect(bar).to_contain_text(old)
    train.get_by_text("Add a gift note").click()
    train.get_by_label("Printed on a card in the box").fill("For Anna")
    train.context.set_offline(True)
    unfold(train, "how")
    train.get_by_label("Overnight").check()
    expect(bar).to_contain_text(NO_CONNECTION)
    expect(bar).not_to_contain_text(old)
    expect(train.locator("#totals")).not_to_contain_text(old)
    expect(bar.get_by_role("button")).to_be_disabled()
    assert train.locator("[role=status]", has_text=NO_CONNECTION).count() == 1
    assert_accessible(train)
    train.context.set_offline(False)
    expect(bar.get_by_role("button", name=re.compile("Place order"))).to_be_enabled(timeout=15_000)
    expect(train.locator("#totals")).to_contain_text("$98.00")
    expect(bar).not_to_contain_text(NO_CONNECTION)
    expect(train.get_by_label("Printed on a card in the box")).to_have_value("For Anna")
    # The order button in a tunnel: nothing is left, nothing is sent by itself.
    train.context.set_offline(True)
    bar.get_by_role("button").click()
    expect(bar).to_contain_text("press again as soon as there is one")
    train.context.set_offline(False)
    expect(bar).not_to_contain_text("press again")
    bar.get_by_role("button").click()
    expect(train.get_by_role("heading", name="Thank you, Ana")).to_be_visible()


def test_a_server_that_does_not_answer_is_asked_again(shop: World, train: Page) -> None:
    order = buy(shop, shop.ana, cabernet=2, chardonnay=3)
    draft = draft_of(
        shop, order, acting(shop.ana), pieces={key_of(order, shop.cabernet): 3}, now=read_clock()
    )
    train.goto(f"/orders/change/{draft.reference}/")
    bar = train.locator(".action-bar")
    expect(bar).to_contain_text("$115.83")
    answers: list[int] = []

    def fail_once(route: Route) -> None:
        if route.request.method != "POST" or answers:
            return route.fallback()
        answers.append(503)
        return route.fulfill(status=503, body="")

    train.route("**/orders/change/**", fail_once)
    train.get_by_role("button", name=f"More: {CABERNET}", exact=True).click()
    expect(bar).to_contain_text("There was no answer. What you chose is kept")
    expect(bar).not_to_contain_text("$115.83")
    expect(bar).to_contain_text("$231.66", timeout=15_000)
    assert answers == [503]
    train.unroute_all()


def test_bottles_asked_for_in_a_tunnel_are_held_when_it_ends(shop: World, train: Page) -> None:
    train.get_by_label(f"{CABERNET}: how many", exact=True).fill("4")
    train.context.set_offline(True)
    bar = train.locator(".action-bar")
    bar.get_by_role("button", name=TAKE).click()
    expect(bar).to_contain_text("it is sent as soon as there is one")
    train.context.set_offline(False)
    expect(train.get_by_text("10 bottles are yours for")).to_be_visible()
