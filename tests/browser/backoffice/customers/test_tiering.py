"""Tiering from criteria to undo, as somebody at the desk does it; read by axe in both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.world import World
from tirage.customers.models import Membership, MoveRun
from tirage.customers.tasks import move_group

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
TIERING = "/winery/customers/tiering/"


def tier_of(world: World) -> str:
    return Membership.objects.get(customer=world.ben, kind="allocation").group.name


def test_criteria_are_written_people_moved_and_moved_back(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    world = world_today
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto(TIERING)
    page.get_by_role("link", name="Write the criteria of Premier").click()
    page.get_by_role("link", name="Build it by clicking").click()
    expect(page.get_by_role("heading", name="Build a filter")).to_be_visible()
    page.goto(f"{page.url}&filter=state(state:NY)")
    page.get_by_role("link", name="Use this filter").click()
    expect(page.get_by_text("Everybody who lives in New York.")).to_be_visible()
    page.get_by_role("button", name="Save the criteria").click()
    expect(page.get_by_text("You saved the criteria of Premier.")).to_be_visible()
    page.get_by_role("link", name="In Estate, and should be in Premier: 1").click()
    expect(page.get_by_role("heading", name="Ben Baker")).to_be_visible()
    people = page.url.removeprefix(str(live_server))
    page.goto(TIERING)
    page.get_by_role("button", name="Preview the move").click()
    expect(page.get_by_role("heading", name="Where they are now")).to_be_visible()
    draft = page.url.removeprefix(str(live_server))
    pages = {
        "matrix": TIERING,
        "people": people,
        "preview": draft,
        "criteria": f"/winery/customers/groups/{world.premier.reference}/criteria/",
        "customer": f"/winery/customers/{world.ben.reference}/tier/",
        "sheet": "/winery/customers/moves/spreadsheet/",
        "ladder": f"/winery/releases/offers/{world.premier_offer.reference}/ladder/",
    }
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at_each(page, pages, f"tiering-{{}}-{width}")
    page.set_viewport_size({"width": DESK, "height": 900})
    page.goto(draft)
    page.get_by_role("button", name="Move 1 customer", exact=True).click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    move_group.call(MoveRun.objects.get().reference)
    page.goto(draft)
    expect(page.get_by_text("moved 1 customer by tiering.")).to_be_visible()
    assert tier_of(world) == "Premier"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    move_group.call(MoveRun.objects.get().reference)
    page.goto(f"/winery/customers/{world.ben.reference}/groups/")
    expect(page.get_by_text("undo of tiering").first).to_be_visible()
    assert tier_of(world) == "Estate"
