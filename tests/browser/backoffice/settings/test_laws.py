"""Limits and laws of places in a real browser: what comes with the program, and files with a look before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.backoffice.conftest import enter
from tests.browser.conftest import DESK, PHONE, look_at
from tests.rooms.delivery.limiting import law, limited
from tests.world import World
from tirage.delivery.models import Law, VolumeLimit

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
HOME = "/winery/settings/delivery"
LIMITS = (
    "Country,State,At most,Unit,Period,For,From,To,Source,Checked on\n"
    "US,NY,18,bottle,month,person,2020-01-01,,The state,2026-05-01\n"
    "US,OR,2,case,month,person,2020-01-01,,The state,2026-05-01\n"
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


def look(page: Page, name: str) -> None:
    look_at(page, f"settings-{name}-{page.viewport_size['width']}")  # type: ignore[index]


def show(page: Page, table: str, text: str) -> None:
    """Chooses a file on the table's page and has its differences shown."""
    page.goto(f"{HOME}/{table}")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(
        {"name": f"{table}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_role("columnheader", name="Becomes")).to_be_attached()


def test_limits_of_a_file_are_seen_beside_what_stands_and_one_is_taken_over(
    page: Page, world_today: World
) -> None:
    limited(world_today.new_york, 12, source="The state")
    show(page, "limits", LIMITS)
    expect(page.get_by_text("12 bottles for one person in a month")).to_be_visible()
    expect(page.get_by_text("18 bottles for one person in a month")).to_be_visible()
    assert VolumeLimit.objects.count() == 1, "nothing is written by looking"
    look(page, "take-limits")
    page.get_by_role("checkbox", name="New York: ").check()
    page.get_by_role("button", name="Take over what is ticked").click()
    expect(page.get_by_text("You took 1 limit over.")).to_be_visible()
    expect(page.get_by_text("18 bottles for one person in a month").first).to_be_visible()
    assert [one.millilitres for one in VolumeLimit.objects.all()] == [18 * 750]
    look(page, "limits")


def test_a_law_that_goes_out_comes_back_as_it_was_and_changes_when_ticked(
    page: Page, world_today: World
) -> None:
    law(world_today.new_york, "alcohol", tenths=160, source="The state")
    law(world_today.oregon, "dry_zips", words="972")
    law(world_today.california, "reporting", words="Excise return", every="month", due_on=date(2026, 11, 15))
    page.goto(f"{HOME}/laws")
    look(page, "laws")
    answer = page.request.get(f"{HOME}/export/laws.csv")
    changed = answer.text().lstrip("\ufeff").replace("16.0", "14.5").replace(",16,", ",14.5,")
    show(page, "laws", changed)
    expect(page.get_by_text("stronger than 14.5 %").first).to_be_visible()
    expect(page.get_by_text("As it stands")).to_have_count(2)
    look(page, "take-laws")
    page.get_by_role("checkbox", name="New York: ").check()
    page.get_by_role("button", name="Take over what is ticked").click()
    expect(page.get_by_text("You took 1 law over.")).to_be_visible()
    assert Law.objects.get(kind="alcohol").tenths == 145


@pytest.mark.parametrize("table", ["limits", "laws"])
def test_what_comes_with_the_program_is_looked_at_before(page: Page, table: str) -> None:
    page.goto(f"{HOME}/{table}")
    page.get_by_role("link", name="Look at").click()
    expect(page.get_by_text("Starting data, check it").first).to_be_visible()
    look(page, f"starting-{table}")


def test_registrations_of_labels_are_seen_before_they_are_taken_over(page: Page, world_today: World) -> None:
    found = law(world_today.new_york, "labels")
    found.registrations.create(vintage=world_today.cabernet.vintage)
    page.goto(f"{HOME}/laws")
    look(page, "laws-with-labels")
    page.get_by_role("link", name="Import labels").click()
    rows = "Country,State,Code,Registered,To\nUS,NY,CHA24,yes,2031-12-31\nUS,NY,CAB23,no,\nUS,OR,CAB23,yes,\n"
    page.get_by_label("File").set_input_files(
        {"name": "labels.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_text("Not to be taken over")).to_be_visible()
    assert found.registrations.count() == 1, "nothing is written by looking"
    look(page, "take-labels")
    page.get_by_role("checkbox", name="Ridge Chardonnay 2024: registered").check()
    page.get_by_role("button", name="Take over what is ticked").click()
    expect(page.get_by_text("You took 1 registration over.")).to_be_visible()
    assert found.registrations.count() == 2
