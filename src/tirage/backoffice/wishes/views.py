"""The list of wishes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from tirage.backoffice.frame.lists import list_page
from tirage.backoffice.orders.page import order_tabs
from tirage.backoffice.wishes.list import WISHES
from tirage.staff.permissions import Permission, staff_required


@require_safe
@staff_required(Permission.SEE_WISHES)
def wishes(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        WISHES,
        title="Wishes",
        tabs=order_tabs(request, "backoffice:wishes"),
        empty_text="Wishes appear here as customers ask for more than their allocation.",
    )
