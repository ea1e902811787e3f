"""Bottles that nobody took: given to customers whom a filter finds, taken back, kept in the cellar, granted to wishes,
offered a second time; read by axe in both widths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.browser.test_new_winery import do_jobs
from tests.rooms.changes.journey import bought
from tests.rooms.wishes.granting import wished
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import BulkRun
from tirage.notifications.models import SentMail
from tirage.offers.models import CustomAllowance, Offer
from tirage.orders.models import OrderLine
from tirage.wishes.models import GrantRun
from tirage.wishes.reallocation.models import Reallocation

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def left(world_today: World) -> World:
    """Ben bought two Cabernets of Estate's offer, which is over; Ana may still buy, and wishes for two magnums more."""
    world = world_today
    bought(world, world.ben, {"CAB23": 2})
    wished(world, world.ana, world.premier_offer, world.magnum, 2)
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=read_clock() - timedelta(minutes=1))
    return world


def test_what_is_left_is_given_on_in_every_way(
    open_context: Contexts, live_server: object, left: World, session: str
) -> None:
    page = enter(open_context(width=DESK), session, str(live_server))
    at = f"/winery/releases/{left.release.reference}/unused/"
    page.goto(f"/winery/releases/{left.release.reference}/")
    page.get_by_role("link", name="Unused bottles").first.click()
    expect(page.get_by_role("heading", name="Unused bottles")).to_be_visible()

    page.get_by_role("link", name="See who has some left").click()
    page.get_by_label("Left", exact=True).select_option("open")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 customer", exact=False).first).to_be_visible()
    page.get_by_label("Choose Ana Alvarez").check()
    page.get_by_role("button", name="Give bottles to the chosen…").click()
    expect(page.get_by_role("heading", name="Give bottles")).to_be_visible()
    page.locator("select[name=wine]").select_option(f"{left.release.reference}.CAB23-MAG")
    page.get_by_label("A word from you").fill("Two more, with our thanks.")
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.get_by_role("button", name="Give 1 piece")).to_be_visible()
    giving = page.url
    look(page, {"people": f"{at}people/", "giving": giving})
    page.goto(giving)
    page.get_by_role("button", name="Give 1 piece").click()
    expect(page.get_by_text("it goes on without you")).to_be_visible()
    do_jobs()
    page.reload()
    expect(page.get_by_text("You gave bottles to 1 customer.")).to_be_visible()
    assert SentMail.objects.get(kind="bottles_given").customer == left.ana
    given = CustomAllowance.objects.get()
    assert given.purchase_maximum == left.item(left.premier_offer, left.magnum).purchase_maximum + 1

    page.goto(at)
    expect(page.get_by_text("1 piece may still be taken by those who got it")).to_be_visible()
    look(page, {"given": at, "given-run": f"/winery/customers/giving/{BulkRun.objects.get().reference}/"})
    page.goto(at)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("it goes on without you")).to_be_visible()
    do_jobs()
    page.reload()
    expect(page.get_by_text("You took back what 1 customer was given.")).to_be_visible()
    assert not CustomAllowance.objects.exists()

    page.goto(at)
    page.get_by_role("button", name="Back to stock").click()
    expect(page.get_by_text("put 8 pieces that nobody took back to stock").first).to_be_visible()
    expect(page.get_by_text("Nothing to give yet")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("link", name="To wishes")).to_be_visible()

    page.get_by_role("link", name="To wishes").click()
    expect(page.get_by_label("Pieces of Estate Cabernet Sauvignon 2023 1.5 l to give")).to_have_value("1")
    page.get_by_role("button", name="Share out").click()
    page.get_by_role("button", name="Grant 1 piece to 1 customer").click()
    expect(page.get_by_text("it goes on without you")).to_be_visible()
    do_jobs()
    assert GrantRun.objects.get().state == "finished"
    assert OrderLine.objects.get(sku=left.magnum).order.customer == left.ana

    page.goto(at)
    page.get_by_role("link", name="Second offer").first.click()
    expect(page.get_by_role("heading", name="What each member may take")).to_be_visible()
    look(page, {"second": f"{at}offer/"})
    page.goto(f"{at}offer/")
    page.get_by_role("button", name="Make the second offer").click()
    expect(page.get_by_text("You made the second offer")).to_be_visible()
    assert Reallocation.objects.latest("pk").offers.get().group == left.estate


def look(page: Page, pages: dict[str, str]) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at_each(page, pages, f"unused-{{}}-{width}")
    page.set_viewport_size({"width": DESK, "height": 900})
