"""Privacy and terms, read by axe at both widths in both schemes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import WIDTHS, look_at_each
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_words_look_right(shop: World, open_context: Callable[..., BrowserContext], width: int) -> None:
    page = open_context(width=width).new_page()
    look_at_each(page, {"privacy": "/privacy/", "terms": "/terms/"}, f"shop-{{}}-{width}")
    page.goto("/sign-in/")
    page.get_by_role("link", name="Privacy").click()
    expect(page.get_by_role("heading", name="Cookies")).to_be_visible()
