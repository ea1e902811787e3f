"""Pages that wait for a bank and look again by themselves: with htmx in the background, else by loading anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

View = Callable[..., HttpResponseBase]

#: A page that waits looks again after so many seconds.
LOOK_AGAIN = 4


class WaitsOn(HttpResponse):
    """A page whose visitor waits for a bank."""


def show_waiting(
    request: HttpRequest, template: str, context: dict[str, object], *, looks_again: bool
) -> HttpResponse:
    """A waiting page. While only the bank can say more it looks again by itself."""
    page = render_to_string(template, context | {"look_again": LOOK_AGAIN if looks_again else 0}, request)
    return WaitsOn(page) if looks_again else HttpResponse(page)


def watched(view: View) -> View:
    """Answers a waiting page's own question: nothing while it waits on, else where the visitor belongs now."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        asks = request.method == "GET" and request.headers.get("HX-Request") == "true"
        if not asks or response.status_code == 204:
            return response
        if isinstance(response, WaitsOn):
            return HttpResponse(status=204)
        if response.status_code == 302:
            return HttpResponse(status=204, headers={"HX-Redirect": response.headers["location"]})
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})

    return inner
