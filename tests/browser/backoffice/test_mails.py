"""Every mail as it arrives, on a telephone and in a mail program, light and dark; and the black box by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import PHONE, WIDTHS, assert_legible, look_at, photograph
from tests.web.storefront.conftest import signed_in_as
from tests.web.storefront.pages import take
from tests.world import World
from tirage.core.winery import current_winery
from tirage.notifications.compose import preview, words_of
from tirage.notifications.kinds import KINDS
from tirage.notifications.rules import Rows
from tirage.notifications.states import MailKind

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
#: How far the widest thing of the page reaches, and how small the smallest words are.
MEASURE = """() => [document.documentElement.scrollWidth,
  ...[...document.querySelectorAll("td, a, div")].map((one) => one.getBoundingClientRect().right)]"""


def test_no_mail_runs_over_the_edge_and_each_can_be_read(open_context: Contexts, world_today: World) -> None:
    winery, page = current_winery(), open_context(width=PHONE).new_page()
    for kind in KINDS.values():
        html = preview(kind, words_of(kind.kind), winery).html
        page.set_content(html)
        assert max(page.evaluate(MEASURE)) <= PHONE, kind.name
        if kind.kind in {MailKind.ORDER_RECEIPT, MailKind.OFFER_INVITATION, MailKind.WAVE_CLOSED}:
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                photograph(page, f"mail-{kind.kind.value}-{PHONE}-{scheme}")
                assert_legible(page)
        if any(isinstance(value, Rows) for value in kind.sample.values()):
            page.set_viewport_size({"width": 640, "height": 800})
            assert max(page.evaluate(MEASURE)) <= 640, kind.name
            page.set_viewport_size({"width": PHONE, "height": 800})


def test_what_a_customer_saw_is_found_from_their_page(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    ana = signed_in_as(world_today.ana)
    ana.get("/offer/")
    take(ana, world_today, world_today.premier_offer, cabernet=2)
    ana.get("/checkout/")
    for width in WIDTHS:
        page = enter(open_context(width=width), session, str(live_server))
        page.goto(reverse("backoffice:customer", args=[world_today.ana.reference]))
        page.get_by_role("link", name="Black box").click()
        expect(page.locator("main")).to_contain_text("Ana Alvarez saw the checkout")
        expect(page.locator("main")).to_contain_text("Take these bottles: 2 × Estate Cabernet")
        look_at(page, f"black-box-{width}")
