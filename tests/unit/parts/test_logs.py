"""What the log keeps, and what it must not."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from tests.web.addresses import addresses
from tirage.parts.logs import guard_records, hide, keep_secret, line_formatter

KEY = "LNK-1.abc_DEF-9"


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


@pytest.fixture
def _in_no_request() -> Iterator[None]:
    keep_secret("")
    yield
    keep_secret("")


def plainly(message: object, *args: object, problem: Exception | None = None) -> str:
    """The entry as another library's or server's handler would write it, whatever ours do."""
    guard_records()
    make = logging.getLogRecordFactory()
    caught = (type(problem), problem, problem.__traceback__) if problem else None
    record = make("gunicorn.access", logging.INFO, __file__, 1, message, args, caught)
    return logging.Formatter("%(message)s").format(record)


def test_each_address_with_a_key_loses_it() -> None:
    """Whoever adds an address whose last part is a permission adds it to the list."""
    keyed = [one for one in addresses() if re.search(r"<(str:)?(token|slug:token|key|slug)>", one.path)]
    keyed = [one for one in keyed if not one.path.startswith("winery/") or "key" in one.path]
    assert {one.name.rpartition(":")[2] for one in keyed} >= {
        "sign_in_link", "campaign_link", "pay", "card_link", "unsubscribe", "account_reset_password_from_key",
    }  # fmt: skip
    for one in keyed:
        plain = re.sub(r"\(\?P<uidb36>.*", f"1a-{KEY}/", one.path.replace("^", ""))
        path = "/" + re.sub(r"<[^>]*>", KEY, plain)
        assert KEY not in hide(path) and hide(path).endswith("/…/"), one.path


@pytest.mark.parametrize(
    "text",
    [
        f'203.0.113.7 - "GET /pay/{KEY}/ HTTP/1.1" 200',
        f"/sign-in/?next=%2Fpay%2F{KEY}%2F",
        f"https://shop.example.com/winery/sign-in/password/reset/key/1a-{KEY}/",
        f"<WSGIRequest: POST '/unsubscribe/{KEY}/'>",
        f"referer=http://x/card/{KEY}/?saved=1",
    ],
)
def test_it_is_hidden_however_it_is_written(text: str) -> None:
    assert KEY not in hide(text) and "…" in hide(text)
    assert hide(f"{text} twice {text}").count("…") == 2


def test_the_doors_own_pages_are_not_taken_for_keys() -> None:
    for path in (
        "/winery/sign-in/password/change/",
        "/winery/sign-in/devices/",
        "/sign-in/?next=%2Forders%2F",
    ):
        assert hide(path) == path


@pytest.mark.usefixtures("_in_no_request")
def test_records_of_other_libraries_lose_it_before_any_handler_sees_them() -> None:
    facts = {"path": f"/in/{KEY}/", "status": 200}
    lines = [
        plainly("%s", f"/pay/{KEY}/"),
        plainly("%(path)s %(status)d", facts),
        plainly(ValueError(f"no such page: /pay/{KEY}/")),
        plainly("failed", problem=ValueError(f"/card/{KEY}/")),
        plainly({"event": "x", "nested": [f"/pay/{KEY}/"]}),
    ]
    assert [line for line in lines if KEY in line] == []
    assert all("…" in line for line in lines) and lines[1] == "/in/…/ 200"


@pytest.mark.usefixtures("_in_no_request")
def test_a_key_in_the_words_of_an_error_is_hidden_too() -> None:
    """Of the request under way: an error may quote it without its address."""
    error = ValueError(f"Reverse for 'pay' with arguments ('{KEY}',) not found")
    assert KEY in plainly("failed", problem=error)
    keep_secret(f"/pay/{KEY}/?saved=1")
    assert KEY not in plainly("failed", problem=error)
    assert KEY not in json.dumps(line_of("failed", problem=error))
