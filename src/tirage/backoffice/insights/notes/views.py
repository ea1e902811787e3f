"""The analyst's notes: told, looked for, acted on, dismissed; and the empty quarters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.frame.who import with_filter
from tirage.backoffice.insights.notes.page import (
    PEOPLE_SHOWN,
    QUARTERS_SHOWN,
    NoteShown,
    bar_of,
    last_search,
    notes_shown,
    quarters_shown,
)
from tirage.backoffice.insights.tabs import insight_tabs
from tirage.core.clock import read_clock
from tirage.core.runs import stands_still
from tirage.core.winery import current_winery
from tirage.insights.note_models import Note, NotesRun
from tirage.insights.note_states import NotesState
from tirage.insights.noting import running, settling
from tirage.insights.noting.quartering import winery_point
from tirage.parts.wording import say_day
from tirage.staff.notes_mail import choose_notes_mail
from tirage.staff.permissions import Permission, require, staff_actor, staff_member, staff_required


class KeepForm(forms.Form):
    name = forms.CharField(label="Name of the list", max_length=80, required=False)


@require_safe
@staff_required(Permission.SEE_INSIGHTS)
def notes(request: HttpRequest) -> HttpResponseBase:
    """Those that are told, those that were settled last, and how far a search is."""
    told, settled = notes_shown()
    run = NotesRun.objects.filter(state=NotesState.RUNNING.value).first()
    context: dict[str, Any] = {
        "tabs": insight_tabs(request, "backoffice:insight_notes"),
        "told": [(one, one.ways(request.user)) for one in told],
        "settled": settled,
        "last": last_search(),
        "running": run,
        "is_mailed": staff_member(request).wants_notes,
    }
    if run is not None:
        context |= {"bar": bar_of(run), "late": stands_still(run.changed_at, read_clock())}
    return render(request, "backoffice/insights/notes/notes.html", context)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def look(request: HttpRequest) -> HttpResponse:
    """Lets the worker look anew."""
    with refusals_said(request):
        running.start_notes(actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:insight_notes")


@require_POST
@staff_required(Permission.SEE_INSIGHTS)
def mail(request: HttpRequest) -> HttpResponse:
    """Whether the member is mailed the notes of the week."""
    wants = request.POST.get("wants") == "yes"
    choose_notes_mail(member=staff_member(request), wants=wants)
    words = "You are mailed the notes on Mondays." if wants else "You aren’t mailed the notes any more."
    messages.success(request, words)
    return redirect("backoffice:insight_notes")


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends a search; the notes stay those of before."""
    running.stop_notes(run=get_object_or_404(NotesRun, reference=reference), now=read_clock())
    return redirect("backoffice:insight_notes")


@require_safe
@staff_required(Permission.SEE_INSIGHTS)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once it is over."""
    run = get_object_or_404(NotesRun, reference=reference)
    bar = bar_of(run) if run.state == NotesState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:insight_notes"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_INSIGHTS)
def note(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One note with its figures and whom it is about; sending keeps them as a list."""
    found = get_object_or_404(Note.objects.select_related("run"), reference=reference)
    shown = NoteShown(found)
    form = KeepForm(request.POST if request.method == "POST" else None, initial={"name": _list_name(shown)})
    if request.method == "POST":
        require(request, Permission.EDIT_GROUPS)
        if form.is_valid():
            with refusals_in(form):
                kept = settling.keep_people(
                    note=found, name=form.cleaned_data["name"], actor=staff_actor(request), now=read_clock()
                )
                messages.success(request, f"You kept {kept.total:,} customers as the list {kept.name}.")
                address = with_filter(reverse("backoffice:customers"), f"list(list:{kept.reference})")
                return redirect(address)
    context = {
        "tabs": insight_tabs(request, "backoffice:insight_notes"),
        "crumbs": [("Insights", reverse("backoffice:insights")), ("Notes", reverse("backoffice:insight_notes")),
                   (found.reference, "")],
        "shown": shown,
        "ways": shown.ways(request.user),
        "people": shown.people() if shown.has_people else [],
        "more": max(0, shown.people_count - PEOPLE_SHOWN),
        "form": form,
    }  # fmt: skip
    return render(request, "backoffice/insights/notes/note.html", context, status=400 if form.errors else 200)


def _list_name(shown: NoteShown) -> str:
    """``Sales: Seattle-Tacoma-Bellevue, WA, Nov 30, 2026``, as long as names of lists are."""
    winery = current_winery()
    about = ", ".join(filter(None, [shown.fact.group, shown.fact.name]))
    day = say_day(shown.note.found_at, winery.time_zone, winery.locale)
    head = f"{shown.topic}: {about}" if about else shown.topic
    return f"{head[: 78 - len(day)]}, {day}"


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def done(request: HttpRequest, reference: str) -> HttpResponse:
    return _settled(
        request, reference, settling.mark_seen_to, "You saw to this note. It stays away until it changes."
    )


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def dismiss(request: HttpRequest, reference: str) -> HttpResponse:
    return _settled(
        request, reference, settling.dismiss_note, "You dismissed this note. It stays away until it changes."
    )


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def take_up(request: HttpRequest, reference: str) -> HttpResponse:
    return _settled(request, reference, settling.take_up_note, "The note is open again.")


def _settled(request: HttpRequest, reference: str, act: Callable[..., Note], words: str) -> HttpResponse:
    found = get_object_or_404(Note, reference=reference)
    with refusals_said(request):
        act(note=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, words)
    return redirect("backoffice:insight_notes")


@require_safe
@staff_required(Permission.SEE_INSIGHTS)
def quarters(request: HttpRequest) -> HttpResponseBase:
    """ZIPs like the best with few customers, as the last search found them."""
    run = last_search()
    context = {
        "tabs": insight_tabs(request, "backoffice:empty_quarters"),
        "run": run,
        "page": Paginator(quarters_shown(run) if run else [], QUARTERS_SHOWN).get_page(
            request.GET.get("page")
        ),
        "knows_place": winery_point() is not None,
    }
    return render(request, "backoffice/insights/notes/quarters.html", context)
