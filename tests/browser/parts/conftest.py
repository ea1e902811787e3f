"""Debian's Chromium in front of the development pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("TIRAGE_TEST_CHROMIUM", "/usr/bin/chromium")
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the module. Playwright's loop runs in this thread, and Django must not mind it."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Opener]:
    """Opens a path at a width and in a scheme; fails when the page logged an error (a CSP refusal is one)."""
    contexts, complaints = [], []

    def open_path(path: str, *, width: int = 390, scheme: str = "light", script: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            has_touch=width < 500,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
        page.goto(f"{live_server.url}{path}", wait_until="networkidle")
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert complaints == []
