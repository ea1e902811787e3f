"""Many customers into a group: choose, preview, run with progress, result in words, undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.customers.leaving import Things, leaving_open_offers, who_leaves
from tirage.backoffice.customers.list import CUSTOMERS
from tirage.backoffice.frame.acting import MomentField, first_problem, refusals_said
from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.lists import chosen_rows
from tirage.backoffice.frame.runs import bar_or_page, say_run
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.runs import stands_still
from tirage.core.winery import local_time
from tirage.customers import operations
from tirage.customers.models import Group, MoveRun
from tirage.customers.queries import move_progress, preview_run, state_before
from tirage.customers.states import MoveKind, MoveOutcome, MoveSource, MoveState
from tirage.parts.exporting import table_response
from tirage.staff.permissions import Permission, require, staff_actor, staff_required
from tirage.tables.writing import Cell, csv_stream

#: How many past moves, and how many who leave, are listed.
SHOWN = 100
UNDER_WAY = (MoveState.RUNNING, MoveState.UNDOING)
LEAVING_HEADERS = ("email", "name", "offer", "bottles in cart", "bottles wished", "own allowances", "orders")
#: How a preview says what it would do, what the button that does it begins with, and what becomes of other groups.
WORDS = {
    MoveKind.ADD: ("Will be added", "Add", "Adding keeps their other groups."),
    MoveKind.MOVE: ("Will move", "Move", "Moving takes them out of all other groups."),
    MoveKind.LEAVE: ("Will be taken out", "Take out", "Their other groups stay."),
    MoveKind.TIER: ("Will move", "Move", "Standard groups stay as they are."),
}
#: What a state is called, and how it looks.
STATES = {
    MoveState.DRAFT: ("Not started", "hollow"),
    MoveState.SCHEDULED: ("Begins by itself", "neutral"),
    MoveState.RUNNING: ("Under way", "live"),
    MoveState.FINISHED: ("Done", "good"),
    MoveState.STOPPED: ("Stopped", "warning"),
    MoveState.UNDOING: ("Being undone", "live"),
    MoveState.UNDONE: ("Undone", "hollow"),
}


class ScheduleForm(forms.Form):
    at = MomentField(label="Begin at")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def moves(request: HttpRequest) -> HttpResponseBase:
    """The bulk moves so far, the newest first; a POST of the customers' list drafts another."""
    if request.method == "POST":
        return _choose(request)
    # A choice that was cut short is no run.
    found = MoveRun.objects.filter(total__gt=0).exclude(source=MoveSource.PERSON.value)
    found = found.select_related("group").order_by("-made_at", "-pk")[:SHOWN]
    rows = [(run, _title(run), *STATES[MoveState(run.state)]) for run in found]
    return render(request, "backoffice/customers/moves.html", {"rows": rows})


def _choose(request: HttpRequest) -> HttpResponseBase:
    """Keeps the chosen customers as a draft and leads to its preview."""
    group = Group.objects.filter(reference=request.POST.get("group", "")).first()
    back = back_to_choice(request, CUSTOMERS.name, "backoffice:customers")
    if group is None:
        messages.error(request, "Choose the group below the list, then Add or Move.")
        return redirect(back)
    kind = MoveKind.ADD if request.POST.get("act") == "add" else MoveKind.MOVE
    ids = list(
        chosen_rows(request, CUSTOMERS).order_by("last_name", "first_name", "id").values_list("pk", flat=True)
    )
    with refusals_said(request):
        run = operations.draft_move(
            customer_ids=ids, group=group, kind=kind, actor=staff_actor(request), now=read_clock()
        )
        say_if_list_changed(request, sent_choice(request, CUSTOMERS.name), len(ids))
        return redirect("backoffice:move", run.reference)
    return redirect(back)


@require_GET
@staff_required(Permission.EDIT_GROUPS)
def move(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The preview of a draft, the progress of a run, the result of a finished one."""
    run = _found(reference)
    context: dict[str, Any] = {
        "run": run,
        "crumbs": [
            ("Customers", reverse("backoffice:customers")),
            ("Bulk moves", reverse("backoffice:moves")),
            (_title(run), ""),
        ],
        "title": _title(run),
        "words": WORDS[MoveKind(run.kind)],
        "is_tiering": run.source == MoveSource.TIERING,
        "progress": move_progress(run),
    }
    now = read_clock()
    if run.state in (MoveState.DRAFT, MoveState.SCHEDULED):
        context |= {
            "preview": preview_run(run),
            "leaving": leaving_open_offers(run, now),
            "at_form": ScheduleForm(),
        }
    elif run.state in UNDER_WAY:
        context |= {"bar": _bar(run), "late": stands_still(run.changed_at, now)}
    else:
        context["result"] = say_run(request, run, operations.say_result(run))
    return render(request, "backoffice/customers/move.html", context)


@require_GET
@staff_required(Permission.EDIT_GROUPS)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    run = _found(reference)
    bar = _bar(run) if run.state in UNDER_WAY else None
    return bar_or_page(request, bar, reverse("backoffice:move", args=[reference]))


@require_GET
@staff_required(Permission.EDIT_GROUPS)
def leaving(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Who has something in an offer that they would leave; all of them as CSV, for who may export."""
    run, now = _found(reference), read_clock()
    if run.state not in (MoveState.DRAFT, MoveState.SCHEDULED):
        return redirect("backoffice:move", reference)
    found = who_leaves(leaving_open_offers(run, now))
    if request.GET.get("export"):
        require(request, Permission.EXPORT)
        record_event(
            EventName.EXPORT_MADE,
            "group",
            run.group_id or 0,
            text=f"exported who leaves an open offer: {_title(run)}",
            data={"run": run.reference},
            actor=staff_actor(request),
            now=now,
        )
        rows: Iterator[list[Cell]] = (
            [one.email, one.name, f"{offer.release.name}, {offer.group.name}", *_figures(things)]
            for one, offer, things in found
        )
        return table_response(f"leaving-{run.reference}", LEAVING_HEADERS, rows, "csv")
    context = {
        "run": run,
        "title": f"Who leaves an open offer: {_title(run)}",
        "crumbs": [
            ("Customers", reverse("backoffice:customers")),
            (_title(run), reverse("backoffice:move", args=[reference])),
            ("Who leaves", ""),
        ],
        "rows": found[:SHOWN],
        "count": len(found),
        "shown": SHOWN,
    }
    return render(request, "backoffice/customers/move_leaving.html", context)


def _figures(things: Things) -> list[Cell]:
    return [things.held, things.wished, things.allowances, things.orders]


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def run_move(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker begin, or go on."""
    return _act(request, reference, operations.start_move)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def undo_move(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker give back the groups of before; of one person at once."""
    run = _found(reference)
    if run.source != MoveSource.PERSON:
        return _act(request, reference, operations.start_undo)
    customer = run.rows.select_related("customer").get().customer
    with refusals_said(request):
        undone = operations.undo_one_person(run=run, actor=staff_actor(request), now=read_clock())
        if undone.rows.filter(outcome=MoveOutcome.LEFT_ALONE.value).exists():
            messages.error(request, f"{customer.name} was moved again meanwhile, so nothing was undone.")
        else:
            messages.success(request, f"{customer.name} is in the groups of before again.")
    return redirect("backoffice:customer", customer.reference)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def schedule_move(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker begin at the time of the form."""
    _found(reference)
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("backoffice:move", reference)
    return _act(request, reference, partial(operations.schedule_move, at=form.cleaned_data["at"]))


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def call_off_move(request: HttpRequest, reference: str) -> HttpResponse:
    """Makes a scheduled move a draft again."""
    return _act(request, reference, operations.call_off_move)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def stop_move(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends a run between two portions."""
    return _act(request, reference, operations.stop_move)


def _act(request: HttpRequest, reference: str, act: Callable[..., MoveRun]) -> HttpResponse:
    with refusals_said(request):
        act(run=_found(reference), actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:move", reference)


@require_GET
@staff_required(Permission.EDIT_GROUPS, Permission.EXPORT)
def export_before(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The customers of the run with the groups they had before it, as CSV; recorded."""
    run, now = _found(reference), read_clock()
    record_event(
        EventName.EXPORT_MADE,
        "group",
        run.group_id or 0,
        text=f"exported the groups before: {_title(run)}",
        data={"run": run.reference},
        actor=staff_actor(request),
        now=now,
    )
    headers = ["reference", "email", "first_name", "last_name", "groups before", "outcome"]
    response = StreamingHttpResponse(
        csv_stream(headers, _before_rows(run)), content_type="text/csv; charset=utf-8"
    )
    name = f"groups-before-{run.reference}-{local_time(now):%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _before_rows(run: MoveRun) -> Iterator[list[Cell]]:
    for customer, outcome, groups in state_before(run):
        names = "; ".join(sorted(name for name, _ in groups))
        yield [customer.reference, customer.email, customer.first_name, customer.last_name, names, outcome]


def _bar(run: MoveRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    figures = move_progress(run)
    if run.state == MoveState.UNDOING:
        facts = (
            "Giving back the groups of before",
            figures.given_back,
            figures.to_give_back,
            figures.undo_words,
        )
    else:
        facts = ("Moving customers", figures.done, figures.total, figures.words)
    label, value, most, words = facts
    return {
        "name": "moving",
        "label": label if value else "Waiting for its turn",
        "value": value or None,
        "max": most,
        "words": words,
        "url": reverse("backoffice:move_progress", args=[run.reference]),
    }


def _found(reference: str) -> MoveRun:
    return get_object_or_404(MoveRun.objects.select_related("group"), reference=reference)


_TITLES = {MoveKind.ADD: "Add to", MoveKind.LEAVE: "Take out of"}


def _title(run: MoveRun) -> str:
    if run.source == MoveSource.TIERING:
        return "Tiering"
    if run.group is None:
        return f"Spreadsheet {run.name}"
    return f"{_TITLES.get(MoveKind(run.kind), 'Move to')} {run.group.name}"
