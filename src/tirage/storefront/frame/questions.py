"""Questions that a device signs by its passkey, while they are open: in a signed cookie, so that nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse

from tirage.customers.passkeys import LIFE, Asked, Question, are_possible

_COOKIE = "tirage_question"
_SALT = "tirage.storefront.question"


def takes_passkeys(request: HttpRequest) -> bool:
    """Whether passkeys work where this page was asked for: under the shop's own address only."""
    return are_possible() and request.get_host() == urlsplit(settings.SITE_URL).netloc


def put_question(request: HttpRequest, question: Question, *, now: datetime) -> HttpResponse:
    """The question for the browser, and the cookie by which its answer is known; for ``request``'s path and below."""
    response = JsonResponse(dict(question.options))
    response.set_cookie(
        _COOKIE,
        signing.dumps([question.challenge, now.timestamp()], salt=_salt(request)),
        max_age=LIFE,
        httponly=True,
        samesite="Strict",
        secure=settings.HTTPS,
        path=_home(request),
    )
    return response


def asked_here(request: HttpRequest) -> Asked | None:
    """The question that was put to this browser; None for none, or one that is too old."""
    try:
        challenge, at = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_salt(request), max_age=LIFE)
        return Asked(str(challenge), datetime.fromtimestamp(at, UTC))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _home(request: HttpRequest) -> str:
    """Where the answer goes: what was asked at the door doesn't make keys."""
    return request.path.removesuffix("question/")


def _salt(request: HttpRequest) -> str:
    return f"{_SALT}.{_home(request)}"
