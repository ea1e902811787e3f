"""The browser's own set-up: it reaches the live server, and its helpers can fail."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Opener, assert_accessible, photograph

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_live_server_answers(open_page: Opener) -> None:
    page = open_page("/healthz", width=1440, scheme="dark", tolerate=("404",))  # a text has no icon
    assert page.inner_text("body").strip() == "ok"
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


def test_what_can_not_be_read_is_found(phone: Page) -> None:
    phone.set_content("<html><body><main><input><p>no label, no title, no language</p></main></body></html>")
    with pytest.raises(AssertionError, match="label"):
        assert_accessible(phone)


def test_a_picture_is_kept_when_asked_for(desk: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.set_content("<p>the house</p>")
    monkeypatch.delenv("TIRAGE_SCREENSHOTS", raising=False)
    assert photograph(desk, "house") is None
    monkeypatch.setenv("TIRAGE_SCREENSHOTS", "1")
    picture = photograph(desk, "house")
    assert picture and picture.read_bytes().startswith(b"\x89PNG")
    picture.unlink()


def test_the_server_threads_share_no_connection(live_server: LiveServer) -> None:
    """Threads on one SQLite connection crash the process; a database in memory would have only one."""
    assert live_server.thread.connections_override == {}
