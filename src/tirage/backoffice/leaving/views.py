"""Moving out: everything as one file, written by the worker and fetched by who had it written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.runs import stands_still
from tirage.imports.progress import read_progress
from tirage.leaving import exporting
from tirage.leaving.models import EverythingExport
from tirage.leaving.states import ExportState
from tirage.leaving.tables import COLUMNS_LEFT_OUT, TABLES_LEFT_OUT
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: Earlier files that the page tells of.
SHOWN = 10
_STATES = {
    ExportState.RUNNING: ("Being written", "live"),
    ExportState.READY: ("Ready", "good"),
    ExportState.FAILED: ("Not written", "problem"),
    ExportState.GONE: ("Deleted", "hollow"),
}


@require_safe
@staff_required(Permission.EXPORT_EVERYTHING)
def move_out(request: HttpRequest) -> HttpResponseBase:
    """The file that is being written, those that wait, and the button for another."""
    exports = list(EverythingExport.objects.order_by("-pk")[:SHOWN])
    running = next((one for one in exports if one.state == ExportState.RUNNING), None)
    actor, now = staff_actor(request), read_clock()
    context: dict[str, Any] = {
        "exports": [
            (one, *_STATES[ExportState(one.state)], exporting.is_begun_by(one, actor)) for one in exports
        ],
        "running": running,
        "days": exporting.KEEP.days,
        "left_out": sorted({*TABLES_LEFT_OUT.values(), *COLUMNS_LEFT_OUT.values()}),
        "tabs": settings_tabs(request, "backoffice:move_out"),
    }
    if running is not None:
        context |= {"bar": _bar(running), "late": stands_still(exporting.last_sign(running), now)}
    return render(request, "backoffice/leaving/move_out.html", context)


def _bar(export: EverythingExport) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    told = read_progress(export.reference)
    return {
        "name": "move_out_progress",
        "label": "Everything into one file",
        "value": told.done if told else None,
        "max": max(told.total, 1) if told else 1,
        "words": f"{told.done:,} of {told.total:,} rows" if told else "It waits for its turn",
        "url": reverse("backoffice:move_out_progress", args=[export.reference]),
    }


@require_POST
@staff_required(Permission.EXPORT_EVERYTHING)
def begin(request: HttpRequest) -> HttpResponseBase:
    with refusals_said(request):
        exporting.begin_export(actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:move_out")


@require_safe
@staff_required(Permission.EXPORT_EVERYTHING)
def progress(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The bar alone; the whole page once nothing is under way any more."""
    export = get_object_or_404(EverythingExport, reference=reference)
    bar = _bar(export) if export.state == ExportState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:move_out"))


@require_safe
@staff_required(Permission.EXPORT_EVERYTHING)
def fetch(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The file, a megabyte at a time, for who had it written; that it was fetched is in the log."""
    export = get_object_or_404(EverythingExport, reference=reference)
    with refusals_said(request):
        parts = exporting.fetch_export(export=export, actor=staff_actor(request), now=read_clock())
        name = f"everything-{export.made_at:%Y-%m-%d}.zip"
        headers = {
            "Content-Length": str(export.size),
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(parts, content_type="application/zip", headers=headers)
    return redirect("backoffice:move_out")


@require_POST
@staff_required(Permission.EXPORT_EVERYTHING)
def let_go(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Stops it, or deletes the file."""
    export = get_object_or_404(EverythingExport, reference=reference)
    words = (
        "You stopped it." if export.state == ExportState.RUNNING else "You deleted the file of everything."
    )
    if exporting.let_export_go(export=export, actor=staff_actor(request), now=read_clock()):
        messages.success(request, words)
    else:
        messages.info(request, "Nothing was left of that file.")
    return redirect("backoffice:move_out")
