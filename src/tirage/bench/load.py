"""The crowd: customers who sign in by link and then buy, each step one request over a kept connection.

    python -m tirage.bench.load PORT AT_ONCE < crowd.json > result.json

The first line names the people; then commands arrive as JSON lines (``sign_in`` or ``buy`` for a slice of them,
``step`` for one person's journey step by step, ``bare`` for journeys through the bare view), each answered by a line
of results.
A process of its own, so that its processor time is not counted as the shop's.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlencode

HOST = "bench.example"
#: Wide, so many groups, each with an offer of so many wines of its own; hot, one such group.
WIDE_GROUPS, WINES_AN_OFFER = 40, 8
STEPS = ("offer", "hold", "review", "place", "receipt")
_FIELD = re.compile(rb'<input[^>]*\bname="([a-z_]+)"[^>]*>')
_VALUE = re.compile(rb'\bvalue="([^"]*)"')


class Failed(RuntimeError):
    """A step did not lead where it should."""


class Browser:
    """One customer's device: cookies and a kept connection, as a proxy in front of the shop would send it."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.connection = connection
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, bytes]:
        """Status, where it leads to, and the body."""
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.7",
            "Referer": f"https://{HOST}/offer/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, kept = value.partition(";")[0].partition("=")
                self.cookies[key] = kept
        return response.status, response.getheader("Location", ""), content


def fields(page: bytes) -> dict[str, str]:
    """The hidden and chosen inputs of a page, by name."""
    found: dict[str, str] = {}
    for match in _FIELD.finditer(page):
        tag, name = match.group(0), match.group(1).decode()
        value = _VALUE.search(tag)
        if b'type="radio"' in tag and b"checked" not in tag:
            continue
        if b'type="hidden"' in tag or b'type="radio"' in tag:
            found[name] = value.group(1).decode() if value else ""
    return found


def sign_in(browser: Browser, person: dict[str, Any]) -> list[float]:
    """Follows the link of a campaign mail; milliseconds."""
    began = time.perf_counter()
    status, _, body = browser.send("GET", person["link"])
    if status not in (302, 303) or "tirage_customer" not in browser.cookies:
        raise Failed(f"sign-in: {status} {body[:300]!r}")
    person["cookies"] = browser.cookies
    return [(time.perf_counter() - began) * 1000]


def step(
    browser: Browser,
    method: str,
    path: str,
    form: dict[str, str] | None = None,
    expected: tuple[int, ...] = (302, 303),
) -> tuple[float, str, bytes]:
    """One request; milliseconds, where it leads to, and the body. Raises Failed on another status than expected."""
    began = time.perf_counter()
    status, location, body = browser.send(method, path, form)
    took = (time.perf_counter() - began) * 1000
    if status not in expected:
        words = re.sub(rb"<[^<>]*>", b" ", body)[:1500]
        raise Failed(f"{method} {path}: {status} {location} {words!r}")
    return took, location, body


def journey(browser: Browser, person: dict[str, Any]) -> Iterator[float]:
    """The whole journey, paused after each step; the milliseconds that the step took."""
    browser.cookies = dict(person["cookies"])
    took, _, page = step(browser, "GET", "/offer/", expected=(200,))
    yield took
    key = fields(page)["csrfmiddlewaretoken"]
    chosen = {f"bottles_{item}": "1" for item in person["items"]}
    took, _, _ = step(browser, "POST", "/cart/", {"csrfmiddlewaretoken": key, "act": "hold", **chosen})
    yield took
    took, _, page = step(browser, "GET", "/checkout/", expected=(200,))
    yield took
    took, receipt, _ = step(browser, "POST", "/checkout/place/", {**fields(page), "adult": "1"})
    if "receipt" not in receipt:
        raise Failed(f"placing led to {receipt}")
    yield took
    took, _, _ = step(browser, "GET", receipt, expected=(200,))
    yield took


def buy(browser: Browser, person: dict[str, Any]) -> list[float]:
    """The whole journey; milliseconds of each step."""
    return list(journey(browser, person))


def bare(browser: Browser, person: dict[str, Any]) -> list[float]:
    """The journey through the bare view (see bare.py): page, hold, place; milliseconds of each."""
    form = {name: str(person[name]) for name in ("holder", "one", "two")}
    steps = (
        step(browser, "GET", f"/page/{person['first']}/{person['last']}/", expected=(200,)),
        step(browser, "POST", "/hold/", form, expected=(200,)),
        step(browser, "POST", "/place/", form, expected=(200,)),
    )
    return [took for took, _, _ in steps]


ACTS = {"sign_in": sign_in, "buy": buy, "bare": bare}


def rush(port: int, at_once: int, act: str, people: list[dict[str, Any]]) -> dict[str, Any]:
    """Everybody, so many at once; the times of each step and how long it all took."""
    waiting: SimpleQueue[dict[str, Any]] = SimpleQueue()
    for person in people:
        waiting.put(person)

    def serve_some(_: int) -> tuple[list[list[float]], list[str]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        done: list[list[float]] = []
        failed: list[str] = []
        while not waiting.empty():
            person = waiting.get()
            try:
                done.append(ACTS[act](Browser(connection), person))
            except (Failed, OSError, http.client.HTTPException) as problem:
                failed.append(str(problem))
                connection.close()
        connection.close()
        return done, failed

    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as crowd:
        parts = list(crowd.map(serve_some, range(at_once)))
    return {
        "seconds": time.perf_counter() - began,
        "times": [times for done, _ in parts for times in done],
        "failed": [problem for _, failed in parts for problem in failed],
    }


def main(port: int, at_once: int) -> None:
    crowd: dict[str, list[dict[str, Any]]] = json.loads(sys.stdin.readline())
    alone: Iterator[float] = iter(())
    for line in sys.stdin:
        order = json.loads(line)
        people = crowd[order["scenario"]][order["from"] : order["to"]]
        if order["act"] == "step":
            if order["step"] == 0:
                alone = journey(Browser(http.client.HTTPConnection("127.0.0.1", port, timeout=60)), people[0])
            answer: dict[str, Any] = {"times": [[next(alone)]], "failed": []}
        else:
            answer = rush(port, at_once, order["act"], people)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
