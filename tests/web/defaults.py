"""What Enter presses in a field of each form: the first of its submit buttons in the tree, wherever that stands.

Of several, the main one is the one that says so (``data-main``), else the primary or dangerous one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

#: What pressing a button does: where it leads, its name and value.
Act: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class _Button:
    owner: str
    act: Act
    classes: list[str]
    is_main: bool
    is_seen: bool


@dataclass(slots=True)
class _Page(HTMLParser):
    path: str
    forms: dict[str, str] = field(default_factory=dict)
    buttons: list[_Button] = field(default_factory=list)
    open: str = ""
    templates: int = 0

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "template":
            self.templates += 1
        elif tag == "form":
            self.open = said.get("id") or f"form {len(self.forms) + 1}"
            self.forms[self.open] = self.place(said.get("action", ""))
        elif tag in {"button", "input"} and said.get("type", "submit" if tag == "button" else "") == "submit":
            owner = said.get("form", self.open)
            act = (
                self.place(said["formaction"]) if "formaction" in said else "",
                said.get("name", ""),
                said.get("value", ""),
            )
            classes = said.get("class", "").split()
            seen = "unseen" not in classes
            if owner and not self.templates:
                self.buttons.append(_Button(owner, act, classes, "data-main" in said, seen))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = ""
        elif tag == "template":
            self.templates -= 1

    def place(self, address: str) -> str:
        return urlsplit(urljoin(self.path, address or self.path)).path


def wrong_defaults(html: str, path: str) -> Iterator[str]:
    """Forms of a page in which Enter presses another button than the main one, in words."""
    page = _Page(path)
    page.feed(html)
    for form, action in page.forms.items():
        own = [one for one in page.buttons if one.owner == form]
        acts = [(one.act[0] or action, *one.act[1:]) for one in own]
        if len(set(acts)) < 2:
            continue
        said = {act for one, act in zip(own, acts, strict=True) if one.is_main and one.is_seen}
        looks = {
            act
            for one, act in zip(own, acts, strict=True)
            if one.is_seen and {"button-primary", "button-danger"} & set(one.classes)
        }
        main = said or looks
        if main and acts[0] not in main:
            yield f"{form}: Enter does {acts[0]}, the main button {sorted(main)}"
