"""Settings: the log of who did what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.settings.log_list import LOG
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.staff.permissions import Permission, staff_required


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def log(request: HttpRequest) -> HttpResponseBase:
    """Every recorded act, the latest first."""
    return list_page(request, LOG, title="Log", tabs=settings_tabs(request, "backoffice:log"))
