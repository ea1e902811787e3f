"""The search over everything."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tirage.backoffice.finding import find
from tirage.backoffice.permissions import Permission, staff_member, staff_required

SUGGESTED, LISTED = 5, 25


@require_safe
@staff_required(Permission.ENTER)
def search(request: HttpRequest) -> HttpResponseBase:
    """The page of finds, or with htmx the few under the search box. A single find is gone to at once."""
    text = request.GET.get("q", "")[:100]
    suggesting = bool(request.headers.get("HX-Request"))
    found = find(text, staff_member(request), most=SUGGESTED if suggesting else LISTED)
    if suggesting:
        return render(request, "backoffice/search_finds.html", {"finds": found, "text": text})
    only = [one for finds in found for one in finds.found]
    if len(only) == 1:
        return redirect(only[0].href)
    return render(request, "backoffice/search.html", {"finds": found, "text": text, "title": "Search"})
