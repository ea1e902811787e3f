"""Where a page leads: its links, buttons and forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

from tirage.staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Target:
    """An address that something on a page asks for."""

    method: str
    path: str


class _Targets(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.page, self.found = path, set[Target]()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in facts:
            self._add("get", facts["href"])
        if tag == "form":
            self._add(facts.get("method", "get").lower(), facts.get("action", ""))
        if "formaction" in facts:
            self._add(facts.get("formmethod", "post").lower(), facts["formaction"])
        for name, method in (("hx-get", "get"), ("hx-post", "post")):
            if name in facts:
                self._add(method, facts[name])

    def _add(self, method: str, href: str) -> None:
        parts = urlsplit(urljoin(f"http://testserver{self.page}", href))
        if parts.netloc == "testserver":
            self.found.add(Target(method, parts.path))


def targets_of(page: str, path: str) -> set[Target]:
    """Everything on the ``page`` at ``path`` that leads somewhere of ours."""
    reader = _Targets(path)
    reader.feed(page)
    return reader.found


def shown_on(answer: Any, path: str) -> set[Target]:
    """The same of an answer; nothing of what is no page."""
    if answer.status_code != 200 or answer.streaming or "html" not in answer.get("Content-Type", ""):
        return set()
    return targets_of(answer.content.decode(), path)


def closed_to(grants: frozenset[Permission], targets: set[Target]) -> Iterator[str]:
    """The targets that the guard of the back office refuses whoever has ``grants``, or that no address is."""
    for target in sorted(targets, key=lambda one: (one.path, one.method)):
        try:
            view = resolve(target.path).func
        except Resolver404:
            yield f"{target.path} is no address"
            continue
        missing: frozenset[Permission] = getattr(view, "needed_permissions", frozenset()) - grants
        if missing:
            yield f"{target.method} {target.path} needs {', '.join(sorted(missing))}"
