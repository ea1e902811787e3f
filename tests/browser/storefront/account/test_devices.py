"""Where a customer is signed in, and leaving: at both widths, in both schemes, read by axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import WIDTHS, look_at_each
from tests.browser.storefront.conftest import Enter
from tests.web.storefront.account.test_devices import IPHONE, WINDOWS
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.sessions import Device
from tirage.customers.consent import unsubscribe_url
from tirage.customers.models import Customer
from tirage.customers.sessions import begin_session
from tirage.customers.sign_in import make_campaign_link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def path_of(url: str) -> str:
    return url.removeprefix(settings.SITE_URL)


@pytest.mark.parametrize("width", WIDTHS)
def test_devices_and_leaving_look_right(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter, width: int
) -> None:
    now = read_clock()
    Customer.objects.update(marketing_consent_at=now)
    for agent, address in ((IPHONE, "203.0.113.77"), (WINDOWS, "2001:db8:1:2:aaaa::1")):
        begin_session(shop.ana, Device(agent, address), now=now - timedelta(days=3))
    context = open_context(width=width)
    enter(context, shop.ana)
    page = context.new_page()
    look_at_each(page, {"devices": "/account/devices/", "account": "/account/"}, f"shop-{{}}-{width}")
    page.goto("/account/devices/")
    page.get_by_role("button", name="Sign out Safari on an iPhone").click()
    expect(page.get_by_text("That device is signed out")).to_be_visible()
    page.get_by_role("button", name="Sign out all other devices").click()
    expect(page.get_by_text("You are signed in on this device only")).to_be_visible()
    old = make_campaign_link(shop.ben, "/offer/", now=now - timedelta(days=30))
    leaving = {"unsubscribe": path_of(unsubscribe_url(shop.ben)), "link-too-old": path_of(old)}
    look_at_each(page, leaving, f"shop-{{}}-{width}")
    page.goto(leaving["unsubscribe"])
    page.get_by_role("button", name="Don’t invite me any more").click()
    expect(page.get_by_role("heading", name="We leave you in peace")).to_be_visible()
    page.get_by_role("button", name="Invite me again").click()
    expect(page.get_by_role("heading", name="No more mail?")).to_be_visible()
