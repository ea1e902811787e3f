"""A release rehearsed by hand, changed and seen beside the last; read by axe in both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.world import World
from tirage.planning.models import Rehearsal
from tirage.planning.tasks import rehearse

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def test_a_release_is_rehearsed_and_changed(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    release = world_today.release
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto(f"/winery/releases/{release.reference}/")
    page.get_by_role("link", name="Rehearse", exact=True).click()
    page.get_by_label("Lived through").select_option("100")
    page.get_by_role("button", name="Rehearse", exact=True).click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    first = Rehearsal.objects.get()
    rehearse.call(first.reference)
    # The bar asks by itself, and the page is there once it is over.
    expect(page.get_by_role("heading", name="Who finds it gone")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="What if…").click()
    page.get_by_label("Stock of Estate Cabernet Sauvignon 2023 750 ml").fill("2")
    page.get_by_label("Minutes that a cart holds").fill("5")
    page.get_by_role("button", name="Rehearse beside it").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    second = Rehearsal.objects.latest("pk")
    rehearse.call(second.reference)
    expect(page.get_by_text("Estate Cabernet Sauvignon 2023 750 ml: stock 2 instead of 100")).to_be_visible(
        timeout=20_000
    )
    expect(page.get_by_text("A cart holds 5 minutes instead of 15")).to_be_visible()
    pages = {
        "kept": f"/winery/releases/{release.reference}/rehearsals/",
        "beside": f"/winery/releases/rehearsals/{second.reference}/",
        "what-if": f"/winery/releases/rehearsals/{second.reference}/what-if/",
    }
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at_each(page, pages, f"rehearsals-{{}}-{width}")
    page.goto(pages["beside"])
    page.get_by_role("button", name="Remove this rehearsal").click()
    expect(page.get_by_role("heading", name="Rehearse it as it stands")).to_be_visible()
    assert list(Rehearsal.objects.all()) == [first]
