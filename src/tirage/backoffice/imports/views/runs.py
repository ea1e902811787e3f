"""Imports: choose a file, say which column is what, look at what was found, run it."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.imports.answers import AnswersForm
from tirage.backoffice.imports.forms import ColumnsForm, UploadForm, kinds_for
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.runs import stands_still
from tirage.imports import files, operations, queries
from tirage.imports.facts import Facts
from tirage.imports.groups import may_lack_groups
from tirage.imports.kinds import kind_of
from tirage.imports.models import ImportRun
from tirage.imports.options import ImportOptions
from tirage.imports.progress import Progress, read_progress
from tirage.imports.states import OVER, ImportKind, ImportState
from tirage.moving.models import MovedOrder
from tirage.parts.exporting import XLSX_TYPE
from tirage.staff.permissions import Permission, may, require, staff_actor, staff_required
from tirage.staff.uploads import takes_file
from tirage.tables.sources import Limits
from tirage.tables.writing import csv_stream, xlsx_file

SHOWN_ROWS = 4
EARLIER = 50
NEEDED: dict[ImportKind, Permission] = {
    ImportKind.CUSTOMERS: Permission.EDIT_CUSTOMERS,
    ImportKind.SKUS: Permission.EDIT_CELLAR,
    ImportKind.STOCK: Permission.EDIT_STOCK,
    ImportKind.OFFER_ITEMS: Permission.EDIT_OFFERS,
    ImportKind.ORDERS: Permission.EDIT_SETTINGS,
    **dict.fromkeys(
        (
            *(ImportKind.CREDIT, ImportKind.CLUB_MEMBERS, ImportKind.CARDS),
            *(ImportKind.SUPPRESSED, ImportKind.WISHES, ImportKind.GROUP_STAYS),
        ),
        Permission.EDIT_SETTINGS,
    ),
}
#: Where to look at what came of it: page and words.
AFTER: dict[ImportKind, tuple[str, str]] = {
    ImportKind.CUSTOMERS: ("backoffice:customers", "Look at the customers"),
    ImportKind.SKUS: ("backoffice:cellar", "Look at the cellar"),
    ImportKind.STOCK: ("backoffice:cellar", "Look at the cellar"),
    ImportKind.OFFER_ITEMS: ("backoffice:releases", "Look at the releases"),
    ImportKind.ORDERS: ("backoffice:move_in", "Make orders of them"),
    ImportKind.CREDIT: ("backoffice:move_in", "Back to moving in"),
    ImportKind.CLUB_MEMBERS: ("backoffice:move_in", "Back to moving in"),
    ImportKind.CARDS: ("backoffice:move_in", "Look the cards up"),
    ImportKind.SUPPRESSED: ("backoffice:move_in", "Back to moving in"),
    ImportKind.WISHES: ("backoffice:move_in", "Back to moving in"),
    ImportKind.GROUP_STAYS: ("backoffice:move_in", "Back to moving in"),
}
#: Brought every day, too: a part of moving in while orders of a former system wait.
_DAILY = (ImportKind.CUSTOMERS, ImportKind.SKUS, ImportKind.STOCK)
STEPS = ("File", "Columns", "Check", "Import")
TONES = {
    ImportState.DONE: "good",
    ImportState.FAILED: "problem",
    ImportState.CHECKED: "live",
    ImportState.CHECKING: "live",
    ImportState.RUNNING: "live",
}
STEP_WORDS = {"reading": "Reading the file", "checking": "Checking rows", "writing": "Writing rows"}
_BAR = "import_progress"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.IMPORT)
@takes_file(Limits().file_bytes)
def choose(request: HttpRequest) -> HttpResponseBase:
    """The kind and the file; below, earlier imports. ``?kind=`` and ``?offer=`` choose ahead."""
    kinds = kinds_for({kind: may(request.user, needed) for kind, needed in NEEDED.items()})
    asked = {"kind": request.GET.get("kind", "customers"), "offer": request.GET.get("offer", "")}
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            run = operations.bring_file(
                kind=form.cleaned_data["kind"],
                file=form.cleaned_data["file"].file,
                file_name=form.cleaned_data["file"].name,
                options=ImportOptions(offer=form.cleaned_data["offer"]),
                actor=staff_actor(request),
                now=read_clock(),
            )
            operations.queue_recognising(run=run, now=read_clock())
            return redirect("backoffice:import_run", run.reference)
        except DomainError as refusal:
            form.add_error("file", refusal.message)
    operations.sweep_stopped(now=read_clock())
    earlier = [(run, _state(run)) for run in ImportRun.objects.order_by("-made_at", "-pk")[:EARLIER]]
    context = {"form": form, "kinds": kinds, "earlier": earlier, **import_frame(request, 0)}
    return render(request, "backoffice/imports/choose.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.IMPORT)
def columns(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Which column is what, with what stands in each."""
    run = find_run(request, reference)
    if run.state in OVER or run.is_busy or run.queued_at or run.written:
        return redirect("backoffice:import_run", reference)
    if not run.facts:
        operations.queue_recognising(run=run, now=read_clock())
        return redirect("backoffice:import_run", reference)
    facts = queries.read_facts(run)
    mapping = queries.mapping_of(run, facts)
    options = queries.options_of(run)
    kind = kind_of(run.kind)
    data = request.POST if request.method == "POST" else None
    form = ColumnsForm(data, kind=kind, mapping=mapping, samples=_samples(facts), options=options)
    if form.is_bound and form.is_valid():
        try:
            operations.choose_columns(
                run=run,
                choices=form.columns_chosen,
                options=form.options_chosen(options),
                actor=staff_actor(request),
                now=read_clock(),
            )
            return work_on(request, run, to_write=False)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
    ignored = mapping.ignored
    context = {
        "run": run,
        "kind": kind,
        "form": form,
        "headers": facts.own_headers,
        "rows": [
            {"number": number, "cells": cells[: facts.own]} for number, cells in facts.sample[:SHOWN_ROWS]
        ],
        "notes": [f"This is a file of {facts.system}.", *facts.notes] if facts.system else facts.notes,
        "ignored": ignored,
        "answers": _answers_form(run) if facts.questions else None,
        "unmatched": mapping.unmatched,
        "crumbs": import_crumbs(run.file_name),
        **import_frame(request, 1),
    }
    return render(request, "backoffice/imports/columns.html", context, status=422 if form.is_bound else 200)


@require_safe
@staff_required(Permission.IMPORT)
def show(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Where the import is: waiting, checked, running, done, failed."""
    now = read_clock()
    operations.sweep_stopped(now=now)
    run = find_run(request, reference)
    if run.state == ImportState.UPLOADED and not run.queued_at:
        return redirect("backoffice:import_columns", reference)
    return render(request, "backoffice/imports/run.html", _run_context(request, run, now, _answers_form(run)))


@require_POST
@staff_required(Permission.IMPORT)
def answer(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Keeps what the person says of the file's words and marks, and checks it again."""
    now = read_clock()
    run = find_run(request, reference)
    form = _answers_form(run, request.POST)
    if not form.is_valid():
        context = _run_context(request, run, now, form)
        return render(request, "backoffice/imports/run.html", context, status=422)
    try:
        operations.answer_questions(run=run, answers=form.answers, actor=staff_actor(request), now=now)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("backoffice:import_run", reference)
    if run.facts and run.state == ImportState.UPLOADED:
        return redirect("backoffice:import_columns", reference)
    return work_on(request, run, to_write=False)


def _answers_form(run: ImportRun, data: QueryDict | None = None) -> AnswersForm:
    """What is asked of the file, with what is taken for the answers."""
    questions = queries.read_reading(run).questions
    if not questions and run.facts:
        questions = list(queries.read_facts(run).questions)
    headers = {**run.mapping, "country": run.mapping.get("country") or run.mapping.get("ship_country", "")}
    return AnswersForm(data, questions=questions, answers=queries.options_of(run).answers, headers=headers)


def _run_context(request: HttpRequest, run: ImportRun, now: datetime, form: AnswersForm) -> dict[str, Any]:
    kind = kind_of(run.kind)
    may_answer = run.state in (ImportState.CHECKED, ImportState.FAILED) and not run.written
    return {
        "run": run,
        "kind": kind,
        "state": _state(run),
        "at_work": run.is_busy or run.queued_at,
        "late": run.queued_at is not None and stands_still(run.queued_at, now),
        "problems": queries.shown_problems(run),
        "notices": queries.shown_notices(run),
        "is_refused": queries.is_refused(run),
        "has_report": files.has_report(run),
        "bar": _bar(run),
        "after": _after(run),
        "is_moving": run.kind in _DAILY and MovedOrder.objects.filter(is_waiting=True).exists(),
        "bad_words": queries.say_bad(run) if run.bad else "",
        "without_column": _without_column(run),
        "lacks_groups": may_lack_groups(run) and may(request.user, Permission.EDIT_GROUPS),
        "answers": form if form.fields and may_answer else None,
        "open_count": form.open_count if may_answer else 0,
        "open_words": "1 thing to say first"
        if form.open_count == 1
        else f"{form.open_count} things to say first",
        "shown_rows": queries.read_reading(run).rows,
        "crumbs": import_crumbs(run.file_name),
        **import_frame(request, {ImportState.RUNNING: 3, ImportState.DONE: 4}.get(ImportState(run.state), 2)),
    }


@require_safe
@staff_required(Permission.IMPORT)
def progress(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The bar alone; the whole page once nothing is at work any more."""
    operations.sweep_stopped(now=read_clock())
    run = find_run(request, reference)
    bar = _bar(run) if run.is_busy or run.queued_at else None
    return bar_or_page(request, bar, reverse("backoffice:import_run", args=[reference]))


@require_POST
@staff_required(Permission.IMPORT)
def start(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Runs the import; ``skip_bad=1`` leaves the bad rows out. ``check=1`` looks at the file once more instead."""
    run = find_run(request, reference)
    return work_on(
        request, run, to_write=not request.POST.get("check"), skip_bad=bool(request.POST.get("skip_bad"))
    )


@require_POST
@staff_required(Permission.IMPORT)
def cancel(request: HttpRequest, reference: str) -> HttpResponseBase:
    run = find_run(request, reference)
    try:
        run = operations.cancel_import(run=run, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You let {run.file_name} go. {run.outcome}")
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("backoffice:import_run", reference)
    return redirect("backoffice:import")


@require_safe
@staff_required(Permission.IMPORT)
def problems(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Every problem found, as CSV."""
    run = find_run(request, reference)
    try:
        report = files.open_report(run)
    except FileNotFoundError:
        raise Http404("no problems were kept") from None
    name = f"{run.reference}-problems.csv"
    return FileResponse(report, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


@require_safe
@staff_required(Permission.IMPORT)
def template(request: HttpRequest, kind: str, ending: str) -> HttpResponseBase:
    """A file to begin with: the usual columns and an example."""
    try:
        known = kind_of(kind)
    except DomainError as refusal:
        raise Http404(refusal.message) from refusal
    name = f"{known.name}-template.{ending}"
    if ending == "xlsx":
        buffer = BytesIO()
        xlsx_file(known.headers, known.examples, buffer, sheet=known.label)
        buffer.seek(0)
        return FileResponse(buffer, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    if ending != "csv":
        raise Http404("a template is CSV or XLSX")
    response = StreamingHttpResponse(
        csv_stream(known.headers, known.examples), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def work_on(
    request: HttpRequest, run: ImportRun, *, to_write: bool, skip_bad: bool = False
) -> HttpResponseBase:
    """Asks the worker; the import's page says how far it is and what came of it."""
    now = read_clock()
    try:
        if run.facts:
            operations.queue_import(run=run, to_write=to_write, skip_bad=skip_bad, now=now)
        else:
            operations.queue_recognising(run=run, now=now)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("backoffice:import_run", run.reference)


def find_run(request: HttpRequest, reference: str) -> ImportRun:
    """The import, for who may change what its file changes; 404 and 403 otherwise."""
    run = get_object_or_404(ImportRun, reference=reference)
    require(request, NEEDED[ImportKind(run.kind)])
    return run


def _samples(facts: Facts) -> dict[str, str]:
    """The first filled cell of each column."""
    found: dict[str, str] = {}
    for _, cells in facts.sample:
        for header, cell in zip(facts.headers, cells, strict=True):
            if header not in found and cell.strip():
                found[header] = " ".join(cell.split())
    return found


def _bar(run: ImportRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    told = read_progress(run.reference) if run.is_busy or run.queued_at else None
    label = STEP_WORDS.get(told.phase, "") if told else ""
    counted = told is not None and told.total > 0
    return {
        "name": _BAR,
        "label": label or "Waiting for its turn",
        "value": told.done if told and counted else None,
        "max": max(told.total, told.done, 1) if told else 1,
        "words": _say_far(told) if told and counted else "",
        "url": reverse("backoffice:import_progress", args=[run.reference]),
    }


def _say_far(told: Progress) -> str:
    """``120,000 of 500,000, about 3 minutes left``."""
    words = f"{told.done:,} of {max(told.total, told.done):,}"
    if told.left is None or told.left < 5:
        return words
    if told.left < 90:
        return f"{words}, about {told.left} seconds left"
    return f"{words}, about {round(told.left / 60)} minutes left"


def _state(run: ImportRun) -> dict[str, str]:
    if run.queued_at and not run.is_busy:
        return {"words": "Waiting", "tone": "live"}
    words = {ImportState.UPLOADED: "Columns to choose", ImportState.CHECKED: "Checked, not imported"}
    state = ImportState(run.state)
    return {"words": words.get(state, state.value.capitalize()), "tone": TONES.get(state, "hollow")}


def _without_column(run: ImportRun) -> list[str]:
    """Fields that rows were refused for and that no column was chosen for: one choice mends all of them."""
    unmapped = {gettext(field.label) for field in kind_of(run.kind).fields if not run.mapping.get(field.name)}
    return sorted({column for _, column, _, _ in run.problems} & unmapped)


def _after(run: ImportRun) -> dict[str, str]:
    """Where to look at what came of it: items on their offer, everything else in its list."""
    offer = str(run.options.get("offer") or "")
    if run.kind == ImportKind.OFFER_ITEMS and offer:
        return {"href": reverse("backoffice:offer_items", args=[offer]), "label": "Look at the items"}
    name, words = AFTER[ImportKind(run.kind)]
    return {"href": reverse(name), "label": words}


def _steps(current: int) -> list[dict[str, str]]:
    states = ["done" if n < current else "current" if n == current else "ahead" for n in range(len(STEPS))]
    return [{"label": label, "state": state} for label, state in zip(STEPS, states, strict=True)]


def import_crumbs(*more: str) -> list[tuple[str, str]]:
    return [("Import", reverse("backoffice:import")), *((one, "") for one in more)]


def import_frame(request: HttpRequest, step: int) -> dict[str, Any]:
    """What stands above every page of an import: the settings' tabs and how far it is."""
    return {"tabs": settings_tabs(request, "backoffice:import"), "steps": _steps(step)}
