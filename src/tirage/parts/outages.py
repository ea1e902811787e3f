"""A database that is away, busy or silent: connections that it has ended are noticed, and people are told calmly."""

from __future__ import annotations

import logging
import select
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tirage.parts.middleware import request_id

#: Seconds after which a program may try again.
RETRY_AFTER = 15
#: What the database raises when it is away, busy, silent or in a state in which it takes nothing.
OUTAGES = (OperationalError, InterfaceError)
_log = logging.getLogger("tirage.database")


class OutageMiddleware:
    """Begins each request with a connection that is alive, and turns what the database refuses into a page, 503.

    What it refuses to the middlewares around a view ends in ``failures.server_error``, which answers the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        drop_ended_connection()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return say_outage(request, exception) if isinstance(exception, OUTAGES) else None


def say_outage(request: HttpRequest, problem: BaseException) -> HttpResponse:
    """Calm words, 503, and when to try again; the reason is for the log."""
    _log.error("the database gave no answer to %s: %s", request.path, " ".join(str(problem).split()))
    page = render_to_string("503.html", {"request_id": request_id(request)})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})


def drop_ended_connection() -> None:
    """Lets go of a kept connection that the server has ended, as a restart does; asks the kernel, not the server.

    A connection at rest has nothing to say: what there is to read is its end.
    """
    link = connection.connection
    if link is None or connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    if link.closed or select.select([link.pgconn.socket], [], [], 0)[0]:
        connection.close()
