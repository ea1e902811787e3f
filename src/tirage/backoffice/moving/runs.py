"""Runs over the history: begun, looked at, stopped, gone on with; files taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.moving.forms import StartForm
from tirage.backoffice.moving.page import (
    bar_of,
    missing_groups,
    named_problems,
    outcome_words,
    shown_orders,
)
from tirage.core.clock import read_clock
from tirage.core.runs import stands_still
from tirage.moving import running
from tirage.moving.card_runs import begin_cards
from tirage.moving.models import MoveRun
from tirage.moving.states import MoveAct, MoveState
from tirage.staff.permissions import Permission, staff_actor, staff_required


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def start(request: HttpRequest) -> HttpResponseBase:
    """``act=bring_in`` writes, anything else only looks."""
    form = StartForm(request.POST)
    form.full_clean()
    act = MoveAct.BRING_IN if request.POST.get("act") == MoveAct.BRING_IN else MoveAct.PREVIEW
    with refusals_said(request):
        begun = running.begin_move(act=act, actor=staff_actor(request), now=read_clock(), **form.cleaned_data)
        return redirect("backoffice:moving_run", begun.reference)
    return redirect("backoffice:move_in")


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def look_cards_up(request: HttpRequest) -> HttpResponseBase:
    """Lets the worker ask the processor for each card that waits."""
    with refusals_said(request):
        begun = begin_cards(actor=staff_actor(request), now=read_clock())
        return redirect("backoffice:moving_run", begun.reference)
    return redirect("backoffice:move_in")


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def take_files_back(request: HttpRequest) -> HttpResponseBase:
    """``file`` (an import's reference) goes, or with ``all=1`` the whole history; ``sure=1`` says that it is meant."""
    file, is_all = request.POST.get("file", ""), bool(request.POST.get("all"))
    if not request.POST.get("sure") or not (file or is_all):
        messages.error(request, "Tick that it is meant. Nothing was taken back.")
        return redirect("backoffice:move_in")
    with refusals_said(request):
        files = None if is_all else [file[:12]]
        begun = running.take_back(files=files, actor=staff_actor(request), now=read_clock())
        if begun is not None:
            return redirect("backoffice:moving_run", begun.reference)
        messages.info(request, "Nothing of it was here.")
    return redirect("backoffice:move_in")


@require_safe
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def run(request: HttpRequest, reference: str) -> HttpResponseBase:
    """How far it is, or what it came to."""
    found = get_object_or_404(MoveRun, reference=reference)
    context: dict[str, Any] = {
        "run": found,
        "words": outcome_words(found),
        "is_preview": found.act == MoveAct.PREVIEW,
        "is_cards": found.act == MoveAct.CARDS,
        "crumbs": [("Move in", reverse("backoffice:move_in")), (found.reference, "")],
    }
    if found.state == MoveState.RUNNING:
        context |= {"bar": bar_of(found), "late": stands_still(found.changed_at, read_clock())}
    else:
        context |= {
            "problems": named_problems(found),
            "shown": shown_orders(found),
            "groups": missing_groups(found),
            "form": StartForm(
                initial={"books_differences": found.books_differences, "takes_guests": found.takes_guests}
            ),
        }
    return render(request, "backoffice/moving/run.html", context)


@require_safe
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def progress(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The bar alone; the whole page once nothing is under way any more."""
    found = get_object_or_404(MoveRun, reference=reference)
    bar = bar_of(found) if found.state == MoveState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:moving_run", args=[reference]))


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def stop(request: HttpRequest, reference: str) -> HttpResponseBase:
    running.stop_move(run=get_object_or_404(MoveRun, reference=reference), now=read_clock())
    return redirect("backoffice:moving_run", reference)


@require_POST
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
def go_on(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(MoveRun, reference=reference)
    with refusals_said(request):
        running.continue_move(run=found, now=read_clock())
    return redirect("backoffice:moving_run", reference)
