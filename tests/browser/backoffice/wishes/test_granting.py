"""Wishes granted by hand: shared out, compared, begun, a declined card made good by the mail's button; read by axe in
both widths."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.rooms.changes.journey import bought, card_that
from tests.rooms.wishes.granting import wished
from tests.world import World
from tirage.core.winery import current_winery
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.payments.models import PaymentMethod
from tirage.wishes.models import GrantRun, Wish
from tirage.wishes.tasks import grant_wishes

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def wishing(world_today: World) -> World:
    """Ben has two Cabernets and a card without money, Ana has nothing yet; both wish for three."""
    world = world_today
    bought(world, world.ben, {"CAB23": 2})
    PaymentMethod.objects.filter(customer=world.ben).update(is_default=False)
    card = card_that(world, Behaviour.INSUFFICIENT_FUNDS)
    PaymentMethod.objects.filter(pk=card.pk).update(is_default=True)
    wished(world, world.ana, world.premier_offer, world.cabernet, 3)
    wished(world, world.ben, world.estate_offer, world.cabernet, 3)
    return world


def test_wishes_are_shared_out_compared_and_granted(
    open_context: Contexts, live_server: object, wishing: World, session: str
) -> None:
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/wishes/")
    page.get_by_role("link", name="Grant wishes").click()
    page.get_by_label("Pieces of Estate Cabernet Sauvignon 2023 750 ml to give").fill("5")
    page.get_by_label("Oldest first").check()
    page.get_by_role("button", name="Share out").click()
    expect(page.get_by_role("button", name="Grant 5 pieces to 2 customers")).to_be_visible()
    page.get_by_role("link", name="All rules side by side").click()
    page.get_by_role("button", name="Choose Equal share").click()
    page.get_by_label("Pieces for Ana Alvarez").fill("2")
    page.get_by_role("button", name="Save the numbers of this page").click()
    expect(page.get_by_role("button", name="Grant 4 pieces to 2 customers")).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        run = GrantRun.objects.get()
        at = f"/winery/wishes/grants/{run.reference}/"
        wish = Wish.objects.earliest("pk")
        pages = {
            "new": "/winery/wishes/grants/new/",
            "draft": at,
            "rules": f"{at}rules/",
            "runs": "/winery/wishes/grants/",
            "wish": f"/winery/wishes/{wish.reference}/",
        }
        look_at_each(page, pages, f"granting-{{}}-{width}")
    page.goto(at)
    page.get_by_role("button", name="Grant").first.click()
    expect(page.get_by_text("it goes on without you")).to_be_visible()
    grant_wishes.call(GrantRun.objects.get().reference)
    page.goto(at)
    expect(page.get_by_text("Money to collect", exact=True).first).to_be_visible()
    assert SentMail.objects.filter(kind="wishes_granted").count() == 1, "Ana's"
    phone = open_context().new_page()
    button = values_of(SentMail.objects.get(kind="charge_failed"), current_winery())["pay.link"]
    assert isinstance(button, Link)
    phone.goto(urlsplit(button.href).path)
    phone.get_by_text("Visa ending in 4242").click()
    phone.get_by_role("button", name=re.compile(r"^Pay \$")).locator("visible=true").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    page.reload()
    look_at_each(page, {"done": at}, "granting-{}-1440")
    assert set(GrantRun.objects.get().lines.values_list("outcome", flat=True)) == {"granted"}
    assert SentMail.objects.filter(kind="wishes_granted").count() == 2
    for wine in (wishing.chardonnay, wishing.magnum):
        wished(wishing, wishing.ana, wishing.premier_offer, wine, 3)
    page.goto("/winery/orders/?wishes=open")
    expect(page.get_by_role("cell", name="Open wishes").first).to_be_visible()
    page.goto("/winery/wishes/?state=open")
    page.get_by_role("button", name="Grant 3 × Ridge Chardonnay").click()
    expect(page.get_by_text("You granted 3 bottles; Ana Alvarez gets a mail")).to_be_visible()
    page.get_by_role("button", name="Decline 3 × Estate Cabernet").click()
    expect(page.get_by_text("You declined the wish of Ana Alvarez, who gets a mail.")).to_be_visible()
    assert sorted(Wish.objects.filter(asked=3).values_list("state", flat=True)).count("declined") == 1
