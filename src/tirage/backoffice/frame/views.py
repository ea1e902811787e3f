"""What every list page shares."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tirage.backoffice.frame.choosing import keep_choice, sent_choice, too_many_named
from tirage.backoffice.frame.links import own_path
from tirage.backoffice.frame.lists import columns_cookie
from tirage.staff.permissions import Permission, staff_required

_YEAR = 365 * 24 * 3600


@require_POST
@staff_required(Permission.ENTER)
def choose_columns(request: HttpRequest, name: str) -> HttpResponseBase:
    """Keeps in this browser which columns of the list ``name`` show, or forgets it."""
    response = redirect(own_path(request, request.POST.get("next", "")) or "/winery/")
    keys = [key for key in request.POST.getlist("columns") if key.isascii() and key.isidentifier()]
    if request.POST.get("usual") or not keys:
        response.delete_cookie(columns_cookie(name), path="/winery/", samesite="Lax")
        return response
    response.set_cookie(
        columns_cookie(name),
        ".".join(keys)[:500],
        max_age=_YEAR,
        path="/winery/",
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
    return response


@require_POST
@staff_required(Permission.ENTER)
def choose_rows(request: HttpRequest, name: str) -> HttpResponseBase:
    """Keeps what is chosen of the list ``name`` and goes on with it: another page, another order, a file."""
    path, _, query = (own_path(request, request.POST.get("then", "")) or "/winery/").partition("?")
    asked, choice = QueryDict(query, mutable=True), sent_choice(request, name)
    if too_many_named(request, choice):
        asked.pop("export", None)
        return redirect(f"{path}?{asked.urlencode()}")
    asked.pop("choice", None)
    if word := keep_choice(request, name, choice):
        asked["choice"] = word
    return redirect(f"{path}?{asked.urlencode()}" if asked else path)
