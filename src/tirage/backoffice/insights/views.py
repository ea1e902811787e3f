"""Where the customers are, what they are worth, and what to do about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tirage.backoffice.insights.tabs import insight_tabs
from tirage.staff.permissions import Permission, staff_required


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def insights(request: HttpRequest) -> HttpResponseBase:
    """The map."""
    return render(
        request, "backoffice/insights/map.html", {"tabs": insight_tabs(request, "backoffice:insights")}
    )
