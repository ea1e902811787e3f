"""What a page that refuses a form owes whoever sent it, read from what a browser would get.

One summary on top that takes the focus, a title that says so, a link to each control that needs another look; and
beside each of those the words, named as its description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

#: Answers that refuse what was sent.
REFUSED = frozenset({400, 402, 409, 422, 429})
_VOID = frozenset(
    {"input", "img", "br", "hr", "meta", "link", "wbr", "area", "base", "col", "embed", "source"}
)


@dataclass(slots=True)
class _Page(HTMLParser):
    """Facts of a page: ids, wrong controls, the words beside fields, the summary with its links."""

    title: str = ""
    ids: set[str] = field(default_factory=set)
    wrong: list[dict[str, str]] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    summaries: list[dict[str, str]] = field(default_factory=list)
    summary_words: str = ""
    links: list[str] = field(default_factory=list)
    headings: int = 0
    is_plain: bool = False
    open: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        classes = said.get("class", "").split()
        self.ids |= {said["id"]} if said.get("id") else set()
        self.is_plain |= tag == "body" and "plain" in classes
        if said.get("aria-invalid") == "true":
            self.wrong.append(said)
        inside = self.inside
        if said.get("id") == "faults":
            self.summaries.append(said)
            inside = "summary"
        elif inside == "summary" and tag == "a":
            self.links.append(said.get("href", ""))
        elif inside == "summary" and tag in {"h2", "h3"}:
            self.headings += 1
        elif "field-errors" in classes:
            self.beside.append("")
            inside = "beside"
        elif inside == "beside" and tag == "li":
            self.beside.append("")
        elif tag == "title" and not inside:
            inside = "title"
        if tag not in _VOID:
            self.open.append((tag, inside))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside == "summary":
            self.summary_words += data
        elif self.inside == "beside":
            self.beside[-1] += data
        elif self.inside == "title":
            self.title += data

    @property
    def inside(self) -> str:
        return self.open[-1][1] if self.open else ""


def wrong_with(status: int, html: str) -> Iterator[str]:
    """What is missing from the page that answered a form, in words; nothing of one that took it."""
    page = _Page()
    page.feed(html)
    is_refusal = status in REFUSED or page.wrong or page.beside or page.summaries
    if not is_refusal or page.is_plain or "<body" not in html:
        return
    if len(page.summaries) != 1:
        yield f"{len(page.summaries)} summaries; beside fields: {page.beside}"
        return
    summary = page.summaries[0]
    if (summary.get("role"), summary.get("tabindex")) != ("alert", "-1") or "autofocus" not in summary:
        yield f"the summary doesn't take the focus: {summary}"
    if page.headings != 1 or not _plain(page.summary_words):
        yield "the summary has no heading or no words"
    if not page.title.startswith("Problem: "):
        yield f"the title says nothing of it: {page.title!r}"
    yield from (
        f"nothing has the id of {link}" for link in page.links if link.removeprefix("#") not in page.ids
    )
    said = _plain(page.summary_words)
    yield from (f"not in the summary: {words!r}" for words in page.beside if _plain(words) not in said)
    for control in page.wrong:
        described = set(control.get("aria-describedby", "").split())
        if not described & page.ids:
            yield f"no words beside it: {control}"
        if f"#{control.get('id')}" not in page.links and control.get("type") not in {"radio", "checkbox"}:
            yield f"the summary doesn't lead to it: {control}"


def assert_says_so(answer: Any) -> None:
    """Nothing is missing from an answer to a form."""
    if "html" in answer.get("Content-Type", "") and not answer.streaming:
        found = list(wrong_with(answer.status_code, answer.content.decode(errors="replace")))
        assert not found, (answer.request["PATH_INFO"], answer.status_code, found)


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()
