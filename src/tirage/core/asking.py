"""Asking another company's server for JSON: outside of any transaction, within a time limit for the whole of it.

A socket's own timeout counts anew with every byte, so a server that drips would hold a customer's page for ever.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tirage.core.locks import refuse_inside_transaction

#: No answer that we ask for is longer.
MOST_BYTES = 4_000_000
#: Bytes between two looks at the clock.
_PORTION = 16_384


class NoAnswer(Exception):
    """None in time, half of one, or one that can't be read: what was asked may have been done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status is; ``body`` is None where there was nothing."""

    status: int
    body: Any
    #: Seconds after which it wants to be asked again; None where it doesn't say.
    retry_after: int | None = None


def ask_json(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Any = None,
    seconds: float,
) -> Answer:
    """One call of ``method`` to ``url``, ``body`` as JSON; never redirected. Raises NoAnswer, and RuntimeError inside a
    transaction."""
    refuse_inside_transaction()
    parts = urlsplit(url)
    opened = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    ends = time.monotonic() + seconds
    connection = opened(parts.netloc, timeout=seconds)
    sent = {"Accept": "application/json", **headers}
    if body is not None:
        sent["Content-Type"] = "application/json"
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request(method, path, json.dumps(body).encode() if body is not None else None, sent)
        response = connection.getresponse()
        return _answer(response, _whole(connection, response, ends))
    except (OSError, HTTPException) as problem:
        raise NoAnswer(type(problem).__name__) from None
    finally:
        connection.close()


def _whole(connection: HTTPConnection, response: HTTPResponse, ends: float) -> bytes:
    found = bytearray()
    while True:
        left = ends - time.monotonic()
        if left <= 0 or len(found) > MOST_BYTES:
            raise NoAnswer("too slow or too long")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        portion = response.read1(_PORTION)
        if not portion:
            break
        found += portion
    if response.length:
        raise NoAnswer("cut off")
    return bytes(found)


def _answer(response: HTTPResponse, found: bytes) -> Answer:
    wait = response.getheader("Retry-After", "").strip()
    after = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else None
    try:
        body = json.loads(found) if found.strip() else None
    except (ValueError, RecursionError):
        if response.status < 400:
            raise NoAnswer("not JSON") from None
        body = None
    return Answer(response.status, body, after)
