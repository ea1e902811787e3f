"""A passkey made and used in a real browser, with a device that Chromium plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import WIDTHS, look_at
from tests.browser.storefront.conftest import Enter
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Passkey
from tirage.customers.operations import sign_out_everywhere

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DEVICE: dict[str, Any] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_device(page: Page) -> None:
    """A built-in authenticator whose finger is always right, while the page is open."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


@pytest.mark.parametrize("width", WIDTHS)
def test_made_used_and_removed(
    shop: World, open_context: Callable[..., BrowserContext], enter: Enter, width: int
) -> None:
    context = open_context(width=width, own={}, tolerate=(r"status of 422",))
    enter(context, shop.ana)
    page = context.new_page()
    give_device(page)
    page.goto("/account/passkeys/")
    look_at(page, f"shop-passkeys-none-{width}")
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("“My phone” signs you in from now on")).to_be_visible()
    look_at(page, f"shop-passkeys-{width}")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("This device has a passkey for your account already")).to_be_visible()
    context.clear_cookies()
    page.goto("/sign-in/?next=/account/passkeys/")
    look_at(page, f"shop-sign-in-passkey-{width}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
    expect(page.get_by_text("last used")).to_be_visible()
    page.get_by_role("link", name="Rename My phone").click()
    look_at(page, f"shop-passkey-rename-{width}")
    page.get_by_label("Name").fill("Telephone")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    sign_out_everywhere(customer=shop.ana, actor=shop.staff, now=read_clock())
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That passkey doesn’t open this shop")).to_be_visible()
    assert Passkey.objects.count() == 1


def test_without_scripts_the_mail_is_what_there_is(
    shop: World, open_context: Callable[..., BrowserContext]
) -> None:
    page = open_context(script=False).new_page()
    page.goto("/sign-in/")
    expect(page.get_by_role("button", name="Send me a link")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
