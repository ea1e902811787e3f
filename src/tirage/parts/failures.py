"""What a person sees when a form arrives without its key, and when something broke."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

from tirage.parts.middleware import request_id
from tirage.parts.outages import OUTAGES, say_outage


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was opened too long ago, in another browser, or with cookies off; nothing was done."""
    context = {
        "problem": "This page was open for too long, or cookies are off. "
        "Nothing was done. Go back, reload the page and send it again.",
        "request_id": request_id(request),
    }
    return render(request, "403.html", context, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke: a page that needs no database, with the id under which the log has it.

    When what broke is the database, under a middleware, it says so as the pages do.
    """
    problem = sys.exception()
    if isinstance(problem, OUTAGES):
        return say_outage(request, problem)
    return HttpResponseServerError(render_to_string("500.html", {"request_id": request_id(request)}))
