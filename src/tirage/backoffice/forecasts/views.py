"""What a release is expected to take, and which maximums would sell what is wanted of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tirage.backoffice.forecasts.forms import WantedForm
from tirage.backoffice.forecasts.page import Shown, forecast_context, release_crumbs
from tirage.backoffice.frame.acting import refusals_in
from tirage.core.clock import read_clock
from tirage.core.texts import say_count
from tirage.offers.models import Release
from tirage.planning import suggesting
from tirage.planning.forecasting import forecast_release
from tirage.planning.suggesting import Suggestion
from tirage.staff.permissions import Permission, staff_actor, staff_required

START = {"sell_through": 90, "chance": 95}


@require_GET
@staff_required(Permission.SEE_OFFERS)
def forecast(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Each wine of each group: pieces with their band, money, and what that rests on."""
    found = get_object_or_404(Release, reference=reference)
    now = read_clock()
    context = {
        **forecast_context(forecast_release(found, now), now),
        "crumbs": [*release_crumbs(found), ("Forecast", "")],
        "title": f"Forecast of {found.name}",
        "now": now,
    }
    return render(request, "backoffice/forecasts/forecast.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def suggest_maximums(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Looks at what would be suggested; sending it keeps that as a draft of the release's grid."""
    found = get_object_or_404(Release, reference=reference)
    now = read_clock()
    form = WantedForm({**START, **request.POST.dict()} if request.method == "POST" else _asked(request))
    suggestion = None
    if form.is_valid():
        with refusals_in(form):
            suggestion = suggesting.suggest_maximums(found, form.wanted, now)
            if request.method == "POST":
                draft = suggesting.draft_suggestion(
                    suggestion=suggestion, actor=staff_actor(request), now=now
                )
                messages.success(
                    request,
                    f"You kept {say_count(suggestion.changes, 'maximum', 'maximums')} as a draft of the grid. "
                    "Nothing changes until you apply it.",
                )
                url = reverse("backoffice:release_grid", args=[found.reference])
                return redirect(f"{url}?draft={draft.reference}")
    back = reverse("backoffice:forecast", args=[found.reference])
    context = {
        "release": found,
        "form": form,
        "suggestion": suggestion,
        "wines": _wines(suggestion) if suggestion else [],
        "crumbs": [*release_crumbs(found), ("Forecast", back), ("Suggest maximums", "")],
        "title": "Suggest maximums",
        "back_url": back,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "backoffice/forecasts/maximums.html", context, status=status)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for, over what is proposed."""
    return START | {name: request.GET[name] for name in START if name in request.GET}


def _wines(suggestion: Suggestion) -> list[tuple[Any, Any, Shown]]:
    """The sku, its suggestion, and what is sold in whole pieces."""
    return [(wine.items[0][0].sku, wine, Shown.of(wine.chosen.sold)) for wine in suggestion.wines]
