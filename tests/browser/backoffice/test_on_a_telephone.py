"""What the team reads on a telephone between two guests: short, and nothing that says nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import PHONE, assert_accessible, photograph
from tests.world import World
from tirage.delivery.models import Destination
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)


def test_closed_states_and_noughts_take_no_room(
    world_today: World, open_context: Callable[..., BrowserContext], live_server: object
) -> None:
    page = enter(open_context(width=PHONE), session_of(Role.OWNER), str(live_server))
    page.goto("/winery/settings/delivery/states")
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height < 5_000, height
    zone = page.get_by_label("Utah: zone")
    expect(zone).to_be_hidden()
    page.get_by_label("Utah: open").check()
    expect(zone).to_be_visible()
    assert_accessible(page)
    photograph(page, "delivery-states-390-light")
    zone.select_option("West")
    page.get_by_role("button", name="Save the states").click()
    expect(page.get_by_text("You saved Utah.")).to_be_visible()
    assert Destination.objects.get(country="US", state="UT").is_open
    page.goto(f"/winery/customers/{world_today.ben.reference}/")
    offer = page.get_by_role("region", name="Allowance")
    expect(offer).to_contain_text("Left to take")
    for empty in ("In the cart", "Bought", "Wished"):
        expect(offer.locator(f"td[data-label='{empty}']").first).to_be_hidden()
