"""Rehearsals of a release: those that are kept, a new one, one beside another."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.rehearsals.forms import RehearseForm, WhatIfForm
from tirage.backoffice.rehearsals.page import shown
from tirage.backoffice.rehearsals.words import STATES
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.core.runs import stands_still
from tirage.core.winery import current_winery
from tirage.offers.models import Release
from tirage.planning import rehearsing
from tirage.planning.models import Rehearsal
from tirage.planning.simulation.plan import Plan
from tirage.planning.states import RehearsalState
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_safe
@staff_required(Permission.SEE_OFFERS)
def rehearsals(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Those that are kept of a release, the newest first."""
    release = get_object_or_404(Release, reference=reference)
    return _list(request, release, RehearseForm())


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def rehearsal_start(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Lets the worker rehearse the release as it stands."""
    release = get_object_or_404(Release, reference=reference)
    form = RehearseForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            made = rehearsing.start_rehearsal(
                release=release,
                days=form.cleaned_data["days"],
                leaves=form.cleaned_data["leaves"] / 100,
                actor=staff_actor(request),
                now=read_clock(),
            )
            return redirect("backoffice:rehearsal", made.reference)
    return _list(request, release, form, status=400)


def _list(request: HttpRequest, release: Release, form: RehearseForm, status: int = 200) -> HttpResponse:
    currency = current_winery().currency
    kept = release.rehearsals.select_related("beside").defer("plan", "beside__plan", "beside__figures")
    rows = [
        (
            one,
            *STATES[RehearsalState(one.state)],
            Money(one.figures["money"][1], currency) if one.figures else None,
            sum(wine["sells_out"] >= 0.5 for wine in one.figures["wines"]) if one.figures else None,
        )
        for one in kept.order_by("-id")
    ]
    context = {
        "release": release,
        "rows": rows,
        "form": form,
        "crumbs": [*_crumbs(release), ("Rehearsals", "")],
    }
    return render(request, "backoffice/rehearsals/rehearsals.html", context, status=status)


def _crumbs(release: Release) -> list[tuple[str, str]]:
    return [
        ("Releases", reverse("backoffice:releases")),
        (release.name, reverse("backoffice:release", args=[release.reference])),
    ]


@require_safe
@staff_required(Permission.SEE_OFFERS)
def rehearsal(request: HttpRequest, reference: str) -> HttpResponseBase:
    """How far it is, or what it came to."""
    found = _found(reference)
    words, tone = STATES[RehearsalState(found.state)]
    context: dict[str, Any] = {
        "rehearsal": found,
        "state_words": words,
        "state_tone": tone,
        "crumbs": [
            *_crumbs(found.release),
            ("Rehearsals", reverse("backoffice:rehearsals", args=[found.release.reference])),
            (found.reference, ""),
        ],
    }
    if found.state == RehearsalState.RUNNING:
        context |= {"bar": _bar(found), "late": stands_still(found.changed_at, read_clock())}
    elif found.state == RehearsalState.FINISHED:
        context |= shown(found)
    return render(request, "backoffice/rehearsals/rehearsal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def what_if(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The same with changes, to be seen beside it."""
    found = _found(reference)
    form = WhatIfForm(
        Plan.from_json(found.plan), found.days, request.POST if request.method == "POST" else None
    )
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            made = rehearsing.start_what_if(
                beside=found,
                changes=form.changes(),
                leaves=form.cleaned_data["leaves"] / 100,
                days=form.cleaned_data["days"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            return redirect("backoffice:rehearsal", made.reference)
    context = {
        "rehearsal": found,
        "form": form,
        "crumbs": [
            *_crumbs(found.release),
            ("Rehearsals", reverse("backoffice:rehearsals", args=[found.release.reference])),
            (found.reference, reverse("backoffice:rehearsal", args=[reference])),
            ("What if", ""),
        ],
    }
    return render(request, "backoffice/rehearsals/what_if.html", context, status=400 if form.errors else 200)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def rehearsal_stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends one that is under way."""
    rehearsing.stop_rehearsal(rehearsal=_found(reference), now=read_clock())
    return redirect("backoffice:rehearsal", reference)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def rehearsal_remove(request: HttpRequest, reference: str) -> HttpResponse:
    """Forgets one that is over."""
    found = _found(reference)
    with refusals_said(request):
        rehearsing.remove_rehearsal(rehearsal=found)
        return redirect("backoffice:rehearsals", found.release.reference)
    return redirect("backoffice:rehearsal", reference)


@require_safe
@staff_required(Permission.SEE_OFFERS)
def rehearsal_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once it is over."""
    found = _found(reference)
    bar = _bar(found) if found.state == RehearsalState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:rehearsal", args=[reference]))


def _bar(found: Rehearsal) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    return {
        "name": "rehearsal",
        "label": "Rehearsing" if found.done else "Waiting for its turn",
        "value": found.done or None,
        "max": found.days,
        "words": f"{found.done:,} of {found.days:,}",
        "url": reverse("backoffice:rehearsal_progress", args=[found.reference]),
    }


def _found(reference: str) -> Rehearsal:
    return get_object_or_404(Rehearsal.objects.select_related("release", "beside"), reference=reference)
