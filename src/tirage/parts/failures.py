"""What a person sees when a form arrives without its key, and when something broke."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseServerError, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import page_not_found

from tirage.parts.hands import SHOWN, GoneMeanwhile
from tirage.parts.middleware import request_id
from tirage.parts.outages import OUTAGES, say_outage


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was opened too long ago, in another browser, or with cookies off; nothing was done.

    Of a form that one of our own pages sent nothing is lost: it is shown with a button that sends it anew. (Signing in
    again in another window makes the key of every open page an old one.)
    """
    if _is_from_our_page(request):
        pairs = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ]
        context = {
            "path": request.get_full_path(),
            "pairs": pairs,
            "said": typed_words(request.POST),
            "files": [file.name for _, files in request.FILES.lists() for file in files],
            "request_id": request_id(request),
        }
        return render(request, "send_again.html", context, status=403)
    context = {
        "problem": "This page was open for too long, or cookies are off. "
        "Nothing was done. Go back, reload the page and send it again.",
        "request_id": request_id(request),
    }
    return render(request, "403.html", context, status=403)


def _is_from_our_page(request: HttpRequest) -> bool:
    """The browser says itself that a page of this site sent the form; and nothing in it is a secret."""
    origin = request.headers.get("Origin", "")
    own = f"{request.scheme}://{request.get_host()}"
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin" and origin in ("", own)
    if request.method != "POST" or request.headers.get("HX-Request") or not is_ours:
        return False
    secret = any("password" in name or name.startswith("card") or name in _SECRETS for name in request.POST)
    return bool(request.POST) and not secret and "/sign-in/" not in request.path


_SECRETS = frozenset({"code", "login", "secret", "token"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is nothing here; where somebody removed meanwhile what a form is about, what was typed is shown."""
    if not isinstance(exception, GoneMeanwhile):
        return page_not_found(request, exception)
    context = {
        "typed": typed_words(request.POST),
        "home": "/winery/" if request.path.startswith("/winery/") else "/",
        "request_id": request_id(request),
    }
    return render(request, "gone_meanwhile.html", context, status=410)


def typed_words(data: QueryDict) -> list[tuple[str, str]]:
    """What a form said, by the names of its fields as people read them; secrets and what is empty left out."""
    return [
        (name.replace("_", " ").replace("-", " ").capitalize(), ", ".join(values))
        for name, values in data.lists()
        if not name.endswith(SHOWN) and name not in _UNSAID and any(values)
    ]


_UNSAID = frozenset({"csrfmiddlewaretoken", "act", "next", "password"})


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke: a page that needs no database, with the id under which the log has it.

    When what broke is the database, under a middleware, it says so as the pages do.
    """
    problem = sys.exception()
    if isinstance(problem, OUTAGES):
        return say_outage(request, problem)
    return HttpResponseServerError(render_to_string("500.html", {"request_id": request_id(request)}))
