"""A name for each request, so that a person can quote it and the log can be found."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import structlog
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from tirage.parts.logs import keep_secret


class RequestIdMiddleware:
    """Gives every request a short id: in the log, in recorded events, and in the response's header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(6)
        request.META["TIRAGE_REQUEST_ID"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        keep_secret(request.get_full_path())
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


def request_id(request: HttpRequest) -> str:
    """The id that the middleware gave this request."""
    return str(request.META.get("TIRAGE_REQUEST_ID", ""))


class TextMiddleware:
    """Refuses the one character that no text has and PostgreSQL can't keep: only programs that try doors send it.

    Files may have it; they are read as bytes. Forms know it too, but not every value passes through one. A form that
    can't be read at all (another encoding, too many fields) is refused here, too, before a view has done anything:
    Django reads it when it is first asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path or self._in_form(request):
            raise BadRequest("A null character was sent.")
        return self.get_response(request)

    @staticmethod
    def _in_form(request: HttpRequest) -> bool:
        kind = request.content_type
        try:
            if kind == "application/x-www-form-urlencoded" and (
                b"%00" in request.body or b"\0" in request.body
            ):
                return True
            if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
                return any("\0" in value for _, values in request.POST.lists() for value in values)
        except UnreadablePostError:
            raise BadRequest("The form did not arrive whole.") from None
        return False
