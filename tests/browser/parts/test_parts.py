"""The parts in a real browser: accessible in every scheme and width, helpful with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import WIDTHS, Opener, look_at
from tests.browser.visitors import MOVED_CLOCK
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.parts.typefaces import PAIRS

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/dev/parts", "/dev/parts/storefront", "/dev/parts/backoffice"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(open_page: Opener, path: str, width: int) -> None:
    look_at(open_page(path, width=width), f"parts-{path.rsplit('/', 1)[-1]}-{width}")


@pytest.mark.parametrize("key", PAIRS)
def test_both_typefaces_arrive_from_this_server_only(open_page: Opener, key: str) -> None:
    Winery.objects.update_or_create(id=1, defaults={"typeface": key, "name": "Maison Verlaine"})
    forget_winery()
    page = open_page("/dev/parts/storefront")
    faces = page.evaluate(
        "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
    )
    assert {face.strip('"') for face in faces} >= {"Tirage Display", "Tirage Sans"}
    # A face may be there and yet not be chosen: the words take another width in the fallback.
    widths = page.evaluate(
        """["Tirage Sans", "Tirage Sans Fallback"].map((family) => {
             const pen = document.createElement("canvas").getContext("2d");
             pen.font = `400 40px "${family}"`;
             return pen.measureText("Wishes and orders").width;
           })"""
    )
    assert widths[0] != widths[1]
    hosts = page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => new URL(entry.name).origin)"
    )
    assert set(hosts) == {page.evaluate("location.origin")}


def test_nothing_moves_while_the_storefront_loads(open_page: Opener) -> None:
    """The best of three visits: a busy machine may bring a typeface late once, a page that moves does so each time."""
    shifts = [
        open_page("/dev/parts/storefront").evaluate(
            """new Promise((done) => {
                 new PerformanceObserver((list) => done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0)))
                   .observe({ type: "layout-shift", buffered: true });
                 setTimeout(() => done(0), 300);
               })"""
        )
        for _ in range(3)
    ]
    assert min(shifts) < 0.02


def test_a_stepper_stops_at_its_limits_and_tells_the_form(open_page: Opener) -> None:
    page = open_page("/dev/parts")
    page.evaluate("document.addEventListener('change', () => { window.heard = (window.heard ?? 0) + 1; })")
    stepper = page.locator("[data-stepper]", has=page.locator('[name="a"]'))
    more = stepper.get_by_role("button", name="More: Estate Cabernet")
    for _ in range(5):
        more.click(force=True)
    expect(stepper.get_by_role("spinbutton")).to_have_value("6")
    expect(stepper.locator("[data-stepper-value]")).to_have_text("6")
    expect(more).to_have_attribute("aria-disabled", "true")
    assert page.evaluate("window.heard") == 3


def test_a_stepper_of_threes_moves_in_threes(open_page: Opener) -> None:
    page = open_page("/dev/parts")
    page.get_by_role("button", name="More: Chardonnay").click()
    expect(page.locator('[name="b"]')).to_have_value("3")


def test_a_countdown_follows_the_servers_clock_and_ends_in_words(open_page: Opener) -> None:
    page = open_page("/dev/parts")
    calm, urgent = page.locator("[data-countdown]").all()
    face = calm.locator("time")
    # A slow machine may miss seconds, but never shows more than the server gave, and goes on counting down.
    expect(face).to_have_text(re.compile(r"^14:([0-2]\d|3[01])$"))
    seen = face.inner_text()
    expect(face).not_to_have_text(seen)
    assert face.inner_text() < seen
    expect(calm).not_to_have_attribute("data-state", "urgent")
    expect(urgent).to_have_attribute("data-state", "urgent")
    # The device's clock jumps: only the time that really passes counts, so a jump ends it at once.
    page.evaluate("{ const real = Date.now; Date.now = () => real() + 120000; }")
    expect(urgent).to_contain_text("Your bottles went back.", timeout=3000)
    expect(urgent).to_have_attribute("data-state", "ended")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_countdown_is_right_after_the_devices_clock_was_set(
    open_context: Callable[..., BrowserContext], days: int
) -> None:
    """The browser counts from when it was started, so its origin of time and the clock then differ."""
    context = open_context(own={})
    context.add_init_script(MOVED_CLOCK % (days * 24 * 3600 * 1000))
    page = context.new_page()
    page.goto("/dev/parts")
    expect(page.locator("[data-countdown] time").first).to_have_text(re.compile(r"^14:[0-3]\d$"))


def test_choosing_rows_counts_them_truly(open_page: Opener) -> None:
    page = open_page("/dev/parts/backoffice", width=1440)
    bar = page.locator("[data-choose-bar]")
    expect(bar).to_be_hidden()
    rows = page.locator("[data-choose-row]")
    rows.nth(0).check()
    expect(bar).to_be_visible()
    expect(bar).to_contain_text("1 customer chosen")
    assert page.evaluate("document.querySelector('[data-choose-all]').indeterminate")
    page.locator("[data-choose-every]").check()
    expect(bar).to_contain_text("312 customers chosen")
    rows.nth(1).uncheck()
    expect(bar).to_contain_text("311 of 312 customers chosen")
    expect(page.locator("[data-choose-every]")).to_be_checked()
    page.locator("[data-choose-every]").uncheck()
    expect(bar).to_be_hidden()


def test_shift_chooses_what_lies_between(open_page: Opener) -> None:
    page = open_page("/dev/parts/backoffice", width=1440)
    rows = page.locator("[data-choose-row]")
    rows.nth(0).click()
    rows.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-choose-bar]")).to_contain_text("3 customers chosen")


def test_a_dialog_opens_and_closes_from_the_keyboard(open_page: Opener) -> None:
    page = open_page("/dev/parts")
    opener = page.locator("[data-dialog]")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Move 312 customers to Premier")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


_LEAVE = "setTimeout(() => location.assign('/dev/parts/storefront'))"


def test_leaving_words_behind_is_asked_about(open_page: Opener) -> None:
    page = open_page("/dev/parts")
    page.locator('[name="name"]').first.press_sequentially(" and more")
    with page.expect_event("dialog") as asked:
        page.evaluate(_LEAVE)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert page.url.endswith("/dev/parts")


def test_leaving_an_untouched_form_is_not(open_page: Opener) -> None:
    page = open_page("/dev/parts")
    page.evaluate(_LEAVE)
    page.wait_for_url("**/dev/parts/storefront")


class TestWithoutScripts:
    """The same pages where scripts are off."""

    def test_a_stepper_is_a_plain_number_input(self, open_page: Opener) -> None:
        page = open_page("/dev/parts", script=False)
        expect(page.locator('[name="a"]')).to_be_editable()
        expect(page.locator("[data-step]").first).to_be_hidden()

    def test_a_dialog_opens_by_its_address(self, open_page: Opener) -> None:
        page = open_page("/dev/parts", script=False)
        page.locator("[data-dialog]").click()
        expect(page.locator("dialog")).to_be_visible()
        page.locator("dialog .dialog-foot a").click()
        expect(page.locator("dialog")).to_be_hidden()

    def test_the_bar_of_actions_is_always_there(self, open_page: Opener) -> None:
        expect(open_page("/dev/parts/backoffice", script=False).locator("[data-choose-bar]")).to_be_visible()

    def test_the_menu_of_the_telephone_opens(self, open_page: Opener) -> None:
        page = open_page("/dev/parts/backoffice", script=False)
        expect(page.locator(".rail-sheet")).to_be_hidden()
        page.locator(".rail-summary").click()
        expect(page.locator(".rail-sheet")).to_be_visible()
