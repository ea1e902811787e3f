"""What a person sees when a form arrives without its key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tirage.parts.middleware import request_id


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was opened too long ago, in another browser, or with cookies off; nothing was done."""
    context = {
        "problem": "This page was open for too long, or cookies are off. "
        "Nothing was done. Go back, reload the page and send it again.",
        "request_id": request_id(request),
    }
    return render(request, "403.html", context, status=403)
