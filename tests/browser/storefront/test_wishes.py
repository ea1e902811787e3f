"""Wishes from the telephone to the answer: charged by a run, granted from the team's mail, set aside and bought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter as enter_office
from tests.browser.backoffice.conftest import session_of
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at, look_at_each
from tests.browser.storefront.conftest import Enter
from tests.rooms.checkout.journey import buy
from tests.rooms.wishes.granting import shared, wished, worked
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import current_winery, forget_winery
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.staff.states import Role
from tirage.wishes.models import Wish

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def wish_for(page: Page, wine: str, pieces: int) -> None:
    """Opens what is folded beside the wine, and wishes."""
    row = (
        page.get_by_role("listitem")
        .filter(has=page.get_by_role("heading", name=wine))
        .locator(".format")
        .first
    )
    row.locator("details.wish > summary").click()
    row.get_by_label("how many more you wish for").fill(str(pieces))
    agreement = row.locator("details.wish input[type=checkbox]")
    if agreement.count():
        agreement.check()


def link_of(kind: str, name: str) -> str:
    """The address of a button of the latest mail of that kind."""
    mail = SentMail.objects.filter(kind=kind).latest("pk")
    link = values_of(mail, current_winery())[name]
    assert isinstance(link, Link)
    return link.href


def test_a_wish_is_made_on_the_telephone_granted_from_the_mail_and_charged(
    shop: World, open_context: Contexts, enter: Enter, live_server: object
) -> None:
    """A scanner that follows the mail's links grants nothing; a press does. The other wish is granted by a run."""
    Winery.objects.update(wish_mails=True)
    forget_winery()
    context = open_context()
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/offer/")
    wish_for(page, "Estate Cabernet Sauvignon 2023", 2)
    page.get_by_role("button", name="Save my wishes only").click()
    expect(page.get_by_text("Your wishes are saved.")).to_be_visible()
    said = values_of(SentMail.objects.get(kind="wish_made"), current_winery())
    assert "$240.00 for both" in str(said["wish.price"]) and "We decide" in str(said["wish.decision"])

    office = enter_office(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    for which in ("wish.grant_link", "wish.decline_link", "wish.link"):
        for _ in range(2):
            office.goto(link_of("wish_asked", which))
            expect(office.get_by_role("heading", name="Grant it")).to_be_visible()
    assert Wish.objects.get().state == "open" and Order.objects.count() == 0, "looking grants nothing"
    office.get_by_role("button", name="Grant", exact=True).click()
    expect(
        office.get_by_text("You granted 2 bottles; Ben Baker gets a mail, and we charged the card.")
    ).to_be_visible()
    order = Order.objects.get()
    assert order.balance_minor == 0 and SentMail.objects.filter(kind="wishes_granted").count() == 1

    buy(shop, shop.ben, {"CAB23-MAG": 1}, read_clock())
    wished(shop, shop.ben, shop.estate_offer, shop.magnum, 1)
    page.goto("/offer/")
    expect(page.locator(".format ~ .format details.wish[open]")).to_have_count(1)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at(page, f"shop-wish-for-a-format-{width}")
    page.set_viewport_size({"width": PHONE, "height": 844})
    page.goto("/offer/")
    wish_for(page, "Ridge Chardonnay 2024", 3)
    page.get_by_role("button", name="Save my wishes only").click()
    expect(page.get_by_text("Your wishes are saved.")).to_be_visible()
    worked(
        shop,
        shared(
            shop,
            {shop.chardonnay: 3},
        ),
        read_clock(),
    )
    assert SentMail.objects.filter(kind="wishes_granted").count() == 2
    page.goto("/wishes/")
    expect(page.get_by_text("charged to your card on")).to_have_count(2)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at(page, f"shop-wishes-granted-{width}")


def test_a_request_is_granted_counted_down_and_bought(
    shop: World, open_context: Contexts, enter: Enter, live_server: object
) -> None:
    Release.objects.update(wish_kind="request")
    context = open_context()
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/offer/")
    wish_for(page, "Estate Cabernet Sauvignon 2023", 3)
    page.get_by_role("button", name="Save my wishes only").click()
    expect(page.get_by_text("Your wishes are saved.")).to_be_visible()
    now = read_clock()
    Offer.objects.update(closes_at=now - timedelta(minutes=1))
    worked(shop, shared(shop, {shop.cabernet: 2}), now)
    address = link_of("set_aside", "kept.link")
    reference = Wish.objects.get().grant_lines.get().cart
    assert reference

    stranger = open_context(script=False).new_page()
    stranger.goto(address)
    expect(stranger.get_by_role("heading", name="Set aside for you")).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        pages = {
            "aside": f"/set-aside/{reference.reference}/",
            "aside-checkout": f"/checkout/?aside={reference.reference}",
            "aside-closed": "/offer/",
            "aside-wishes": "/wishes/",
        }
        look_at_each(page, pages, f"shop-{{}}-{width}")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/offer/")
    expect(page.get_by_role("heading", name="This offer is closed")).to_be_visible()
    expect(page.locator("[data-countdown-time]")).to_contain_text("6 days 23:")
    page.get_by_role("link", name="See and buy them").click()
    page.get_by_role("button", name="Fewer: Estate Cabernet Sauvignon 2023").click()
    page.get_by_role("button", name="Go to the checkout").click()
    expect(page.get_by_role("heading", name="Your bottle")).to_be_visible()
    page.locator(".action-bar").get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Order.objects.get().balance_minor == 0
    wish = Wish.objects.get()
    assert (wish.state, wish.granted, wish.granting) == ("granted", 1, 0)
    page.goto("/wishes/")
    expect(page.get_by_text("bought on")).to_be_visible()
    page.goto(f"/set-aside/{reference.reference}/")
    expect(page.get_by_role("heading", name="No longer set aside")).to_be_visible()
    look_at(page, "shop-aside-over-390")

    office = enter_office(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    office.goto(f"/winery/wishes/{wish.reference}/")
    expect(office.get_by_text(reference.grant_lines.get().run.reference)).to_be_visible()
