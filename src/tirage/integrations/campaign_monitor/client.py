"""Asking Campaign Monitor through its own library. Its errors become the protocol's: later, who knows, or no.

The library reads answers of every status as JSON and tells a limit from a refusal by words only, so the status is
looked at first.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Any, TypeVar

import structlog
from createsend import BadRequest, Client, ClientError, CreateSend, List, NotFound, Subscriber, Unauthorized
from createsend.createsend import ServerError
from django.conf import settings

from tirage.core.locks import refuse_inside_transaction
from tirage.marketing.protocol import ServiceBusy, ServiceRefused, ServiceSilent

#: Seconds to connect, and to wait for an answer: a thousand subscribers take theirs a while.
TIMEOUT = 30
NAME = "Campaign Monitor"
#: Its codes of a key that isn't known, was taken back, or lacks a permission.
_KEY = frozenset({50, 60, 100, 120, 121, 122})

T = TypeVar("T")
_log = structlog.get_logger(__name__)

# The library would tell which system this is.
CreateSend.user_agent = "Tirage"


class Refused(ServiceRefused):
    """It found the call wrong; ``code`` is its own."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class _TooManyCalls(Exception):
    pass


class _Careful:
    """Before the library reads an answer."""

    timeout = TIMEOUT

    def handle_response(self, status: int, data: bytes) -> Any:
        if status == 429:
            raise _TooManyCalls
        if status >= 500 or status < 200 or 300 <= status < 400:
            raise ServerError(f"status {status}")
        return super().handle_response(status, data)  # type: ignore[misc]  # the library's, beside which it stands


class Account(_Careful, CreateSend):
    pass


class AccountClient(_Careful, Client):
    pass


class MailingListThere(_Careful, List):
    pass


class SubscriberThere(_Careful, Subscriber):
    pass


def key() -> dict[str, str]:
    """What the library signs in with."""
    CreateSend.base_uri = settings.TIRAGE_CAMPAIGN_MONITOR_API_BASE
    return {"api_key": settings.TIRAGE_CAMPAIGN_MONITOR_API_KEY}


def ask(act: Callable[[], T]) -> T:
    """Runs one call, outside of any transaction. Raises Refused, ServiceBusy, ServiceSilent."""
    refuse_inside_transaction()
    try:
        return act()
    except _TooManyCalls:
        raise ServiceBusy from None
    except Unauthorized as refused:
        raise _unauthorised(refused) from None
    except BadRequest as refused:
        code, message = _read(refused)
        raise Refused(f"{NAME} refused: {message}", code) from None
    except NotFound:
        raise Refused(f"{NAME} has no such list any more. Let go of it here, and choose another.") from None
    except ClientError as refused:
        raise Refused(f"{NAME} refused: {refused}"[:300]) from None
    except (ServerError, OSError, HTTPException) as problem:
        _log.warning("campaign_monitor_gave_no_answer", problem=type(problem).__name__)
        raise ServiceSilent from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as problem:
        # The library stumbles over an answer that is none of Campaign Monitor's.
        _log.error("campaign_monitor_answer_not_understood", problem=type(problem).__name__)
        raise ServiceSilent from None


def _unauthorised(refused: Unauthorized) -> Refused:
    code, _ = _read(refused)
    if code in _KEY:
        _log.error("campaign_monitor_refuses_our_key")
        return Refused(
            f"{NAME} refuses the key. Set TIRAGE_CAMPAIGN_MONITOR_API_KEY to the one in its account settings.",
            code,
        )
    return Refused(
        f"{NAME} doesn’t show this list to our key: it was deleted, or belongs to another account.", code
    )


def _read(refused: Any) -> tuple[int, str]:
    return int(getattr(refused.data, "Code", 0)), str(getattr(refused.data, "Message", ""))[:200]
