"""The way back for staff who look with a customer's eyes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tirage.parts.seen_as import read_seen_as, stop_seeing
from tirage.storefront.frame.identity import safe_next


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Ends the looking and goes back to where it began. The one form that works meanwhile."""
    seen = read_seen_as(request)
    response = redirect(safe_next(request, seen.back_path if seen else "") or "/")
    stop_seeing(response)
    return response


stop.is_public = True  # type: ignore[attr-defined]  # read by the test that walks the urls
