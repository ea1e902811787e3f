"""Browsers of visitors, lent again and again: a new one works for a second and a half before its first page stands."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

from playwright.sync_api import Browser, BrowserContext

#: By how many seconds this run's clock is moved, if it is; the browser's is moved as far.
AWAY = os.environ.get("TIRAGE_CLOCK_MOVED")
#: A script that does it, by so many milliseconds.
MOVED_CLOCK = """{
  const Present = Date, away = %f;
  Date = class extends Present {
    constructor(...given) { given.length ? super(...given) : super(Present.now() + away); }
    static now() { return Present.now() + away; }
  };
}"""


class Visitors:
    """Lends contexts of one browser; each comes without cookies and storage, and with its own cache of static files.

    A blank page of the site stays open in each, so that its process lives on; the browser's --process-per-site lets
    the visitor's pages share it.
    """

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser, self.site = browser, site
        self._free: defaultdict[tuple[int, bool], list[BrowserContext]] = defaultdict(list)

    def lend(self, *, width: int, script: bool) -> BrowserContext:
        """A visitor's browser, to be given to ``take_back``."""
        free = self._free[width, script]
        if free:
            return free.pop()
        context = self.make(width=width, script=script)
        context.new_page().goto("/healthz")
        return context

    def take_back(self, context: BrowserContext, *, width: int, script: bool) -> None:
        """As if nobody had been here."""
        blank, *pages = context.pages
        for page in pages:
            page.close()
        context.clear_cookies()
        context.unroute_all()
        if script:
            blank.evaluate("localStorage.clear()")
        self._free[width, script].append(context)

    def make(self, *, width: int, script: bool, **more: Any) -> BrowserContext:
        """One of its own, that nobody else gets. Its clock is this process's."""
        context = self.browser.new_context(
            base_url=self.site,
            viewport={"width": width, "height": 844 if width < 500 else 900},
            java_script_enabled=script,
            has_touch=width < 500,
            reduced_motion="reduce",
            **more,
        )
        if AWAY:
            context.add_init_script(MOVED_CLOCK % (float(AWAY) * 1000))
        return context
