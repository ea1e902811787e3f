"""How Tirage itself runs: its parts, which of them is late, and jobs that were given up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.health.operations import let_job_go, try_job_again
from tirage.health.queries import all_parts, failed_jobs, is_job
from tirage.health.rules import say_job
from tirage.staff.permissions import Permission, may, staff_actor, staff_required

SHOWN = 50


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
            "jobs": [(job, say_job(job.task_path), _why(job)) for job in failed_jobs(now)[:SHOWN]],
            "editable": may(request.user, Permission.EDIT_SETTINGS),
        },
    )


def _why(job: Any) -> str:
    """The last line of what went wrong, which names no line of the program."""
    lines = job.traceback.strip().splitlines()
    return str(lines[-1][:200] if lines else job.exception_class_path)


def _found(number: str) -> str:
    """The number, when there is such a job."""
    if not is_job(number):
        raise Http404("there is no such job")
    return number


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def job_again(request: HttpRequest, number: str) -> HttpResponseBase:
    """The worker runs it once more."""
    with refusals_said(request):
        try_job_again(number=_found(number), actor=staff_actor(request), now=read_clock())
        messages.success(request, "You queued it again. If it fails again, it shows here.")
    return redirect("backoffice:running")


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def job_let_go(request: HttpRequest, number: str) -> HttpResponseBase:
    """Nobody runs it any more."""
    with refusals_said(request):
        let_job_go(number=_found(number), actor=staff_actor(request), now=read_clock())
        messages.success(request, "You let it go; nobody runs it any more.")
    return redirect("backoffice:running")
