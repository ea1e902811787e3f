"""A standing order from the telephone to the receipt: agreed to, told by mail, changed, run, ordered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter as enter_office
from tests.browser.backoffice.conftest import session_of
from tests.browser.conftest import DESK, WIDTHS, look_at
from tests.browser.storefront.conftest import Enter
from tests.browser.storefront.test_wishes import link_of
from tests.browser.test_new_winery import do_jobs
from tests.rooms.standing.standing import offered
from tests.world import World
from tirage.core.winery import current_winery
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.orders.models import Order
from tirage.staff.states import Role
from tirage.standing.models import StandingAgreement, StandingRun
from tirage.standing.running import watch_standing

pytestmark = pytest.mark.django_db(transaction=True)
Contexts = Callable[..., BrowserContext]


def test_agreed_on_the_telephone_told_changed_run_and_ordered(
    shop: World, open_context: Contexts, enter: Enter, live_server: object
) -> None:
    offered(shop)
    context = open_context()
    enter(context, shop.ben)
    page = context.new_page()
    page.goto("/account/")
    page.get_by_role("link", name="Standing order").click()
    expect(page.get_by_role("heading", name="What shall we order for you?")).to_be_visible()
    look_at_both(page, "standing-none")
    page.get_by_label("My allocation, up to a number of bottles").check()
    page.get_by_label("Up to how many bottles in all").fill("4")
    page.get_by_role("button", name="Read what I agree to").click()
    expect(page.get_by_text("my allocation up to 4 bottles in all")).to_be_visible()
    look_at_both(page, "standing-agree")
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_text("We keep what you agreed to, word by word")).to_be_visible()
    assert StandingAgreement.objects.get().actor_label == "Ben Baker"

    watch_standing(now=shop.now)
    do_jobs()
    said = values_of(SentMail.objects.get(kind="standing_coming"), current_winery())
    assert "3 × Estate Cabernet" in str(said["standing.wines"])
    telephone = open_context()
    page = telephone.new_page()
    page.goto(link_of("standing_coming", "standing.link"))
    expect(page.get_by_role("button", name="Order these bottles for me")).to_be_visible()
    look_at_both(page, "standing-coming")
    page.get_by_label("Estate Cabernet Sauvignon 2023: how many").first.fill("2")
    page.get_by_role("button", name="Order these bottles for me").click()
    expect(page.get_by_text("That is what we order for you of this release.")).to_be_visible()

    office = enter_office(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    run = StandingRun.objects.get()
    office.goto("/winery/customers/standing/")
    office.get_by_role("link", name="Releases", exact=True).last.click()
    office.get_by_role("link", name=run.release.name).click()
    expect(office.get_by_text("chose for themselves")).to_be_visible()
    look_at_both(office, "standing-run")
    office.get_by_role("button", name="Begin now").click()
    expect(office.get_by_role("button", name="Stop")).to_be_visible()
    do_jobs()
    office.reload()
    expect(office.get_by_text("placed 1 order.")).to_be_visible()
    order = Order.objects.get()
    assert order.balance_minor == 0 and SentMail.objects.filter(kind="order_receipt").count() == 1
    page.goto("/account/standing/")
    page.get_by_role("link", name=f"See order {order.reference}").click()
    expect(page.get_by_role("heading", name=order.reference)).to_be_visible()
    assert run.begins_at - shop.now == timedelta(days=4, hours=-2)


def look_at_both(page: Page, name: str) -> None:
    """At the telephone's width and at the desk's."""
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at(page, f"{name}-{width}")
    if before:
        page.set_viewport_size(before)
