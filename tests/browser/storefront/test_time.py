"""The time of kept bottles: its end takes nothing that was typed, and it never promises past the offer's close."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import assert_accessible
from tests.browser.storefront.conftest import TAKE, Enter, unfold
from tests.browser.storefront.test_pages import buy
from tests.rooms.changes.journey import draft_of, key_of
from tests.world import World, acting
from tirage.changes.models import ChangeDraft
from tirage.checkout.models import Cart
from tirage.core.clock import read_clock
from tirage.core.winery import current_winery
from tirage.inventory.models import Hold
from tirage.offers.models import Offer
from tirage.orders.models import Order
from tirage.parts.wording import say_time_of_day

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
CABERNET = "Estate Cabernet Sauvignon 2023"
#: Counts what is put into a live region, as a screen reader would say it.
LISTEN = """() => {
  window.heard = [];
  const live = (node) => node.parentElement?.closest("[role=alert], [role=status], [aria-live]");
  new MutationObserver((all) => {
    for (const one of all) for (const node of one.addedNodes) {
      if (live(node) || node.matches?.("[role=alert], [role=status]")) window.heard.push(node.textContent.trim());
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def telephone(shop: World, open_context: Contexts, enter: Enter) -> Page:
    """Ana's, signed in."""
    context = open_context(tolerate=("402", "422"))
    enter(context, shop.ana)
    return context.new_page()


def ends_in(seconds: int) -> None:
    """The time of all that is kept."""
    soon = read_clock() + timedelta(seconds=seconds)
    Hold.objects.update(expires_at=soon)
    Cart.objects.update(expires_at=soon)
    ChangeDraft.objects.update(expires_at=soon)


def closes_at(moment: datetime) -> str:
    """Moves the offers' close; the time of day as pages say it."""
    Offer.objects.update(closes_at=moment)
    winery = current_winery()
    return say_time_of_day(moment, winery.time_zone, winery.locale, with_zone=True)


def heard(page: Page, words: str) -> list[str]:
    return [said for said in page.evaluate("window.heard") if words in said]


def test_the_end_at_the_checkout_wipes_nothing_and_is_said_once(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    ends_in(4)
    telephone.reload()
    telephone.evaluate(LISTEN)
    telephone.evaluate("window.samePage = true")
    telephone.get_by_text("Add a gift note").click()
    telephone.get_by_label("Printed on a card in the box").fill("For the long table")
    unfold(telephone, "by")
    telephone.get_by_text("Another card", exact=True).click()
    telephone.get_by_label("Card number").fill("4242 4242")
    telephone.get_by_label("Name on the card").fill("Ana Alv")
    expect(telephone.get_by_text("Your time for 9 bottles ran out.")).to_be_visible(timeout=15_000)
    typed = {"Card number": "4242 4242", "Name on the card": "Ana Alv"}
    bar = telephone.locator(".action-bar").get_by_role("button", name=re.compile("Place order"))
    expect(bar).to_be_visible()
    assert len(heard(telephone, "ran out")) == 1
    assert not heard(telephone, "The time is over")
    assert_accessible(telephone)
    telephone.locator("#hold").get_by_role("button").click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    expect(telephone.locator("#hold")).to_be_focused()
    for label, text in typed.items():
        expect(telephone.get_by_label(label)).to_have_value(text)
    expect(telephone.get_by_label("Printed on a card in the box")).to_have_value("For the long table")
    assert telephone.evaluate("window.samePage")
    until = Cart.objects.get().expires_at
    assert until is not None and until > read_clock() + timedelta(minutes=10)


def test_a_lapsed_cart_is_placed_by_the_button_that_stayed(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    ends_in(-1)
    telephone.reload()
    expect(telephone.get_by_text("Your time for 9 bottles ran out.")).to_be_visible()
    telephone.locator(".action-bar").get_by_role("button", name=re.compile("Place order")).click()
    expect(telephone.get_by_role("heading", name="Thank you, Ana")).to_be_visible()
    assert Order.objects.get().state == "placed"


def test_bottles_that_others_took_meanwhile_are_named_where_the_others_stay(
    shop: World, telephone: Page
) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    ends_in(-1)
    telephone.reload()
    Hold.objects.filter(stock__sku=shop.cabernet).delete()
    shop.cabernet.stock.held = 0
    shop.cabernet.stock.sold = shop.cabernet.stock.on_hand
    shop.cabernet.stock.save()
    unfold(telephone, "by")
    telephone.get_by_text("Another card", exact=True).click()
    telephone.get_by_label("Card number").fill("4242 4242")
    telephone.get_by_role("button", name="Take them again").click()
    expect(telephone.get_by_text(re.compile("none could be held; the wine is sold out"))).to_be_visible()
    expect(telephone.locator("#cart-lines")).not_to_contain_text("Cabernet")
    expect(telephone.get_by_text("6 bottles are yours for")).to_be_visible()
    expect(telephone.get_by_label("Card number")).to_have_value("4242 4242")


def test_the_end_on_the_offer_keeps_the_steppers(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.get_by_text("9 bottles are yours for")).to_be_visible()
    ends_in(4)
    telephone.goto("/offer/")
    telephone.evaluate(LISTEN)
    telephone.get_by_label(f"{CABERNET}: how many", exact=True).fill("5")
    expect(telephone.get_by_text("Your time for 9 bottles ran out.")).to_be_visible(timeout=15_000)
    assert len(heard(telephone, "ran out")) == 1
    expect(telephone.get_by_label(f"{CABERNET}: how many", exact=True)).to_have_value("5")
    telephone.get_by_role("button", name="Take them again").click()
    # What the steppers show is what is taken.
    expect(telephone.get_by_text("11 bottles are yours for")).to_be_visible()


def test_the_end_of_a_change_keeps_a_card_that_is_being_typed(shop: World, telephone: Page) -> None:
    order = buy(shop, shop.ana, cabernet=2, chardonnay=3)
    draft = draft_of(
        shop, order, acting(shop.ana), pieces={key_of(order, shop.cabernet): 3}, now=read_clock()
    )
    ends_in(4)
    telephone.goto(f"/orders/change/{draft.reference}/")
    telephone.evaluate(LISTEN)
    telephone.get_by_text("Another card", exact=True).click()
    telephone.get_by_label("Card number").fill("4242 4242")
    expect(telephone.get_by_text("Your time for 1 more bottle ran out.")).to_be_visible(timeout=15_000)
    assert len(heard(telephone, "ran out")) == 1
    expect(telephone.locator(".action-bar").get_by_role("button", name="Pay and change")).to_be_visible()
    telephone.get_by_role("button", name="Keep them again").click()
    expect(telephone.get_by_text("1 more bottle is kept for you for")).to_be_visible()
    expect(telephone.get_by_label("Card number")).to_have_value("4242 4242")


def test_no_countdown_promises_past_the_close(shop: World, telephone: Page) -> None:
    now = read_clock()
    at = closes_at(now + timedelta(minutes=3))
    order = buy(shop, shop.ana, cabernet=2, chardonnay=3)
    telephone.goto("/offer/")
    telephone.get_by_label(f"{CABERNET}: how many", exact=True).fill("1")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.locator(".countdown")).to_be_visible()
    gone = "The offer closes then. What isn’t ordered by then goes back to our cellar."
    for path in ("/checkout/", "/offer/"):
        telephone.goto(path)
        expect(telephone.locator(".countdown")).to_contain_text(f"until {at}")
        expect(telephone.get_by_text(gone)).to_be_visible()
    draft = draft_of(shop, order, acting(shop.ana), pieces={key_of(order, shop.cabernet): 3}, now=now)
    telephone.goto(f"/orders/change/{draft.reference}/")
    expect(telephone.locator(".countdown")).to_contain_text(f"until {at}")
    expect(telephone.get_by_text("What isn’t added by then goes back to our cellar.")).to_be_visible()


def test_the_close_is_said_where_it_happens_and_afterwards(shop: World, telephone: Page) -> None:
    telephone.goto("/offer/")
    telephone.locator(".action-bar").get_by_role("button", name=TAKE).click()
    expect(telephone.locator(".countdown")).to_be_visible()
    closes_at(read_clock() + timedelta(seconds=3))
    telephone.reload()
    expect(telephone.get_by_text("What wasn’t ordered has gone back to our cellar.")).to_be_visible(
        timeout=15_000
    )
    telephone.get_by_role("link", name="To your offer").click()
    expect(telephone.get_by_role("heading", name="This offer is closed")).to_be_visible()
    expect(
        telephone.get_by_text("The 9 bottles in your cart weren’t ordered by then, so they have gone back")
    ).to_be_visible()
