"""Asking ShipCompliant's REST API (version 1). Its errors become the protocol's: later, who knows, or no.

An error names what it is about (``target``) and whose fault it is (``type``); a status of 200 may carry a failure too.
"""

from __future__ import annotations

import base64
from typing import Any

import structlog
from django.conf import settings

from tirage.compliance.protocol import ServiceBusy, ServiceRefused, ServiceSilent
from tirage.core.asking import Answer, NoAnswer, ask_json

NAME = "ShipCompliant"
#: Seconds for a call that nobody waits for.
TIMEOUT = 30.0
_log = structlog.get_logger(__name__)


class Refused(ServiceRefused):
    """It found the call wrong; ``targets`` is what it was about, in its words."""

    def __init__(self, message: str, status: int, targets: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.status, self.targets = status, targets


def ask(method: str, path: str, body: Any = None, *, seconds: float = TIMEOUT) -> dict[str, Any]:
    """The answer's body. Raises Refused, ServiceBusy, ServiceSilent."""
    try:
        answer = ask_json(
            method,
            f"{settings.TIRAGE_SOVOS_API_BASE}/api/v1/{path}",
            headers={"authorization": f"Basic {_key()}", "User-Agent": "Tirage"},
            body=body,
            seconds=seconds,
        )
    except NoAnswer as problem:
        _log.warning("sovos_gave_no_answer", problem=str(problem))
        raise ServiceSilent from None
    return _judge(answer)


def _key() -> str:
    return base64.b64encode(
        f"{settings.TIRAGE_SOVOS_USER}:{settings.TIRAGE_SOVOS_PASSWORD}".encode()
    ).decode()


def _judge(answer: Answer) -> dict[str, Any]:
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status == 429:
        raise ServiceBusy(answer.retry_after)
    if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
        raise ServiceSilent
    if answer.status < 300 and not isinstance(answer.body, dict):
        raise ServiceSilent
    if answer.status in (401, 403):
        _log.error("sovos_refuses_our_key")
        words = f"{NAME} refuses the sign-in. Set TIRAGE_SOVOS_USER and TIRAGE_SOVOS_PASSWORD to a web service user’s."
        raise Refused(words, answer.status)
    if answer.status >= 400 or body.get("responseStatus") == "Failure":
        raise _refusal(answer.status, body)
    return body


def _refusal(status: int, body: dict[str, Any]) -> Refused | ServiceSilent:
    errors = [one for one in _list(body.get("errors")) if isinstance(one, dict)]
    if any(one.get("type") == "Server" for one in errors):
        return ServiceSilent()
    said = [str(one.get("message") or one.get("code") or "") for one in errors]
    words = "; ".join(text.rstrip(".") for text in said if text) or f"it answered with {status}"
    targets = frozenset(str(one.get("target", "")) for one in errors)
    return Refused(f"{NAME} refused: {words}."[:300], status, targets)


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
