"""Files for calendars as answers."""

from __future__ import annotations

from django.http import HttpResponse


def calendar_response(name: str, text: str) -> HttpResponse:
    """``text`` (``insights.rules.calendar``) as a file to keep."""
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response
