"""The map by hand: closer, along, what lies under the pointer, an area chosen, a place drawn; read by axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK
from tests.rooms.insights.places import seattle
from tests.world import World
from tirage.segments.models import SavedPlace

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]


def test_the_map_follows_the_hand(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    seattle(world_today)
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/insights/?metric=customers")
    canvas, stage = page.locator(".atlas-canvas"), page.locator("[data-map]")
    expect(page.locator("[data-picture]")).to_be_visible()
    page.get_by_role("link", name="Closer", exact=True).first.click()
    expect(canvas).to_have_attribute("viewBox", "2438 1525 4875 3050")
    page.get_by_role("link", name="The whole map").click()
    expect(canvas).to_have_attribute("viewBox", "0 0 9750 6100")
    page.locator('[data-key="metro-42660"].atlas-area').hover()
    expect(page.locator(".atlas-tip")).to_contain_text("Seattle-Tacoma-Bellevue, WA: 7")
    page.get_by_role("link", name="Seattle-Tacoma-Bellevue, WA", exact=True).last.click()
    expect(page.get_by_role("heading", name="Seattle-Tacoma-Bellevue, WA")).to_be_visible()
    expect(page).to_have_url(f"{live_server}/winery/insights/?metric=customers&area=metro-42660")
    page.get_by_role("link", name="Everywhere again").click()
    expect(page.get_by_role("heading", name="Everywhere")).to_be_visible()
    page.get_by_role("link", name="Draw a place").click()
    box = stage.bounding_box()
    assert box is not None
    left, top = box["x"] + 20, box["y"] + 10
    page.mouse.move(left, top)
    page.mouse.down()
    for right, down in ((200, 0), (200, 120), (0, 120), (0, 10)):
        page.mouse.move(left + right, top + down, steps=4)
    page.mouse.up()
    page.get_by_label("Name").fill("The coast")
    page.get_by_role("button", name="Save the place").click()
    expect(page.get_by_role("heading", name="The coast")).to_be_visible()
    assert len(SavedPlace.objects.get().corners) > 4


def test_the_map_follows_keys(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    seattle(world_today)
    page = enter(open_context(width=DESK), session, str(live_server))
    page.goto("/winery/insights/?metric=customers&layer=points")
    canvas = page.locator(".atlas-canvas")
    expect(canvas).to_have_attribute("tabindex", "0")
    canvas.focus()
    page.keyboard.press("+")
    expect(canvas).to_have_attribute("viewBox", "2438 1525 4875 3050")
    # The page is asked for what is seen there; the keys go on afterwards.
    expect(page).to_have_url(
        f"{live_server}/winery/insights/?metric=customers&layer=points&view=244%2C153%2C488"
    )
    expect(canvas).to_be_focused()
    before = canvas.get_attribute("viewBox")
    page.keyboard.press("ArrowLeft")
    expect(canvas).not_to_have_attribute("viewBox", str(before))
    assert str(canvas.get_attribute("viewBox")).split()[1:] == str(before).split()[1:]
    page.keyboard.press("0")
    expect(canvas).to_have_attribute("viewBox", "0 0 9750 6100")


def test_two_fingers_bring_the_map_closer(
    open_context: Contexts, live_server: object, world_today: World, session: str
) -> None:
    seattle(world_today)
    page = enter(open_context(), session, str(live_server))
    page.goto("/winery/insights/?metric=customers")
    canvas = page.locator(".atlas-canvas")
    expect(canvas).to_have_attribute("tabindex", "0")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    middle, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *aside: float) -> None:
        points = [{"x": middle + by, "y": down, "id": at} for at, by in enumerate(aside)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -40, 40)
    touch("touchMove", -80, 80)
    touch("touchEnd")
    expect(canvas).to_have_attribute("viewBox", "2438 1525 4875 3050")
    expect(page).to_have_url(f"{live_server}/winery/insights/?metric=customers&view=244%2C153%2C488")
