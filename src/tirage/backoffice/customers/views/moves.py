"""Many customers into a group: choose, preview, run with progress, result in words, undo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.customers.list import CUSTOMERS
from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.choosing import back_to_choice, say_if_list_changed, sent_choice
from tirage.backoffice.frame.lists import chosen_rows
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.winery import local_time
from tirage.customers import operations
from tirage.customers.models import Group, MoveRun
from tirage.customers.queries import move_progress, preview_run, state_before
from tirage.customers.states import MoveKind, MoveState
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.tables.writing import Cell, csv_stream

#: How long one request works before it answers with the progress.
WORK_SECONDS = 1.0
BATCH = 250
#: How many past moves are listed.
SHOWN = 100
#: What a state is called, and how it looks.
STATES = {
    MoveState.DRAFT: ("Not started", "hollow"),
    MoveState.RUNNING: ("Under way", "live"),
    MoveState.FINISHED: ("Done", "good"),
    MoveState.UNDOING: ("Being undone", "live"),
    MoveState.UNDONE: ("Undone", "hollow"),
}

Step = Callable[[MoveRun], MoveRun]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_GROUPS)
def moves(request: HttpRequest) -> HttpResponseBase:
    """The bulk moves so far, the newest first; a POST of the customers' list drafts another."""
    if request.method == "POST":
        return _choose(request)
    found = MoveRun.objects.select_related("group").order_by("-made_at", "-pk")[:SHOWN]
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
    context = {
        "run": run,
        "crumbs": [
            ("Customers", reverse("backoffice:customers")),
            ("Bulk moves", reverse("backoffice:moves")),
            (_title(run), ""),
        ],
        "title": _title(run),
        "is_move": run.kind == MoveKind.MOVE,
        "progress": move_progress(run),
    }
    if run.state == MoveState.DRAFT:
        context["preview"] = preview_run(run)
    else:
        context["result"] = operations.say_result(run)
    return render(request, "backoffice/customers/move.html", context)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def run_move(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Starts or goes on with the run for about a second."""
    act = partial(operations.continue_move, limit=BATCH, actor=staff_actor(request), now=read_clock())
    return _work(request, _found(reference), lambda run: act(run=run), MoveState.RUNNING)


@require_POST
@staff_required(Permission.EDIT_GROUPS)
def undo_move(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Starts or goes on with undoing for about a second."""
    act = partial(operations.continue_undo, limit=BATCH, actor=staff_actor(request), now=read_clock())
    return _work(request, _found(reference), lambda run: act(run=run), MoveState.UNDOING)


@require_GET
@staff_required(Permission.EDIT_GROUPS, Permission.EXPORT)
def export_before(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The customers of the run with the groups they had before it, as CSV; recorded."""
    run, now = _found(reference), read_clock()
    record_event(
        EventName.EXPORT_MADE,
        "group",
        run.group_id,
        text=f"exported the groups before the move to {run.group.name}",
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


def _work(request: HttpRequest, run: MoveRun, step: Step, working: MoveState) -> HttpResponseBase:
    until = time.monotonic() + WORK_SECONDS
    with refusals_said(request):
        run = step(run)
        while run.state == working and time.monotonic() < until:
            run = step(run)
    target = reverse("backoffice:move", args=[run.reference])
    if not request.headers.get("HX-Request"):
        return redirect(target)
    if run.state != working:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
        return response
    return render(
        request, "backoffice/customers/move_progress.html", {"run": run, "progress": move_progress(run)}
    )


def _found(reference: str) -> MoveRun:
    return get_object_or_404(MoveRun.objects.select_related("group"), reference=reference)


def _title(run: MoveRun) -> str:
    return f"Move to {run.group.name}" if run.kind == MoveKind.MOVE else f"Add to {run.group.name}"
