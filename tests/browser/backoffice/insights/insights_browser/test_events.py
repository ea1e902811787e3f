"""An event planned by hand, and every page of events, tours and clusters read by axe in both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, WIDTHS, look_at_each
from tests.rooms.insights.places import seattle
from tests.rooms.insights.plans import planned_tour
from tests.world import World
from tirage.insights.plan_models import EventPlan
from tirage.segments.models import CustomerList

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def test_an_event_is_planned_and_its_guests_are_kept(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    seattle(world_today)
    tour = planned_tour(world_today)
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/insights/clusters/?share=1")
    page.get_by_role("link", name="Plan an event in cluster 1").click()
    page.get_by_label("Name").fill("An evening by the lake")
    page.get_by_role("button", name="Save the event").click()
    expect(page.get_by_role("heading", name="Places compared")).to_be_visible()
    page.get_by_role("textbox", name="Venue").fill("Wine room")
    page.get_by_role("textbox", name="Where").fill("Bellevue, WA")
    page.get_by_role("button", name="Add the venue").click()
    page.get_by_role("button", name="Hold it here at Wine room").click()
    expect(page.get_by_text("Held here")).to_be_visible()
    page.get_by_label("Name of the list").fill("Guests by the lake")
    page.get_by_role("button", name="Keep them as a list").click()
    expect(page.get_by_text("keeps 7 customers")).to_be_visible()
    assert CustomerList.objects.get().total == 7
    home, plan = "/winery/insights", EventPlan.objects.get()
    pages = {
        "clusters": f"{home}/clusters/?share=1",
        "events": f"{home}/events/",
        "event": f"{home}/events/{plan.reference}/",
        "event-edit": f"{home}/events/{plan.reference}/edit/",
        "tours": f"{home}/tours/",
        "tour": f"{home}/tours/{tour.reference}/",
        "tour-edit": f"{home}/tours/{tour.reference}/edit/",
    }
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look_at_each(page, pages, f"insights-{{}}-{width}")
    page.goto(pages["event"])
    page.get_by_role("button", name="Remove this event").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("An evening by the lake is back.")).to_be_visible()
