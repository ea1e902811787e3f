"""The report of a release: looked at all day, taken out as a file, with goals set."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.who import Who, read_who
from tirage.backoffice.releases.crumbs import release_crumbs
from tirage.backoffice.releases.report import files
from tirage.backoffice.releases.report.forms import GoalsForm
from tirage.backoffice.releases.report.page import context_of
from tirage.catalog.models import Sku
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.winery import local_time
from tirage.offers.models import Release
from tirage.parts.exporting import table_response
from tirage.reports.allocation import report_of
from tirage.reports.operations import save_goals
from tirage.staff.permissions import Permission, may, staff_actor, staff_required

PARTS = {"wines": (files.WINES, files.wine_rows), "days": (files.DAYS, files.day_rows)}


@require_safe
@staff_required(Permission.SEE_OFFERS)
def report(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The report; looks again by itself while the release is open. ``against`` names the release to compare with."""
    release = get_object_or_404(Release, reference=reference)
    against = Release.objects.filter(reference=request.GET.get("against", "")).exclude(pk=release.pk).first()
    who, now = _who(request), read_clock()
    found = report_of(release, now, against=against, among=_among(who, now))
    asked = {"against": against.reference if against else "", "filter": who.text}
    context = {
        "release": release,
        "chosen": against,
        "who": who,
        "narrows": may(request.user, Permission.SEE_CUSTOMERS),
        "asked": urlencode({name: value for name, value in asked.items() if value}),
        "taken_along": f"?{urlencode({'filter': who.text})}" if who.text else "",
        **context_of(found, who.node),
    }
    if request.headers.get("HX-Request"):
        return render(request, "backoffice/releases/report/report.html#live", context)
    others = Release.objects.filter(offers__isnull=False).exclude(pk=release.pk).distinct()
    context |= {
        "crumbs": _crumbs(release),
        "others": list(others.order_by("-made_at", "-pk")[:40]),
    }
    return render(request, "backoffice/releases/report/report.html", context)


def _who(request: HttpRequest) -> Who:
    """Whom the report is about; only for who may see customers, since a filter may mean one of them."""
    text = request.GET.get("filter", "") if may(request.user, Permission.SEE_CUSTOMERS) else ""
    return read_who(text, request.path)


def _among(who: Who, now: datetime) -> list[int] | None:
    """Nobody where the filter can't be read."""
    return [] if who.problem else who.ids(now)


@require_safe
@staff_required(Permission.SEE_OFFERS, Permission.EXPORT)
def export(request: HttpRequest, reference: str, part: str, kind: str) -> HttpResponseBase:
    """By wine and group (``wines``) or by day (``days``), as csv or xlsx; recorded."""
    release, now = get_object_or_404(Release, reference=reference), read_clock()
    if kind not in ("csv", "xlsx") or part not in PARTS:
        raise Http404
    headers, rows = PARTS[part]
    who = _who(request)
    record_event(
        EventName.EXPORT_MADE,
        "release",
        release.pk,
        text=f"exported the report of {release.name} as {kind.upper()}",
        data={"part": part, "filter": who.text},
        actor=staff_actor(request),
        now=now,
    )
    name = f"report-{release.reference}-{part}-{local_time(now):%Y-%m-%d}"
    found = report_of(release, now, among=_among(who, now))
    return table_response(name, headers, rows(found), kind, sheet=part.capitalize())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_OFFERS)
def goals(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Goals in bottles and money, of the release and by wine; an empty field is no goal."""
    release = get_object_or_404(Release, reference=reference)
    skus = list(Sku.objects.filter(offer_items__offer__release=release).distinct().order_by("name", "code"))
    form = GoalsForm(request.POST or None, release=release, skus=skus)
    if form.is_valid():
        with refusals_in(form):
            save_goals(
                release=release,
                goals=form.typed,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved the goals of {release.name}.")
            return redirect("backoffice:release_report", reference)
    context = {
        "crumbs": [*_crumbs(release, ahead=True), ("Goals", "")],
        "release": release,
        "form": form,
    }
    return render(request, "backoffice/releases/report/goals.html", context)


def _crumbs(release: Release, *, ahead: bool = False) -> list[tuple[str, str]]:
    here = reverse("backoffice:release_report", args=[release.reference])
    return [
        *release_crumbs(),
        (release.name, reverse("backoffice:release", args=[release.reference])),
        ("Report", here if ahead else ""),
    ]
