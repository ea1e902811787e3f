"""Where the team is signed in, at both widths, in both schemes, read by axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import WIDTHS, look_at, look_at_each
from tests.web.conftest import member_with
from tests.web.storefront.account.test_devices import IPHONE, WINDOWS
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import WrongTries
from tirage.staff.models import StaffSession
from tirage.staff.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", WIDTHS)
def test_devices_look_right(
    world_today: World, open_context: Callable[..., BrowserContext], live_server: Any, width: int
) -> None:
    owner, keys, now = member_with(Role.OWNER), [], read_clock()
    for agent, address in ((WINDOWS, "127.0.0.1"), (IPHONE, "203.0.113.77")):
        client = Client()
        client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
        StaffSession.objects.filter(agent="").update(agent=agent, address=address)
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    context = open_context(width=width)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": keys[0], "url": live_server.url}])
    page = context.new_page()
    pages = {
        "devices": "/winery/sign-in/devices/",
        "how": "/winery/sign-in/second-factor/",
        "member": f"/winery/settings/team/{owner.reference}/",
        "winery": "/winery/settings/",
    }
    look_at_each(page, pages, f"office-{{}}-{width}")
    page.goto(pages["devices"])
    page.get_by_role("button", name="Sign out Safari on an iPhone").click()
    expect(page.get_by_text("You signed that device out")).to_be_visible()
    WrongTries.objects.create(
        door="staff_password", account=owner.email, wrong=6, last_at=now, free_at=now + timedelta(minutes=5)
    )
    stranger = open_context(width=width, tolerate=("429",)).new_page()
    stranger.goto("/winery/sign-in/")
    stranger.get_by_label("E-mail").fill(owner.email)
    stranger.get_by_label("Password").fill("not the password")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("heading", name="Too many tries")).to_be_visible()
    look_at(stranger, f"office-too-many-tries-{width}")
