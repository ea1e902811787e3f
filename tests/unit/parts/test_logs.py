"""What the log keeps, and what it must not."""

from __future__ import annotations

import json
import logging

import pytest

from tirage.parts.logs import line_formatter


def line_of(message: str, *args: object, problem: Exception | None = None) -> dict[str, str]:
    """The log's line of an entry."""
    caught = (type(problem), problem, None) if problem else None
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, message, args, caught)
    line: dict[str, str] = json.loads(line_formatter().format(record))
    return line


@pytest.mark.parametrize("room", ["pay", "card", "in", "sign-in", "stripe/confirm"])
def test_an_address_that_is_a_permission_is_not_kept(room: str) -> None:
    said = line_of("Internal Server Error: %s", f"/{room}/LNK-1.abc_DEF-9/")
    assert said["event"] == f"Internal Server Error: /{room}/…/" and said["level"] == "error"
    told = line_of("It failed", problem=ValueError(f"https://shop.example.com/{room}/LNK-1.abc_DEF-9/"))
    assert "abc_DEF-9" not in json.dumps(told) and f"/{room}/…/" in told["exception"]


@pytest.mark.parametrize(
    "path", ["/orders/ORD-7K2M9Q/", "/sign-in/code/", "/winery/payments/PAY-1/", "/pay/"]
)
def test_other_addresses_are_kept(path: str) -> None:
    assert line_of("Internal Server Error: %s", path)["event"].endswith(f": {path}")
