"""The forms of a page, read from what a browser would get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

#: Words that tell one thing of a kind from another; the form that names it is the same.
_ONE_OF_MANY = re.compile(r"[0-9]+|[A-Z]{3}-[A-Z0-9]+|(?<=-)[A-Z]{2}$")


@dataclass(frozen=True, slots=True)
class Control:
    """One control: ``value`` is what would be sent, None if it wouldn't be (an empty box); ``choices`` of a list."""

    name: str
    kind: str
    value: str | None = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False


def address_of(path: str) -> str:
    """The name of the address that ``path`` leads to; empty when it is none of ours."""
    try:
        return resolve(urlsplit(path).path).view_name
    except (Resolver404, ValueError):
        return ""


@dataclass(slots=True)
class Form:
    """``path`` with its query; ``controls`` in the page's order, a name possibly several times."""

    path: str
    method: str
    controls: list[Control] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The name of the address that it is sent to, or nothing if it leads elsewhere."""
        return address_of(self.path)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(control.name for control in self.controls))

    @property
    def key(self) -> tuple[str, ...]:
        """The same for forms that differ in what they name only."""
        said = [f"{c.name}={c.value}" if c.kind == "submit" else c.name for c in self.controls]
        return (self.address, self.method, *dict.fromkeys(kind_of(one) for one in said))

    @property
    def family(self) -> tuple[str, ...]:
        """The same for the buttons of one form."""
        names = (kind_of(control.name) for control in self.controls if control.kind != "submit")
        return (self.address, self.method, *dict.fromkeys(names))


def kind_of(name: str) -> str:
    """The same for names that differ in the row or the thing that they are about."""
    return _ONE_OF_MANY.sub("#", name)


def forms_of(html: str, path: str) -> list[Form]:
    """Each form with each of its buttons: what pressing it would send, and where."""
    reader = _Reader(path)
    reader.feed(html)
    reader.close()
    return [one for form in reader.forms for one in _by_button(form)]


def _by_button(form: _Read) -> Iterator[Form]:
    kept = [control for control in form.controls if control.kind != "submit"]
    pressed: list[tuple[Control | None, str]] = [*form.buttons] or [(None, "")]
    for button, action in pressed:
        path = urljoin(form.form.path, action) if action else form.form.path
        named = [button] if button and button.name else []
        yield replace(form.form, path=path, controls=kept + named)


@dataclass(slots=True)
class _Read:
    form: Form
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[Control, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Controls belong to the form around them, or to the one that their ``form`` names."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[_Read] = []
        self.by_id: dict[str, _Read] = {}
        self.open: _Read | None = None
        self.select: tuple[dict[str, str], _Read, list[tuple[str, bool]]] | None = None
        self.text: tuple[dict[str, str], _Read, list[str]] | None = None
        #: Controls that stand before the form that they name.
        self.waiting: list[tuple[str, Control, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.path, said.get("action", "") or self.path)
            self.open = _Read(Form(action, said.get("method", "get").lower()))
            self.forms.append(self.open)
            self.by_id[said.get("id", "")] = self.open
        elif tag == "option" and self.select:
            self.select[2].append((said.get("value", ""), "selected" in said))
        elif tag in {"input", "button"}:
            self._control(tag, said)
        elif tag in {"select", "textarea"} and said.get("name"):
            owner = self.by_id.get(said["form"]) if "form" in said else self.open
            if owner and tag == "select":
                self.select = (said, owner, [])
            elif owner:
                self.text = (said, owner, [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select" and self.select:
            said, owner, options = self.select
            values = tuple(value for value, _ in options)
            chosen = next((value for value, is_chosen in options if is_chosen), values[0] if values else None)
            owner.controls.append(Control(said["name"], "select", chosen, values, "required" in said))
            self.select = None
        elif tag == "textarea" and self.text:
            said, owner, pieces = self.text
            owner.controls.append(
                Control(said["name"], "textarea", "".join(pieces).removeprefix("\n"), (), "required" in said)
            )
            self.text = None

    def handle_data(self, data: str) -> None:
        if self.text:
            self.text[2].append(data)

    def _control(self, tag: str, said: dict[str, str]) -> None:
        kind = said.get("type", "submit" if tag == "button" else "text").lower()
        is_sent = kind not in {"checkbox", "radio"} or "checked" in said
        value = said.get("value", "on" if kind == "checkbox" else "") if is_sent else None
        choices = (said["value"],) if kind in {"checkbox", "radio"} and said.get("value") else ()
        control = Control(said.get("name", ""), kind, value, choices, "required" in said)
        if "form" in said and said["form"] not in self.by_id:
            self.waiting.append((said["form"], control, said.get("formaction")))
            return
        self._add(self.by_id[said["form"]] if "form" in said else self.open, control, said.get("formaction"))

    def _add(self, owner: _Read | None, control: Control, action: str | None) -> None:
        if owner is None or control.kind in {"reset", "button", "image"}:
            return
        if control.kind == "submit":
            owner.buttons.append((control, action or ""))
        elif control.name:
            owner.controls.append(control)

    def close(self) -> None:
        super().close()
        for name, control, action in self.waiting:
            self._add(self.by_id.get(name), control, action)
