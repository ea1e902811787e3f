"""How Tirage itself runs: its parts, and which of them is late."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.health.queries import all_parts
from tirage.staff.permissions import Permission, staff_required


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def running(request: HttpRequest) -> HttpResponseBase:
    now = read_clock()
    return render(
        request,
        "backoffice/settings/running.html",
        {
            "title": "How it runs",
            "tabs": settings_tabs(request, "backoffice:running"),
            "now": now,
            "parts": all_parts(now),
        },
    )
