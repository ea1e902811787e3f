"""Buyers as they are: a browser each, who press again when nothing came, and remember what they were told."""

from __future__ import annotations

import http.client
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from tests.web.odd.forms import Form, forms_of
from tirage.bench.load import Browser

_ORDER = re.compile(r"/orders/(ORD-[A-Z0-9]+)/")
_RECEIPT = re.compile(r"/orders/(ORD-[A-Z0-9]+)/receipt/")
#: How often somebody presses again before going away.
TRIES = 200


class Gone(Exception):
    """The driver is over."""


@dataclass(slots=True)
class Told:
    """What all buyers saw. ``placed`` are orders that they were given a receipt of, ``listed`` those in their lists,
    some of which are still being paid; ``faults`` are answers that nobody should get."""

    placed: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    changes: int = 0
    lock: Lock = field(default_factory=Lock)
    over: Event = field(default_factory=Event)

    @property
    def answered(self) -> int:
        """Answers of the shop itself, not of one that is away."""
        return sum(count for status, count in self.answers.items() if status != 503)


@dataclass(slots=True)
class Buyer:
    """One person with a browser: ``link`` signs in, ``items`` are what to take."""

    told: Told
    port: int
    link: str
    items: list[int]
    chance: random.Random
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(self._connection())

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def live(self) -> None:
        """Signs in, buys, and changes the order once or twice."""
        self.send("GET", self.link)
        reference = self.buy()
        for _ in range(2):
            if reference:
                self.change(reference)
        for reference in self.own_orders():
            with self.told.lock:
                self.told.listed.add(reference)

    def buy(self) -> str:
        """Takes the bottles and places the order; whatever happened, the orders page says what came of it."""
        for _ in range(3):
            _, page = self.page("/offer/")
            form = next((form for form in forms_of(page, "/offer/") if _has(form, "bottles_")), None)
            if form:
                values = _values(form) | {f"bottles_{item}": "1" for item in self.items} | {"act": "hold"}
                self.send("POST", form.path, values)
            _, page = self.page("/checkout/")
            form = next(
                (form for form in forms_of(page, "/checkout/") if form.address == "storefront:place"), None
            )
            if form:
                where, _ = self.send("POST", form.path, _values(form) | {"adult": "1"})
                if found := _RECEIPT.search(where):
                    with self.told.lock:
                        self.told.placed.add(found[1])
                    return found[1]
                if where:
                    self.page(where)
            if own := self.own_orders():
                return own[0]
        return ""

    def change(self, reference: str) -> None:
        """A bottle more or less; confirmed as the page shows it."""
        _, page = self.page(f"/orders/{reference}/")
        form = next((form for form in forms_of(page, "/") if form.address == "storefront:begin_change"), None)
        if form is None:
            return
        where, _ = self.send("POST", form.path, _values(form))
        if "/orders/change/" not in where:
            return
        _, page = self.page(where)
        form = next((form for form in forms_of(page, where) if _has(form, "pieces-")), None)
        if form is None:
            return
        field_name = next(name for name in form.names if name.startswith("pieces-"))
        values = _values(form) | {field_name: self.chance.choice("0123"), "act": "update"}
        _, page = self.send("POST", form.path, values)
        confirm = next((form for form in forms_of(page, where) if _says(form, "confirm")), None)
        if confirm is None:
            return
        _, _ = self.send("POST", confirm.path, _values(confirm))
        with self.told.lock:
            self.told.changes += 1

    def own_orders(self) -> list[str]:
        _, page = self.page("/orders/")
        return list(dict.fromkeys(_ORDER.findall(page)))

    def page(self, path: str) -> tuple[str, str]:
        return self.send("GET", path)

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Where it leads to and the page; pressed again while the shop is away. Sent again, nothing is done twice."""
        pause = Event()
        for _ in range(TRIES):
            if self.told.over.is_set():
                raise Gone
            try:
                status, where, body = self.browser.send(method, path, form)
            except (OSError, http.client.HTTPException):
                with self.told.lock:
                    self.told.broken += 1
                self.browser.connection.close()
                self.browser.connection = self._connection()
                pause.wait(0.1)
                continue
            with self.told.lock:
                self.told.answers[status] += 1
            if status == 503 and self._is_calm(body):
                pause.wait(0.1)
                continue
            if status >= 500:
                words = re.sub(r"<[^<>]*>|\s+", " ", body.decode(errors="replace"))[:600]
                with self.told.lock:
                    self.told.faults.append(f"{method} {path}: {status} {words}")
            return where, body.decode(errors="replace")
        raise AssertionError(f"the shop never answered {method} {path}")

    @staticmethod
    def _is_calm(body: bytes) -> bool:
        """A 503 with words for people."""
        return b"try again" in body or b"Nothing is lost" in body


def _values(form: Form) -> dict[str, str]:
    """What the form says as it stands; its steppers are pressed by nobody here."""
    said = (control for control in form.controls if control.name != "step")
    return {control.name: control.value for control in said if control.value is not None}


def _has(form: Form, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in form.names)


def _says(form: Form, act: str) -> bool:
    return any(control.name == "act" and control.value == act for control in form.controls)


def crowd(told: Told, port: int, people: list[dict[str, Any]], chance: random.Random) -> Callable[[], None]:
    """What each of some threads does: one person after the other, until all are gone or the driver is over."""
    waiting = iter([(person, random.Random(chance.random())) for person in people])

    def live() -> None:
        while True:
            with told.lock:
                found = next(waiting, None)
            if found is None or told.over.is_set():
                return
            person, own_chance = found
            buyer = Buyer(told, port, person["link"], person["items"], own_chance)
            try:
                buyer.live()
            except Gone:
                return
            except Exception as problem:
                with told.lock:
                    told.faults.append(f"{type(problem).__name__}: {problem}")
            finally:
                buyer.browser.connection.close()

    return live
