"""The release grid: looked at, worked on, saved, kept as a draft, sent out and taken back as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.releases.activation import release_promises, say_short
from tirage.backoffice.releases.grid import acts
from tirage.backoffice.releases.grid.acts import Worked
from tirage.backoffice.releases.grid.beyond import say_beyond
from tirage.backoffice.releases.grid.files import grid_table, lay_file
from tirage.backoffice.releases.grid.page import grid_context
from tirage.backoffice.releases.grid.sent import Sent
from tirage.backoffice.releases.grid.sheet import Sheet, build_sheet, say
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import Overtaken
from tirage.offers.grid.drafts import discard_draft, draft_cells, propose_cells
from tirage.offers.grid.saving import GridSaved, save_grid
from tirage.offers.models import GridDraft, Release
from tirage.offers.states import DraftState
from tirage.parts.exporting import table_response
from tirage.parts.faults import Fault
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_member, staff_required

PASTED, FILED, KEPT = "Pasted from a spreadsheet", "From a file", "Kept for later"


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_OFFERS)
def grid(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The grid with a draft's numbers in it (``draft``); what is sent is saved, or worked on and shown again."""
    release = get_object_or_404(Release, reference=reference)
    now = read_clock()
    if request.method != "POST":
        sheet = build_sheet(release, now)
        draft = _draft(release, request.GET.get("draft", ""))
        if draft:
            _overlay(sheet, draft)
        return _page(request, sheet, now, draft=draft, layer=acts.layer_of(request.GET))
    require(request, Permission.EDIT_OFFERS)
    codes = request.POST.getlist("row")
    act = request.POST.get("act", "save")
    if act == "add" and request.POST.get("add"):
        codes = [*codes, request.POST["add"]]
    sheet = build_sheet(release, now, more=codes)
    sent = Sent(sheet, request.POST)
    draft = _draft(release, request.POST.get("draft", ""))
    if act == "save":
        return _save(request, sent, codes, draft, now)
    if act == "keep":
        return _keep(request, sent, now)
    worked = _work(act, sheet, request)
    return _page(
        request,
        sheet,
        now,
        draft=draft,
        layer=acts.layer_of(request.POST),
        worked=worked,
        faults=worked.faults,
        asked=acts.asked_in(request.POST, worked),
    )


def _work(act: str, sheet: Sheet, request: HttpRequest) -> Worked:
    if act == "scale":
        return acts.scale_column(sheet, request.POST)
    if act == "paste":
        return acts.paste_block(sheet, request.POST)
    asked = request.POST.get("add", "")
    found = next((row.sku for row in sheet.rows if row.sku.code == asked), None)
    if found is None:
        return Worked(faults=(Fault("Choose the wine of the new row.", "id_add", "Wine"),))
    return Worked(f"{found} has a row: write a maximum for each group that is offered it.")


def _save(
    request: HttpRequest, sent: Sent, codes: Sequence[str], draft: GridDraft | None, now: datetime
) -> HttpResponseBase:
    sheet = sent.sheet
    if not sheet.problems:
        try:
            saved = save_grid(
                release=sheet.release,
                typed=sent.typed,
                shown=sent.shown,
                draft=draft,
                actor=staff_actor(request),
                now=now,
            )
        except Overtaken as refused:
            sheet = build_sheet(sheet.release, now, more=codes)
            sent = Sent(sheet, request.POST)
            sent.overtaken(refused)
        except DomainError as refused:
            if not refused.fields:
                messages.error(request, refused.message)
            sent.refused(refused.fields)
        else:
            _tell(request, sheet.release, saved, now)
            return redirect(_at(sheet.release, layer=acts.layer_of(request.POST)))
    return _page(request, sheet, now, draft=draft, layer=acts.layer_of(request.POST))


def _tell(request: HttpRequest, release: Release, saved: GridSaved, now: datetime) -> None:
    """What was saved, who has more already than is allowed now, and what is promised beyond the stock."""
    if not saved.cells:
        messages.info(request, "You changed nothing, so the grid is as it was.")
        return
    offers = len(saved.offer_ids)
    words = [
        f"You saved {saved.cells} cell{'' if saved.cells == 1 else 's'} in {offers} offer{'' if offers == 1 else 's'}."
    ]
    words += [
        f"{verb} {len(rows)}."
        for verb, rows in (("Added", saved.added), ("Taken out", saved.removed))
        if rows
    ]
    if saved.defaults:
        words.append("Default quantities above a new maximum came down with it.")
    messages.success(request, " ".join(words))
    if beyond := say_beyond(saved.lowered, now):
        messages.warning(request, beyond)
    active = any(offer.is_active for offer in release.offers.filter(pk__in=saved.offer_ids))
    if active and (short := say_short(release_promises(release, now))):
        messages.warning(request, f"The offers promise more than there is. {short}")


def _keep(request: HttpRequest, sent: Sent, now: datetime) -> HttpResponseBase:
    """What is typed and not saved yet, as a draft."""
    sheet = sent.sheet
    if not sheet.problems:
        cells = {sheet.cell(spot): sheet.number(spot) for spot in sheet.changed()}
        actor = staff_actor(request)
        with refusals_said(request):
            source = f"{KEPT} by {staff_member(request).name}"
            draft = propose_cells(release=sheet.release, cells=cells, source=source, actor=actor, now=now)
            messages.success(request, "You kept these numbers as a draft. The offers are as they were.")
            return redirect(_at(sheet.release, draft=draft.reference))
    return _page(request, sheet, now, layer=acts.layer_of(request.POST))


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def discard(request: HttpRequest, reference: str, draft: str) -> HttpResponseBase:
    found = get_object_or_404(
        GridDraft.objects.select_related("release"), reference=draft, release__reference=reference
    )
    if discard_draft(draft=found, actor=staff_actor(request), now=read_clock()):
        messages.success(request, f"You discarded the draft: {found.source}.")
    else:
        messages.info(request, "Somebody has applied or discarded this draft already.")
    return redirect(_at(found.release))


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def take_back(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A file's numbers as a draft, shown beside what stands."""
    release, now = get_object_or_404(Release, reference=reference), read_clock()
    sheet = build_sheet(release, now)
    file = request.FILES.get("file")
    if file is None:
        worked = Worked(faults=(Fault("Choose a CSV or Excel file.", "id_file", "File"),))
    else:
        worked = lay_file(
            sheet, cast(BinaryIO, file), str(file.name), empties_out=request.POST.get("empty") == "out"
        )
    if worked.faults or sheet.problems:
        return _page(request, sheet, now, worked=worked, faults=worked.faults)
    cells = {sheet.cell(spot): sheet.number(spot) for spot in sheet.changed()}
    with refusals_said(request):
        note = f"{file.name if file else ''}: {worked.words}"
        draft = propose_cells(
            release=release, cells=cells, source=FILED, note=note, actor=staff_actor(request), now=now
        )
        messages.success(request, f"The file is here as a draft. {worked.words}")
        return redirect(_at(release, draft=draft.reference))
    return redirect(_at(release))


@require_GET
@staff_required(Permission.SEE_OFFERS, Permission.EXPORT)
def export(request: HttpRequest, reference: str, kind: str) -> HttpResponseBase:
    """The grid as it stands; recorded."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    release, now = get_object_or_404(Release, reference=reference), read_clock()
    headers, rows = grid_table(build_sheet(release, now))
    record_event(
        EventName.EXPORT_MADE,
        "release",
        release.pk,
        text=f"exported the grid as {kind.upper()}",
        data={"count": len(rows), "format": kind},
        actor=staff_actor(request),
        now=now,
    )
    return table_response(f"grid-{release.reference}", headers, rows, kind, sheet="Grid")


def _draft(release: Release, reference: str) -> GridDraft | None:
    """An open draft of the release; None for any other."""
    return release.drafts.filter(reference=reference, state=DraftState.OPEN.value).first()


def _overlay(sheet: Sheet, draft: GridDraft) -> None:
    """The draft's numbers as if they had been typed; those of offers that are gone are left out."""
    for cell, value in draft_cells(draft).items():
        spot = sheet.spot_of.get(cell.name)
        if spot and sheet.standing(spot) != value:
            acts.put(sheet, *spot, say(cell.field, value))


def _page(request: HttpRequest, sheet: Sheet, now: datetime, **more: Any) -> HttpResponseBase:
    context = grid_context(sheet, now, may_edit=may(request.user, Permission.EDIT_OFFERS), **more)
    return render(request, "backoffice/releases/grid/grid.html", context)


def _at(release: Release, **question: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in question.items() if value != "maximum")
    return reverse("backoffice:release_grid", args=[release.reference]) + (f"?{asked}" if asked else "")
