"""Two browsers at one form: what each of them sends, read off the pages that they opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from tests.web.odd.forms import Control, Form, forms_of
from tirage.parts.hands import SHOWN

#: What a person sees and can type into.
_VISIBLE = frozenset(
    {
        "text",
        "textarea",
        "select",
        "number",
        "email",
        "tel",
        "url",
        "date",
        "datetime-local",
        "color",
        "checkbox",
    }
)


def carries(form: Form) -> bool:
    """Whether the form carries what it showed."""
    return any(name == SHOWN or name.endswith(f"-{SHOWN}") for name in form.names)


def shows_values(form: Form) -> bool:
    """Whether a form that acts shows something in its fields already (a choice always shows one)."""
    return form.method == "post" and any(
        control.kind in _VISIBLE - {"select"} and control.value for control in form.controls
    )


def other_value(control: Control, turn: int) -> str:
    """Another value of the same sort, different for each ``turn`` from 1."""
    value = control.value or ""
    if control.kind == "select":
        return [choice for choice in control.choices if choice and choice != value][turn - 1]
    if control.kind == "date":
        return (date.fromisoformat(value or "1980-01-01") + timedelta(days=turn)).isoformat()
    if control.kind == "datetime-local":
        return (datetime.fromisoformat(value) + timedelta(minutes=turn)).isoformat(timespec="minutes")
    if control.kind == "number" or re.fullmatch(r"-?\d+(\.\d+)?", value):
        return str(Decimal(value or 0) + turn)
    if value.startswith("#"):
        return f"{value[:-1]}{(int(value[-1], 16) + turn) % 16:x}"
    return value + "xyz"[turn - 1]


@dataclass(slots=True)
class Hand:
    """One browser with one form, as its page was when it was opened; ``at`` is where the form is shown."""

    client: Client
    at: str
    form: Form

    @classmethod
    def open(cls, client: Client, at: str, address: str) -> Hand:
        """The form that is sent to ``address``, from the page ``at``."""
        return cls(client, at, find_form(client.get(at).content.decode(), at, address))

    def control(self, name: str) -> Control:
        return next(one for one in self.form.controls if one.name == name)

    def value(self, name: str) -> str | None:
        return self.control(name).value

    def send(self, changes: Mapping[str, str | None]) -> Any:
        """The answer to the form with ``changes``; None takes a field away."""
        data: dict[str, list[str]] = {}
        for control in self.form.controls:
            if control.value is not None and control.kind != "file":
                data.setdefault(control.name, []).append(control.value)
        for name, value in changes.items():
            data.pop(name, None)
            if value is not None:
                data[name] = [value]
        return self.client.post(self.form.path, data)

    def go_on(self, answer: Any) -> Hand:
        """The form as it came back."""
        path = self.form.path
        return Hand(self.client, self.at, find_form(answer.content.decode(), path, self.form.address))


def find_form(html: str, path: str, address: str) -> Form:
    """The form of the page that is sent to ``address`` and carries what it showed."""
    found = [form for form in forms_of(html, path) if form.address == address and carries(form)]
    assert found, f"no form to {address} on {path} carries what it showed"
    return found[0]
