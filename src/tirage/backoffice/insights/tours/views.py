"""On the road: tours, one with its stops on the map, its form, its calendar."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.insights.calendars import calendar_response
from tirage.backoffice.insights.ground import Mark, ground
from tirage.backoffice.insights.tabs import insight_tabs
from tirage.backoffice.insights.tours.forms import TourForm
from tirage.backoffice.insights.whom import WEIGHTS, who_of
from tirage.core.clock import read_clock
from tirage.insights import tours as operations
from tirage.insights.events import KEPT_DAYS
from tirage.insights.gathering import readable
from tirage.insights.plan_models import Tour
from tirage.insights.rules.calendar import Entry, calendar_text, whole_day
from tirage.insights.states import Weight
from tirage.insights.tours import TourShown, day_of_stop, show_tour
from tirage.parts.hands import found_again
from tirage.parts.undo import say_undoable
from tirage.segments.naming import say_filter
from tirage.staff.permissions import Permission, staff_actor, staff_required


def _tours() -> Any:
    return Tour.objects.filter(removed_at=None)


def _crumbs() -> list[tuple[str, str]]:
    return [("Insights", reverse("backoffice:insights")), ("On the road", reverse("backoffice:tours"))]


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def tours(request: HttpRequest) -> HttpResponseBase:
    rows = [
        (tour, [stop.name.partition(":")[0] for stop in tour.stops.all()])
        for tour in _tours().order_by("-pk").prefetch_related("stops")
    ]
    context = {"tabs": insight_tabs(request, "backoffice:tours"), "rows": rows}
    return render(request, "backoffice/insights/tours/tours.html", context)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def new_tour(request: HttpRequest) -> HttpResponseBase:
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def edit_tour(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _form(request, found_again(_tours(), request.POST, reference=reference))


def _form(request: HttpRequest, tour: Tour | None) -> HttpResponseBase:
    initial: dict[str, Any] = TourForm.values_of(tour) if tour else {"definition": ""}
    text = request.POST.get("definition") or request.GET.get("filter") or str(initial["definition"])
    who = who_of(text, request)
    if request.GET.get("filter"):
        initial["definition"] = who.text
    form = TourForm(who, request.POST or None, initial=initial, about=tour)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_tour(
                tour=tour, values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You saved the tour {saved.name}.")
            return redirect("backoffice:road_tour", saved.reference)
    title = f"Edit {tour.name}" if tour else "Plan a tour"
    here = reverse("backoffice:road_tour", args=[tour.reference]) if tour else reverse("backoffice:tours")
    context = {
        "title": title,
        "crumbs": [*_crumbs(), (title, "")],
        "form": form,
        "who": who,
        "submit": "Choose the stops",
        "cancel_url": here,
    }
    return render(request, "backoffice/insights/events/form.html", context)


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def tour(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(_tours(), reference=reference)
    shown = show_tour(found, read_clock())
    node, _ = readable(found.definition)
    context = {
        "crumbs": [*_crumbs(), (found.name, "")],
        "road": found,
        "shown": shown,
        "rows": [(one, _plan_url(found, one.stop)) for one in shown.stops],
        "said": say_filter(node) if node is not None else "",
        "is_money": found.weight == Weight.VALUE,
        "weight_words": dict(WEIGHTS)[found.weight],
        "assured": found.assured / 1000,
        "part": shown.value / shown.all_value if shown.all_value else 0,
        "drawing": _drawing(found, shown),
    }
    return render(request, "backoffice/insights/tours/tour.html", context)


def _plan_url(tour: Tour, stop: Any) -> str:
    """An event at a stop, with what the tour says of it."""
    asked = {
        "name": f"{tour.name}: {stop.name.partition(':')[0]}"[:80],
        "around": f"{stop.latitude:.4f}, {stop.longitude:.4f}",
        "filter": tour.definition,
        "reach": tour.miles,
        "weight": tour.weight,
    }
    return f"{reverse('backoffice:new_event_plan')}?{urlencode(asked)}"


def _drawing(tour: Tour, shown: TourShown) -> SafeString:
    marks = [
        Mark(one.stop.latitude, one.stop.longitude, str(one.stop.position), one.stop.name, miles=tour.miles)
        for one in shown.stops
    ]
    way = [(one.stop.latitude, one.stop.longitude) for one in shown.stops]
    if tour.start_latitude is not None and tour.start_longitude is not None:
        way.insert(0, (tour.start_latitude, tour.start_longitude))
    title = f"{len(marks)} stops on the map; the table says which"
    return ground(shown.spots, marks, title=title, way=() if tour.is_virtual else way, whole=True)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def choose_again(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(_tours(), reference=reference)
    with refusals_said(request):
        operations.choose_again(tour=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, "The stops are chosen anew, by where people live now.")
    return redirect("backoffice:road_tour", reference)


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def tour_calendar(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A day for each stop; without the first day there is none yet."""
    found = get_object_or_404(_tours(), reference=reference)
    if found.begins_on is None:
        raise Http404
    entries = []
    for at, stop in enumerate(found.stops.order_by("position")):
        day = day_of_stop(found, at)
        if day is not None:
            begins, ends = whole_day(day)
            uid = f"{found.reference}-{stop.position}@{request.get_host()}"
            place = "Online" if found.is_virtual else stop.name
            title = f"{found.name}: {stop.name.partition(':')[0]}"
            entries.append(Entry(uid, title, begins, ends, place, stop.latitude, stop.longitude))
    return calendar_response(found.reference, calendar_text(entries, name=found.name, now=read_clock()))


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def remove(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(_tours(), reference=reference)
    with refusals_said(request):
        operations.remove_tour(tour=found, actor=staff_actor(request), now=read_clock())
        words = f"You removed the tour {found.name}. It can be put back for {KEPT_DAYS} days."
        say_undoable(request, words, reverse("backoffice:restore_tour", args=[reference]))
    return redirect("backoffice:tours")


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def restore(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Tour, reference=reference)
    with refusals_said(request):
        operations.restore_tour(tour=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"{found.name} is back.")
    return redirect("backoffice:road_tour", reference)
