"""Reading pages and sending their forms as a browser without scripts would."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Protocol

from django.db import connection
from django.http.response import ResponseHeaders
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World
from tirage.catalog.models import Sku
from tirage.offers.models import Offer


class Page(Protocol):
    """An answer that was read to its end; what the test client gives."""

    content: bytes
    status_code: int
    headers: ResponseHeaders


class _Fields(HTMLParser):
    """Successful controls of one form, by its action."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.values = action, False, dict[str, str]()
        self.form_id = ""
        self.textarea = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.inside = facts.get("action") == self.action
            self.form_id = facts.get("id", "") if self.inside else self.form_id
        mine = self.inside or (facts.get("form") and facts.get("form") == self.form_id)
        if tag == "input" and mine and facts.get("name"):
            is_choice = facts.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in facts:
                self.values[facts["name"]] = facts.get("value", "")
        if tag == "textarea" and mine:
            self.textarea = facts.get("name", "")
            self.values[self.textarea] = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "textarea":
            self.textarea = ""


def form_of(page: Page, action: str) -> dict[str, str]:
    """What the form with this action would send as it stands."""
    reader = _Fields(action)
    reader.feed(page.content.decode())
    return reader.values


def words_of(page: Page) -> str:
    """The page's text in one line."""
    text = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def take(client: Client, world: World, offer: Offer, **pieces: int) -> Page:
    """Presses the main button with these wines (by their names in the world)."""
    fields = {f"bottles_{item_id(world, offer, name)}": str(count) for name, count in pieces.items()}
    return client.post("/cart/", {"act": "hold", "had_cart": "1", **fields})


def item_id(world: World, offer: Offer, name: str) -> int:
    """The id of the world's wine ``name`` in ``offer``."""
    sku: Sku = getattr(world, name)
    return world.item(offer, sku).pk


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collects the statements inside, transaction control left out."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as context:
        yield statements
    control = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    statements += [query["sql"] for query in context.captured_queries if not query["sql"].startswith(control)]
