"""A real Chromium in front of a live server: pages at both widths, in both schemes, their accessibility and looks.

A page is loaded once for each width; its scheme is changed while it stands, and pictures are taken when asked for.

Every test under tests/browser is marked ``browser``. TIRAGE_CHROMIUM names another Chromium than Debian's.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    WebError,
    expect,
    sync_playwright,
)

from tests.browser.visitors import AWAY, Visitors
from tirage.core import references

CHROMIUM = os.environ.get("TIRAGE_CHROMIUM") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
]
PHONE, DESK = WIDTHS = 390, 1440
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
Opener = Callable[..., Page]
# As long as Playwright waits for all else: a busy machine may take its time, and no test measures it.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


MEANT = (
    # htmx says so of a request that it gave up for a newer one, or because the page was left; nothing is wrong then.
    r"^htmx:(sendAbort|afterRequest)\b",
    # What moves the clock of pages can't move it in a frame without scripts.
    *([r"^Blocked script execution .* is sandboxed"] if AWAY else []),
)


@pytest.fixture(autouse=True)
def widest_references(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reference of the widest letters: a page too narrow for ``ORD-WWWWWWWM`` must not wait for chance."""
    letters = itertools.chain.from_iterable(itertools.product("WMQ", repeat=references.LENGTH))
    monkeypatch.setattr(references, "secrets", SimpleNamespace(choice=lambda _alphabet: next(letters)))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all. Playwright's loop runs in this thread, and Django must not mind it."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def visitors(chromium: Browser, live_server: Any) -> Visitors:
    """Browsers for all visitors."""
    return Visitors(chromium, live_server.url)


@pytest.fixture
def open_context(visitors: Visitors) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a visitor: cookies of its own, a width, with or without scripts.

    Paths are opened relative to the server. The test fails when one of its pages logged an error; a refusal
    by the Content-Security-Policy is one. ``tolerate`` names, as regular expressions, errors that are meant
    (a page answering 404 logs one). ``own`` gives a context that no other test gets, with what else Playwright can
    give it; whoever adds functions or a scheme to one needs that.
    """
    with ExitStack() as stack:
        complaints: list[str] = []

        def open_one(
            *,
            width: int = PHONE,
            script: bool = True,
            tolerate: tuple[str, ...] = (),
            own: dict[str, Any] | None = None,
        ) -> BrowserContext:
            if own is None:
                context = visitors.lend(width=width, script=script)
                blank = context.pages[0]
                stack.callback(visitors.take_back, context, width=width, script=script)
            else:
                context, blank = visitors.make(width=width, script=script, **own), None
                stack.callback(context.close)

            def complain(text: str) -> None:
                if not any(re.search(pattern, text) for pattern in (*MEANT, *tolerate)):
                    complaints.append(text)

            def on_error(error: WebError) -> None:
                complain(str(error.error))

            def on_console(entry: ConsoleMessage) -> None:
                if entry.type == "error" and entry.page != blank:
                    complain(entry.text)

            for event, listener in (("weberror", on_error), ("console", on_console)):
                context.on(event, listener)  # type: ignore[call-overload]
                stack.callback(context.remove_listener, event, listener)
            return context

        yield open_one
    assert complaints == []


@pytest.fixture
def open_page(open_context: Callable[..., BrowserContext]) -> Opener:
    """``open_page("/path", width=390, scheme="dark")``: a new visitor on that page, loaded."""

    def open_path(path: str, *, scheme: str = "light", **how: Any) -> Page:
        page = open_context(**how).new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(path, wait_until="networkidle")
        return page

    return open_path


@pytest.fixture
def phone(open_context: Callable[..., BrowserContext]) -> Page:
    """A customer's telephone: 390 px, light."""
    return open_context(width=PHONE).new_page()


@pytest.fixture
def desk(open_context: Callable[..., BrowserContext]) -> Page:
    """A desk: 1440 px, light."""
    return open_context(width=DESK).new_page()


def assert_accessible(page: Page) -> None:
    """Axe finds nothing, and nothing runs over the edge."""
    found = _axe(page).run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the screen"


def assert_legible(page: Page) -> None:
    """Axe finds enough contrast everywhere."""
    found = _axe(page).run(page, options={"resultTypes": ["violations"], "runOnly": ["color-contrast"]})
    assert found.violations_count == 0, found.generate_report()


def _axe(page: Page) -> Axe:
    """Half a megabyte of script, given to a page once."""
    return Axe("null") if page.evaluate("'axe' in window") else Axe()


#: Opens what a page has folded: details, dialogs, and the bar under a list of which a row is chosen; not the menus:
#: they cover what is under them. Answers whether there was anything.
UNFOLD = """() => {
  const folded = [...document.querySelectorAll("details:not([open], .menu, .rail-menu)")];
  const dialogs = [...document.querySelectorAll("dialog:not([open])")];
  const row = document.querySelector("[data-choose-row]:not(:checked)");
  for (const fold of folded) fold.open = true;
  for (const dialog of dialogs) dialog.show();
  row?.click();
  return folded.length + dialogs.length > 0 || Boolean(row);
}"""
#: Opens the menus, or closes them; answers how many there are, and the names of those that reach over the edge.
SET_MENUS = """(open) => {
  const menus = [...document.querySelectorAll("details:is(.menu, .rail-menu)")].filter((one) => one.checkVisibility());
  for (const menu of menus) menu.open = open;
  const reaches = (menu) => {
    const { left, right } = menu.querySelector(".menu-sheet, .rail-sheet").getBoundingClientRect();
    return left < 0 || right > window.innerWidth;
  };
  const over = open ? menus.filter(reaches).map((menu) => menu.querySelector("summary").textContent.trim()) : [];
  return { count: menus.length, over };
}"""
#: What is typed into a form to have it refused: its first field that must be there is emptied.
FIRST_NEEDED = (
    "form[data-unsaved] :is(input:not([type=radio], [type=checkbox], [type=hidden]), textarea)[required]"
)


def look_at(page: Page, name: str) -> None:
    """The page as it stands, photographed in both schemes and read by axe: in the dark only colours are others.

    Then once more with everything opened that can be; and a form with its errors, when a field of it has to be there.
    """
    page.emulate_media(color_scheme="light")
    photograph(page, f"{name}-light")
    assert_accessible(page)
    if page.evaluate(UNFOLD):
        photograph(page, f"{name}-opened-light")
        assert_accessible(page)
    menus = page.evaluate(SET_MENUS, True)
    if menus["count"]:
        photograph(page, f"{name}-menus-light")
        assert not menus["over"], f"over the edge of the screen: {menus['over']}"
        assert_accessible(page)
        page.emulate_media(color_scheme="dark")
        assert_legible(page)
        page.evaluate(SET_MENUS, False)
    page.emulate_media(color_scheme="dark")
    photograph(page, f"{name}-dark")
    assert_legible(page)
    if refuse_form(page):
        photograph(page, f"{name}-refused-dark")
        assert_legible(page)
        page.emulate_media(color_scheme="light")
        assert_accessible(page)
    page.emulate_media(color_scheme="light")


def refuse_form(page: Page) -> bool:
    """Sends the page's form without something that has to be there; whether it came back with errors."""
    field = page.locator(FIRST_NEEDED).first
    if not field.count() or not field.evaluate("(one) => one.form.getAttribute('method')"):
        return False

    def calmly(route: Route) -> None:
        # The answer of a refused form is 400, which a browser logs as an error.
        response = route.fetch(max_redirects=0)
        refused = response.status == 400 and route.request.method == "POST"
        route.fulfill(response=response, status=200 if refused else response.status)

    page.route(page.url, calmly)
    try:
        with page.expect_navigation():
            field.evaluate("(one) => { one.value = ''; one.form.requestSubmit(); }")
    finally:
        page.unroute(page.url)
    return bool(page.locator(".field-errors, .notice-problem").count())


def look_at_each(page: Page, pages: Mapping[str, str], name: str, opened: str | None = None) -> None:
    """``look_at`` every path of ``pages`` as NAME with the page's own name in it, all complaints at once.

    ``opened`` selects what is folded, to be unfolded before.
    """
    wrong = []
    for which, path in pages.items():
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        for summary in page.locator(f"{opened} > summary").all() if opened else ():
            summary.click()
        try:
            look_at(page, name.format(which))
        except AssertionError as found:
            wrong.append(f"{which}: {found}")
    assert not wrong, "\n".join(wrong)


def photograph(page: Page, name: str) -> Path | None:
    """Keeps a picture of the whole page as var/screenshots/NAME.png, if pictures are asked for (make screenshots)."""
    if not os.environ.get("TIRAGE_SCREENSHOTS"):
        return None
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    target = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=target, full_page=True)
    return target
