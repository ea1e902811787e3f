"""What strangers try at the doors and card forms."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.tries import CARDS_OF_ALL, CARDS_OF_CUSTOMER, CARDS_OF_NETWORK
from tirage.staff.guessing import guessed
from tirage.staff.permissions import Permission, staff_required


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def security(request: HttpRequest) -> HttpResponseBase:
    return render(
        request,
        "backoffice/settings/security.html",
        {
            "title": "Guessing",
            "tabs": settings_tabs(request, "backoffice:security"),
            "kinds": guessed(read_clock()),
            "of_customer": CARDS_OF_CUSTOMER.most,
            "of_network": CARDS_OF_NETWORK.most,
            "of_all": CARDS_OF_ALL.most,
        },
    )
