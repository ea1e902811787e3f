"""Filters built by clicking, in a real browser: with the mouse, with the keyboard alone, and without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.backoffice.conftest import enter, session_of
from tests.browser.conftest import DESK, PHONE, WIDTHS, look_at_each
from tests.world import World
from tirage.segments.measuring import measure_segments
from tirage.segments.models import CustomerList, Segment
from tirage.segments.operations import freeze_list, save_segment
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db(transaction=True)

Contexts = Callable[..., BrowserContext]
BUILD = "/winery/customers/segments/build/"
# What the second condition is changed to as soon as an answer has exchanged the conditions.
CHOOSE_AT_ONCE = """() => {
  const changed = new MutationObserver(() => {
    const field = document.querySelector("#not-0-1");
    changed.disconnect();
    field.value = "1";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  changed.observe(document.querySelector(".filter-form"), { childList: true });
}"""
WESTERN = "all(tier(),any(state(state:CA),state(state:OR)),not(suspended()))"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_and_photographed(
    open_context: Contexts, live_server: object, world_today: World, width: int
) -> None:
    world = world_today
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    segment = save_segment(segment=None, name="Western", note="For tastings", definition=WESTERN, **facts)
    save_segment(segment=None, name="Reachable", note="", definition="opted_in()", **facts)
    kept = freeze_list(name="Spring tasting", definition="tier()", **facts)
    measure_segments(now=world.now)
    page = enter(open_context(width=width), session_of(Role.OWNER), str(live_server))
    at = "/winery/customers/segments/"
    pages = {
        "segments": at,
        "segment": f"{at}{segment.reference}/?with={Segment.objects.get(name='Reachable').reference}",
        "segment-edit": f"{at}{segment.reference}/edit/",
        "segment-why": f"/winery/customers/{world.clara.reference}/segments/",
        "list-kept": f"{at}lists/{kept.reference}/",
        "filter": f"{BUILD}?filter={WESTERN}",
        "filter-refused": f"{BUILD}?join-0=all&kind-0-0=take&v-0-0-from=lots",
        "invite-some": f"/winery/releases/offers/{world.estate_offer.reference}/invitations/?filter=state(state:NY)",
    }
    look_at_each(page, pages, f"office-{{}}-{width}")


def counted(page: Page, words: str) -> None:
    expect(page.locator(".filter-figure")).to_have_text(words)


def test_a_bracket_is_clicked_together_counted_saved_frozen_and_explained(
    open_context: Contexts, live_server: object, world_today: World
) -> None:
    world = world_today
    page = enter(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    page.goto("/winery/customers/")
    page.get_by_role("link", name="Build a filter from conditions").click()
    # What is chosen is counted while it is built, without a button.
    page.get_by_label("Condition 1", exact=True).select_option("In an allocation group")
    counted(page, "3 customers fit")
    page.get_by_role("button", name="Add a bracket", exact=True).click()
    page.get_by_label("Condition 2.1", exact=True).select_option("State")
    page.get_by_role("group", name="Condition 2.1").get_by_label("State", exact=True).select_option(
        "California"
    )
    page.get_by_label("Condition 2.2", exact=True).select_option("Suspended")
    counted(page, "2 customers fit")
    said = page.locator(".filter-said")
    expect(said).to_have_text(
        "Everybody who is in an allocation group and (lives in California or is suspended)."
    )
    page.get_by_role("group", name="Condition 2.2").get_by_label("Is it").select_option("not true")
    expect(said).to_have_text(
        "Everybody who is in an allocation group and (lives in California or is not suspended)."
    )
    page.get_by_role("link", name="Save as a segment").click()
    page.get_by_label("Name", exact=True).fill("Good neighbors")
    page.get_by_role("button", name="Save the segment").click()
    expect(page.get_by_text("You saved the segment Good neighbors.")).to_be_visible()
    page.get_by_role("link", name="Keep as a list").click()
    page.get_by_label("Name", exact=True).fill("Tasting in May")
    page.get_by_role("button", name="Keep the list").click()
    expect(page.get_by_text("You kept 2 customers as the list Tasting in May.")).to_be_visible()
    page.get_by_role("link", name="Show them").click()
    expect(page.locator(".list-count")).to_have_text("2 customers")
    page.goto(f"/winery/customers/{world.dora.reference}/segments/")
    why = page.locator(".filter-why li")
    expect(page.get_by_text("Not in it")).to_be_visible()
    assert [" ".join(line.split()) for line in why.all_inner_texts()] == [
        "✗ Not true: All of these:",
        "✓ True: is in an allocation group",
        "✗ Not true: Any of these:",
        "✗ Not true: lives in California",
        "✗ Not true: is not suspended",
    ]
    assert Segment.objects.get().definition == "all(tier(),any(state(state:CA),not(suspended())))"
    assert CustomerList.objects.get().total == 2


def test_a_filter_is_built_with_the_keyboard_alone(
    open_context: Contexts, live_server: object, world_today: World
) -> None:
    page = enter(open_context(width=PHONE), session_of(Role.OWNER), str(live_server))
    page.goto(BUILD)
    page.get_by_label("Condition 1", exact=True).focus()
    page.keyboard.type("Suspended")
    counted(page, "1 customer fits")
    page.get_by_role("button", name="Add a condition", exact=True).focus()
    page.keyboard.press("Enter")
    # One goes on where the new row is.
    expect(page.get_by_label("Condition 2", exact=True)).to_be_focused()
    page.keyboard.type("State")
    state = page.get_by_role("group", name="Condition 2").get_by_label("State", exact=True)
    expect(state).to_be_visible()
    expect(page.get_by_label("Condition 2", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(state).to_be_focused()
    page.keyboard.type("Flor")
    expect(page.locator(".filter-said")).to_have_text("Everybody who is suspended and lives in Florida.")
    page.get_by_role("button", name="Remove condition 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".filter-said")).to_have_text("Everybody who lives in Florida.")


def test_without_a_script_each_step_is_a_button_and_the_page_that_asked_gets_the_filter(
    open_context: Contexts, live_server: object, world_today: World
) -> None:
    world = world_today
    page = enter(open_context(width=DESK, script=False), session_of(Role.OWNER), str(live_server))
    page.goto(f"/winery/releases/offers/{world.estate_offer.reference}/invitations/")
    page.get_by_role("link", name="Build a filter from conditions").click()
    page.get_by_label("Condition 1", exact=True).select_option("State")
    page.get_by_role("button", name="Count", exact=True).click()
    page.get_by_label("State", exact=True).select_option("New York")
    page.get_by_role("button", name="Add a condition", exact=True).click()
    page.get_by_label("Condition 2", exact=True).select_option("Suspended")
    page.get_by_role("button", name="Count", exact=True).click()
    page.get_by_role("button", name="Remove condition 2").click()
    counted(page, "1 customer fits")
    page.get_by_role("link", name="Use this filter").click()
    expect(page.get_by_text("Everybody of Estate who lives in New York.")).to_be_visible()


def suspended_or_not(page: Page, live_server: object) -> None:
    page.goto(f"{live_server}{BUILD}?filter=all(state(state:CA),suspended())")
    expect(page.locator(".filter-said")).to_have_text("Everybody who lives in California and is suspended.")


def test_what_is_chosen_while_an_answer_is_on_its_way_stays(
    open_context: Contexts, live_server: object, world_today: World
) -> None:
    page = enter(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    suspended_or_not(page, live_server)
    held: list[Route] = []
    page.route("**/*kind-0-0=opted*", lambda route: route.continue_() if held else held.append(route))
    page.get_by_label("Condition 1", exact=True).select_option("Opted in to mail")
    while not held:
        page.wait_for_timeout(20)
    page.get_by_role("group", name="Condition 2").get_by_label("Is it").select_option("not true")
    held[0].continue_()
    expect(page.locator(".filter-said")).to_have_text("Everybody who opted in to mail and is not suspended.")


def test_what_an_answer_brings_is_heard_at_once(
    open_context: Contexts, live_server: object, world_today: World
) -> None:
    """Chosen in the very moment in which the fields are exchanged: nobody is that quick, but a machine that is busy
    makes the moment long."""
    page = enter(open_context(width=DESK), session_of(Role.OWNER), str(live_server))
    suspended_or_not(page, live_server)
    page.evaluate(CHOOSE_AT_ONCE)
    page.get_by_label("Condition 1", exact=True).select_option("Opted in to mail")
    expect(page.locator(".filter-said")).to_have_text("Everybody who opted in to mail and is not suspended.")
