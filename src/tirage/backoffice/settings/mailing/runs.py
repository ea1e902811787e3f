"""A run over a list: its progress, what it did about whom; stopped, gone on with."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.runs import bar_or_page, say_run
from tirage.backoffice.settings.mailing.words import DONE, RUN_STATES, narrowing
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.runs import stands_still
from tirage.marketing.models import SyncRun
from tirage.marketing.states import Done, Scope, SyncState
from tirage.marketing.syncing import go_on_with_sync, say_sync, stop_sync
from tirage.staff.permissions import Permission, may, staff_actor, staff_required

PEOPLE = 50


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def run_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What a run did about whom, and why somebody wasn't sent."""
    run, now = _found(reference), read_clock()
    wanted = request.GET.get("done", "")
    counted = dict(run.lines.order_by().values_list("done").annotate(count=Count("pk")))
    lines = run.lines.select_related("customer")
    if wanted in set(Done):
        lines = lines.filter(done=wanted)
    page = Paginator(lines.order_by("-done", "pk"), PEOPLE).get_page(request.GET.get("page"))
    words, tone = RUN_STATES[SyncState(run.state)]
    context: dict[str, Any] = {
        "run": run,
        "title": f"{'Everybody' if run.scope == Scope.ALL else 'What changed'}, {run.list.name}",
        "tabs": settings_tabs(request, "backoffice:mailing_lists"),
        "state_words": words,
        "state_tone": tone,
        "editable": may(request.user, Permission.EDIT_SETTINGS),
        "sees_customers": may(request.user, Permission.SEE_CUSTOMERS),
        "page": page,
        "lines": [(line, *DONE[Done(line.done)]) for line in page],
        "kinds": narrowing("done", wanted, {one: said for one, (said, _) in DONE.items()}, counted),
        "crumbs": [
            ("Newsletters", reverse("backoffice:mailing_lists")),
            (run.list.name, reverse("backoffice:mailing_list", args=[run.list.reference])),
            (run.reference, ""),
        ],
    }
    if run.state == SyncState.RUNNING:
        late = run.retry_at is None and stands_still(run.changed_at, now)
        context |= {"bar": _bar(run), "late": late}
    else:
        context |= {"result": say_run(request, run, say_sync(run))}
    return render(request, "backoffice/settings/mailing/run.html", context)


def _bar(run: SyncRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    label = "Sending" if run.has_heard else "Asking who left"
    return {
        "name": "mailing",
        "label": "Waiting to try again" if run.retry_at else label,
        "value": run.seen or None,
        "max": max(run.total, run.seen, 1),
        "words": f"{run.seen:,} of {run.total:,}",
        "url": reverse("backoffice:mailing_run_progress", args=[run.reference]),
    }


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends a run between two portions."""
    stop_sync(run=_found(reference), now=read_clock())
    return redirect("backoffice:mailing_run", reference)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Goes on with a run that was stopped, failed or waits."""
    with refusals_said(request):
        go_on_with_sync(run=_found(reference), actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:mailing_run", reference)


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    run = _found(reference)
    bar = _bar(run) if run.state == SyncState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:mailing_run", args=[reference]))


def _found(reference: str) -> SyncRun:
    return get_object_or_404(SyncRun.objects.select_related("list"), reference=reference)
