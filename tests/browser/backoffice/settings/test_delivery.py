"""Delivery's settings in a real browser: the grid of rates, and a file with a look before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, look_at
from tests.rooms.delivery.holding import counter, held_by
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.delivery.models import Location, Rate

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
HOME = "/winery/settings/delivery/"
RATES = "Method,From,Zone,Up to,Price\nGround,,West,3,19.00\nGround,,West,6,24.00\nGround,,West,12,36.00\n"
LOCATIONS = (
    "Carrier,Name,Street,City,State,ZIP,Hours\nFedEx,Main Pharmacy,1 Main Street,Napa,CA,94558,9 to 6\n"
    "UPS,UPS Store,8 Oak Street,Reno,NV,89501,\n"
)


@pytest.fixture(params=[PHONE, DESK])
def page(
    request: pytest.FixtureRequest,
    open_context: Contexts,
    live_server: object,
    session: str,
    world_today: World,
) -> Page:
    return enter(open_context(width=request.param), session, str(live_server))


def price_of(world: World) -> int:
    """Of three bottles by ground into the West."""
    found = Rate.objects.get(table__method=world.ground, zone=world.west, up_to_milli=3_000)
    return found.price_minor


def test_a_price_of_the_grid_is_changed_and_stays(page: Page, world_today: World) -> None:
    page.goto(f"{HOME}methods/{world_today.ground.reference}/rates")
    field = page.locator("input[name='price-1-0']")
    expect(field).to_have_value("18.00")
    field.fill("18.50")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("You saved the rates of Ground.")).to_be_visible()
    expect(page.locator("input[name='price-1-0']")).to_have_value("18.50")
    look_at(page, f"settings-rates-{page.viewport_size['width']}")  # type: ignore[index]


def test_rates_of_a_file_are_seen_before_they_are_taken_over(page: Page, world_today: World) -> None:
    page.goto(HOME)
    page.get_by_role("link", name="Import rates").click()
    page.get_by_label("File").set_input_files(
        {"name": "rates.csv", "mimeType": "text/csv", "buffer": RATES.encode()}
    )
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_text("$18.00").first).to_be_visible()
    expect(page.get_by_text("$19.00").first).to_be_visible()
    look_at(page, f"settings-take-rates-{page.viewport_size['width']}")  # type: ignore[index]
    assert price_of(world_today) == 18_00, "nothing is written by looking"
    for box in page.locator("input[name='take']").all():
        box.set_checked(True)
    page.get_by_role("button", name="Take over what is ticked").click()
    expect(page.get_by_text("over.").first).to_be_visible()
    assert price_of(world_today) == 19_00


def test_a_try_says_the_price_and_each_law_that_is_asked(page: Page, world_today: World) -> None:
    limited(world_today.california, 3)
    law(world_today.california, "signature", words="21 and older")
    page.goto(HOME)
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("Goes to").select_option(label="California")
    page.locator("select[name='wine_0']").select_option(index=1)
    page.locator("input[name='pieces_0']").fill("4")
    page.get_by_role("button", name="Try it").click()
    answer = page.locator("#answer")
    expect(answer.get_by_text("Not by the law").first).to_be_visible()
    expect(answer.get_by_text("too much")).to_be_visible()
    expect(answer.get_by_text("An adult signs: 21 and older.")).to_be_visible()
    look_at(page, f"settings-try-{page.viewport_size['width']}")  # type: ignore[index]


def test_locations_of_a_file_are_taken_over_and_found_by_zip(page: Page, world_today: World) -> None:
    held_by(world_today)
    counter("Portland", is_listed=False, code="")
    page.goto(f"{HOME}locations")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(
        {"name": "places.csv", "mimeType": "text/csv", "buffer": LOCATIONS.encode()}
    )
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_text("FedEx Main Pharmacy")).to_be_visible()
    for box in page.locator("input[name='take']").all():
        box.set_checked(True)
    page.get_by_role("button", name="Take over what is ticked").click()
    expect(page.get_by_text("You took 2 locations over.")).to_be_visible()
    assert Location.objects.filter(is_listed=True).count() == 2
    look_at(page, f"settings-locations-{page.viewport_size['width']}")  # type: ignore[index]
    page.get_by_label("State, or how the postal code begins").fill("895")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("link", name="UPS Store")).to_be_visible()
    expect(page.get_by_role("link", name="Main Pharmacy")).to_have_count(0)
