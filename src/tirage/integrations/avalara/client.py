"""Asking AvaTax (REST, version 2). Its errors become the protocol's: later, who knows, or no.

An error has a name (``code``) and details, each with words of its own.
"""

from __future__ import annotations

import base64
from typing import Any

import structlog
from django.conf import settings

from tirage.compliance.protocol import ServiceBusy, ServiceRefused, ServiceSilent
from tirage.core.asking import Answer, NoAnswer, ask_json

NAME = "Avalara"
#: Seconds for a call that nobody waits for.
TIMEOUT = 30.0
#: It asks every program for its name, version and machine.
_PROGRAM = "Tirage; 1.0; Tirage; 1.0; server"
#: Its names of faults of its own.
_THEIRS = frozenset({"ServerConfiguration", "ServerUnreachable", "TaxServiceTimeout", "TimeoutRequested"})
_log = structlog.get_logger(__name__)


class Refused(ServiceRefused):
    """It found the call wrong; ``codes`` are its own names for why."""

    def __init__(self, message: str, status: int, codes: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.status, self.codes = status, codes


def ask(method: str, path: str, body: Any = None, *, seconds: float = TIMEOUT) -> dict[str, Any]:
    """The answer's body, empty where there is none. Raises Refused, ServiceBusy, ServiceSilent."""
    try:
        answer = ask_json(
            method,
            f"{settings.TIRAGE_AVALARA_API_BASE}/api/v2/{path}",
            headers={"authorization": f"Basic {_key()}", "X-Avalara-Client": _PROGRAM},
            body=body,
            seconds=seconds,
        )
    except NoAnswer as problem:
        _log.warning("avalara_gave_no_answer", problem=str(problem))
        raise ServiceSilent from None
    return _judge(answer)


def _key() -> str:
    return base64.b64encode(
        f"{settings.TIRAGE_AVALARA_ACCOUNT}:{settings.TIRAGE_AVALARA_LICENSE_KEY}".encode()
    ).decode()


def _judge(answer: Answer) -> dict[str, Any]:
    if answer.status == 429:
        raise ServiceBusy(answer.retry_after)
    if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
        raise ServiceSilent
    if answer.status < 300:
        if answer.body is not None and not isinstance(answer.body, dict):
            raise ServiceSilent
        return answer.body or {}
    raise _refusal(answer)


def _refusal(answer: Answer) -> Refused | ServiceSilent:
    codes, said = _read(answer.body)
    if codes & _THEIRS:
        return ServiceSilent()
    if answer.status == 401:
        _log.error("avalara_refuses_our_key")
        words = (
            f"{NAME} refuses the key. Set TIRAGE_AVALARA_ACCOUNT and TIRAGE_AVALARA_LICENSE_KEY to those that its "
            "account settings show."
        )
        return Refused(words, answer.status, codes)
    if answer.status == 403:
        words = f"{NAME} doesn’t let this key do that: beverage alcohol needs its own subscription ({said})."
        return Refused(words[:300], answer.status, codes)
    return Refused(f"{NAME} refused: {said}."[:300], answer.status, codes)


def _read(body: Any) -> tuple[frozenset[str], str]:
    """The names of what is wrong, and what it says of it."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return frozenset(), "it gives no reason"
    details = error.get("details")
    # The documentation shows a list, and one object.
    listed = details if isinstance(details, list) else [details]
    found = [one for one in listed if isinstance(one, dict)]
    codes = {str(one.get("code", "")) for one in (error, *found)} - {""}
    said = [str(one.get("message") or one.get("description") or "").rstrip(".") for one in found]
    words = "; ".join(filter(None, said)) or str(error.get("message") or "it gives no reason").rstrip(".")
    return frozenset(codes), words
