"""What stand-ins for compliance services have in common: a server on this machine that a test gives its troubles."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

USER, PASSWORD = "webservice@ridge.example.com", "a-key-of-the-tests"


class Trouble(StrEnum):
    """The next answer is none: cut before or after the call is done, half of it, dripped, no JSON, another JSON."""

    CUT = "cut"
    CUT_AFTER = "cut after"
    HALF = "half"
    DRIP = "drip"
    PAGE = "page"
    EMPTY = "empty"
    LIST = "list"


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    body: Any


class Answer(Exception):
    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body


class ServiceThere:
    """What a stand-in knows; ``troubles`` are given instead of the next answers, each once, None as usual."""

    #: The addresses begin so.
    prefix = ""

    def __init__(self) -> None:
        self.user, self.password = USER, PASSWORD
        self.calls: list[Call] = []
        self.troubles: list[int | tuple[int, Any] | Trouble | None] = []
        #: What it asks to wait with a 429.
        self.retry_after = "7"
        #: States that no wine may be shipped to, and pieces that one customer may have in committed orders.
        self.closed: set[str] = {"UT"}
        self.most = 1_000
        self.lock = threading.Lock()

    def count(self, method: str, part: str) -> int:
        return sum(one.method == method and part in one.path for one in self.calls)

    # What the tests ask of every stand-in.

    def state_of(self, key: str) -> str:
        """``none``, ``kept``, ``committed`` or ``void``."""
        raise NotImplementedError

    def pieces_of(self, key: str) -> dict[str, int]:
        raise NotImplementedError

    def counted(self, customer: str) -> int:
        """Pieces that count against the customer's limit."""
        raise NotImplementedError

    def answer(self, call: Call) -> tuple[int, Any]:
        raise NotImplementedError

    def unauthorised(self, call: Call) -> tuple[int, Any]:
        raise NotImplementedError


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    there: ServiceThere

    def _serve(self) -> None:
        there, parts = self.there, urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path.removeprefix(there.prefix)).strip("/")
        call = Call(self.command, path, query, json.loads(raw) if raw.strip() else None)
        with there.lock:
            there.calls.append(call)
            trouble = there.troubles.pop(0) if there.troubles else None
            status, body = self._answer(call, trouble)
        self._say(status, body, trouble)

    def _answer(self, call: Call, trouble: Any) -> tuple[int, Any]:
        there = self.there
        if trouble is Trouble.CUT:
            return 0, None
        if isinstance(trouble, Trouble) and trouble is not Trouble.CUT_AFTER and trouble is not Trouble.HALF:
            return 200, {Trouble.PAGE: "<html>", Trouble.LIST: [1], Trouble.EMPTY: {}}.get(trouble, {"a": 1})
        if isinstance(trouble, int):
            return trouble, {}
        if isinstance(trouble, tuple):
            return trouble
        sent = f"{there.user}:{there.password}".encode()
        if self.headers.get("Authorization") != f"Basic {base64.b64encode(sent).decode()}":
            return there.unauthorised(call)
        try:
            return there.answer(call)
        except Answer as refused:
            return refused.status, refused.body

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names that the server asks for

    def _say(self, status: int, body: Any, trouble: Any) -> None:
        if trouble in (Trouble.CUT, Trouble.CUT_AFTER):
            self.close_connection = True
            return
        text = (
            body.encode()
            if trouble is Trouble.PAGE
            else json.dumps(body).encode()
            if body is not None
            else b""
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if status == 429 and self.there.retry_after:
            self.send_header("Retry-After", self.there.retry_after)
        self.send_header("Content-Length", str(len(text) * (3 if trouble is Trouble.HALF else 1)))
        if trouble is Trouble.HALF:
            self.close_connection = True
        self.end_headers()
        if trouble is Trouble.DRIP:
            self._drip(text)
        else:
            self.wfile.write(text)

    def _drip(self, text: bytes) -> None:
        """A byte at a time, each within anybody's patience."""
        self.close_connection = True
        try:
            for one in text:
                self.wfile.write(bytes([one]))
                self.wfile.flush()
                time.sleep(0.2)
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(there: ServiceThere) -> Iterator[str]:
    """Its address while it serves."""
    handler = type("Handler", (_Handler,), {"there": there})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
