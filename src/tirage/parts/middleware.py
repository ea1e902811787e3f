"""A name for each request, so that a person can quote it and the log can be found."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import nullcontext

import structlog
from django.core.exceptions import BadRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from tirage.core.language import speaking_the_winerys
from tirage.parts.logs import keep_secret
from tirage.tables.cleaning import visible


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


#: What asks whether Tirage is there asks no database here: ``/readyz/worker`` neither.
_PROBES = frozenset({"healthz", "readyz", "metrics"})


class LanguageMiddleware:
    """Answers in the winery's own words; where no database answers, in the code's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.split("/")[1] in _PROBES:
            return self.get_response(request)
        try:
            spoken = speaking_the_winerys()
        except DatabaseError:
            spoken = nullcontext()
        with spoken:
            return self.get_response(request)


def request_id(request: HttpRequest) -> str:
    """The id that the middleware gave this request."""
    return str(request.META.get("TIRAGE_REQUEST_ID", ""))


#: What is compared letter by letter stays as it was typed.
_AS_TYPED = ("password", "oldpassword", "password1", "password2")


class TextMiddleware:
    """Takes what nobody sees out of what was typed or pasted (``tables.cleaning.visible``), in forms and search boxes.

    Not every value passes through a form of Django's, and PostgreSQL keeps no null character at all. Where one can't
    have been pasted (an address, the name of a field, a password) it is refused. Files are read as bytes. A form that
    can't be read at all (another encoding, too many fields) is refused here, too, before a view has done anything:
    Django reads it when it is first asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            raise BadRequest("A null character was sent.")
        if request.META.get("QUERY_STRING"):
            request.GET = _cleaned(request.GET)  # type: ignore[assignment]  # as immutable as it was
        if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
            try:
                request.POST = _cleaned(request.POST)  # type: ignore[assignment]  # as above
            except UnreadablePostError:
                raise BadRequest("The form did not arrive whole.") from None
        return self.get_response(request)


def _cleaned(sent: QueryDict) -> QueryDict:
    """The same, or a copy without what nobody sees. Raises BadRequest."""
    found: dict[str, list[str]] = {}
    for name, values in sent.lists():
        if "\0" in name or (name in _AS_TYPED and any("\0" in value for value in values)):
            raise BadRequest("A null character was sent.")
        if name not in _AS_TYPED and (clean := [visible(value) for value in values]) != values:
            found[name] = clean
    if not found:
        return sent
    copied = sent.copy()
    for name, clean in found.items():
        copied.setlist(name, clean)
    copied._mutable = False
    return copied


#: What is worth making smaller; pictures, packed files and documents are packed already.
_TEXTS = ("text/", "application/json", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Sends texts compressed where the browser takes it, each with some random bytes that hide its true length."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.get("Content-Type", "").startswith(_TEXTS):
            return super().process_response(request, response)
        return response
