"""Customers to groups by spreadsheet: out, and back in as a bulk move for preview."""

from __future__ import annotations

from typing import BinaryIO, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.winery import local_time
from tirage.customers.states import MoveKind
from tirage.parts.exporting import table_response
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.staff.uploads import takes_file
from tirage.tiers.sheets import HEADERS, draft_sheet, sheet_rows

MOST_BYTES = 20 * 1024 * 1024


class SheetForm(forms.Form):
    file = forms.FileField(
        label="CSV or Excel file",
        help_text="A column with e-mail addresses or references, and one called group with names or references. "
        "Rows without a group stay where they are.",
        error_messages={"required": "Choose a CSV or Excel file."},
    )
    kind = forms.ChoiceField(
        label="What the groups of the file do",
        choices=[
            (MoveKind.TIER.value, "Replace the allocation group; standard groups stay"),
            (MoveKind.ADD.value, "Come on top; all other groups stay"),
            (MoveKind.MOVE.value, "Replace all groups"),
            (MoveKind.LEAVE.value, "Are the ones to leave"),
        ],
        initial=MoveKind.TIER.value,
        widget=forms.RadioSelect,
    )


@takes_file(MOST_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def move_sheet(request: HttpRequest) -> HttpResponseBase:
    """Reads a file and leads to the preview of what it says."""
    form = SheetForm(request.POST or None, request.FILES or None) if request.method == "POST" else SheetForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_in(form):
            run = draft_sheet(
                file=cast(BinaryIO, file.file),
                name=str(file.name),
                kind=MoveKind(form.cleaned_data["kind"]),
                actor=staff_actor(request),
                now=read_clock(),
            )
            return redirect("backoffice:move", run.reference)
    return render(
        request,
        "backoffice/tiers/sheet.html",
        {
            "title": "Groups by spreadsheet",
            "crumbs": [
                ("Customers", reverse("backoffice:customers")),
                ("Bulk moves", reverse("backoffice:moves")),
                ("By spreadsheet", ""),
            ],
            "form": form,
            "submit": "Read it and show what it would do",
            "upload": True,
            "lead": "The preview shows who would move from where, and each row that can’t be read.",
            "cancel_url": reverse("backoffice:moves"),
        },
    )


@require_safe
@staff_required(Permission.EDIT_GROUPS, Permission.EXPORT)
def export_sheet(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Everybody with the allocation group of now; recorded."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    now = read_clock()
    record_event(
        EventName.EXPORT_MADE,
        "group",
        0,
        text=f"exported everybody’s allocation group as {kind.upper()}",
        data={"format": kind},
        actor=staff_actor(request),
        now=now,
    )
    return table_response(f"groups-{local_time(now):%Y-%m-%d}", HEADERS, sheet_rows(), kind, sheet="Groups")
