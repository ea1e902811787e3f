"""Sends what nobody should to every address, undoes it, and keeps what went wrong."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client

from tests.web.declared import undone
from tests.web.odd.forms import address_of
from tests.web.odd.watching import names_read, tables_written
from tirage.core.winery import forget_winery

#: A page of the back office that asks for nearly nothing.
LIGHT = "/winery/search"
Pairs = Sequence[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "odd-boundary"
MULTIPART = f"multipart/form-data; boundary={_BOUNDARY}"
#: Written whatever the answer is: who is signed in, and who tries how often.
_TRIES = frozenset({"staff_session", "backoffice_sharedmemory", "core_wrongtries", "core_try"})
#: What a refusal leaves on purpose, by address: a change is kept as it was typed and judged as it is; a try to pay by
#: a link counts.
_KEPT = {
    # The day of birth that refuses somebody stays, so that nobody types another.
    "storefront:adult": {"customers_customer", "core_event"},
    "storefront:change": {
        "changes_changedraft",
        "changes_changedraftline",
        "changes_changedraftcharge",
        "checkout_cart",
        "inventory_hold",
        "core_event",
    },
    "backoffice:change": {
        "changes_changedraft",
        "changes_changedraftline",
        "changes_changedraftcharge",
        "checkout_cart",
        "inventory_hold",
        "core_event",
    },
    "storefront:pay": {"core_event"},
    "storefront:card_link": {"core_event"},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 500 when something broke; ``wrote`` are the tables that were written to."""

    status: int
    body: str
    location: str
    wrote: tuple[str, ...]
    #: The names that it asked for in what was sent.
    read: frozenset[str] = frozenset()


@dataclass(slots=True)
class Search:
    """``faults``: where in the code, what, and the first request that showed it; ``asked`` counts requests."""

    faults: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    #: Pages that were led to.
    shown: set[str] = field(default_factory=set)

    def send(
        self,
        client: Client,
        method: str,
        path: str,
        body: bytes = b"",
        kind: str = FORM,
        said: str = "",
        **headers: Any,
    ) -> Answer:
        """One request, and the page that it leads to; both undone. ``said`` names what is odd about it."""
        cookies = copy.deepcopy(client.cookies)
        self.asked += 1
        story = f"{method.upper()} {path[:200]} {said[:300]}"
        try:
            with undone(), tables_written() as wrote:
                with names_read() as names:
                    answer = client.generic(method.upper(), path, body, content_type=kind, **headers)
                    text = _text(answer)
                leads = answer.headers.get("Location", "")
                found = Answer(answer.status_code, text, leads, tuple(wrote), frozenset(names))
                self._judge(found, path, story)
                if leads.startswith("/"):
                    # What was taken must be fit to be shown.
                    self.asked += 1
                    shown = self._shown_next(leads, found.wrote)
                    after = client.get(shown)
                    _text(after)
                    self._judge(Answer(after.status_code, "", "", ()), shown, f"{story}, then GET {shown}")
                if wrote and connection.vendor == "sqlite":
                    connection.check_constraints()
        except Exception as problem:
            self._note(_where(problem), f"{story}\n{''.join(traceback.format_exception(problem)[-1:])}")
            found = Answer(500, "", "", ())
        client.cookies = cookies
        forget_winery()
        return found

    def _shown_next(self, leads: str, wrote: tuple[str, ...]) -> str:
        """When nothing was taken, a page that was shown before is the same: what is said is read on a lighter one."""
        is_known = leads in self.shown and not set(wrote) - _TRIES
        self.shown.add(leads)
        return LIGHT if is_known and leads.startswith("/winery/") else leads

    def _judge(self, answer: Answer, path: str, story: str) -> None:
        if answer.status >= 500 and answer.status != 503:
            self._note(f"answer {answer.status}", story)
        left = set(answer.wrote) - _TRIES - _KEPT.get(address_of(path), set())
        if answer.status >= 400 and left:
            self._note(f"refused with {answer.status}, yet written: {sorted(left)}", story)

    def _note(self, what: str, story: str) -> None:
        self.faults.setdefault(what, story)

    def report(self) -> str:
        return "\n\n".join(f"{what}\n  {story}" for what, story in self.faults.items())


def encoded(pairs: Pairs) -> bytes:
    """As a browser's form; half characters stay as their bytes."""
    return urlencode(
        [
            (name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
            for name, value in pairs
        ]
    ).encode()


def in_parts(pairs: Pairs, files: dict[str, tuple[str, bytes]]) -> bytes:
    """The same as multipart/form-data, with files by name."""
    pieces = [_part(f'name="{name}"', value.encode("utf-8", "surrogatepass")) for name, value in pairs]
    pieces += [
        _part(f'name="{name}"; filename="{called}"\r\nContent-Type: text/csv', data)
        for name, (called, data) in files.items()
    ]
    return b"".join(pieces) + f"--{_BOUNDARY}--\r\n".encode()


def _part(said: str, data: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {said}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _text(answer: Any) -> str:
    if answer.streaming:
        return b"".join(answer.streaming_content).decode(errors="replace")
    return str(answer.content.decode(errors="replace"))


def _where(problem: BaseException) -> str:
    ours = [
        frame for frame in traceback.extract_tb(problem.__traceback__) if "/src/tirage/" in frame.filename
    ]
    place = f"{ours[-1].filename.rpartition('/src/')[2]}:{ours[-1].lineno}" if ours else "elsewhere"
    return f"{type(problem).__name__} at {place}: {str(problem)[:200]}"
