"""Releases: the list, one with its offers, making and cloning."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.releases.activation import release_promises
from tirage.backoffice.releases.crumbs import release_crumbs
from tirage.backoffice.releases.figures import STATUS_ORDER, figures_of
from tirage.backoffice.releases.forms import CloneForm, ReleaseForm
from tirage.changes.window import last_day
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.customers.queries import group_counts
from tirage.customers.states import GroupKind
from tirage.offers import operations
from tirage.offers.models import Release
from tirage.offers.rules import OfferStatus
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, staff_actor, staff_required

SECTIONS = {
    OfferStatus.OPEN: "Live",
    OfferStatus.NOT_YET: "Upcoming",
    OfferStatus.NONE: "In draft",
    OfferStatus.CLOSED: "Finished",
}


@require_GET
@staff_required(Permission.SEE_OFFERS)
def releases(request: HttpRequest) -> HttpResponseBase:
    found = figures_of(list(Release.objects.order_by("-made_at", "-id")), read_clock())
    sections = [(title, [row for row in found if row.status is status]) for status, title in SECTIONS.items()]
    return render(
        request,
        "backoffice/releases/releases.html",
        {"sections": [(title, rows) for title, rows in sections if rows]},
    )


@require_GET
@staff_required(Permission.SEE_OFFERS)
def release(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Release, reference=reference)
    now = read_clock()
    figures = figures_of([found], now)[0]
    order = {status: rank for rank, status in enumerate(STATUS_ORDER)}
    return render(
        request,
        "backoffice/releases/release.html",
        {
            "crumbs": [*release_crumbs(), (found.name, "")],
            "release": found,
            "figures": figures,
            "changes_until": last_day(found),
            "has_tests": any(row.offer.group.is_test for row in figures.offers),
            "rows": sorted(figures.offers, key=lambda row: (order[row.status], row.offer.group.rank)),
            "without_offer": list(
                group_counts()
                .filter(kind=GroupKind.ALLOCATION.value)
                .exclude(pk__in=[row.offer.group_id for row in figures.offers])
            ),
            "events": list(
                Event.objects.filter(subject_kind="release", subject_id=found.pk).order_by("-id")[:20]
            ),
            "never_open": all(row.offer.was_never_seen for row in figures.offers),
            "short": [promise for promise in release_promises(found, now) if promise.short],
            "now": now,
        },
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def edit_release(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """A new release, or the one of ``reference``."""
    found = found_again(Release.objects.all(), request.POST, reference=reference) if reference else None
    initial = ReleaseForm.values_of(found) if found else None
    form = ReleaseForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_release(
                release=found,
                **form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            words = (
                f"You saved {saved.name}."
                if found
                else f"You made {saved.name}. Add an offer for each group."
            )
            messages.success(request, words)
            return redirect("backoffice:release", saved.reference)
    title = f"Edit {found.name}" if found else "New release"
    back = reverse("backoffice:release", args=[reference]) if found else reverse("backoffice:releases")
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": title,
            "crumbs": [*release_crumbs(), (title, "")],
            "form": form,
            "submit": "Save the release",
            "cancel_url": back,
        },
    )


@require_http_methods(["GET", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def clone_release(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Release, reference=reference)
    form = CloneForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            clone = operations.clone_release(
                release=found, **form.cleaned_data, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"{clone.name} has the offers and items of {found.name}, all inactive.")
            return redirect("backoffice:release", clone.reference)
    return render(
        request,
        "backoffice/frame/form_page.html",
        {
            "title": f"Clone {found.name}",
            "lead": "Offers, rules and items come along, inactive. Allowances of single customers stay behind.",
            "crumbs": [
                *release_crumbs(),
                (found.name, reverse("backoffice:release", args=[reference])),
                ("Clone", ""),
            ],
            "form": form,
            "submit": "Clone the release",
            "cancel_url": reverse("backoffice:release", args=[reference]),
        },
    )
