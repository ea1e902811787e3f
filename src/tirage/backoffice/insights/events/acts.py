"""What is done to an event: venues, its place, its guests, away and back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.insights.events.forms import GuestsForm, VenueForm
from tirage.backoffice.insights.events.views import plans, show_plan
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.insights import events, inviting
from tirage.insights.plan_models import EventPlan, PlanVenue
from tirage.insights.rules.typed import TypedPlace
from tirage.parts.undo import say_undoable
from tirage.staff.permissions import Permission, staff_actor, staff_required


def _plan(reference: str) -> EventPlan:
    found: EventPlan = get_object_or_404(plans().select_related("guests"), reference=reference)
    return found


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def add_venue(request: HttpRequest, reference: str) -> HttpResponseBase:
    plan, form = _plan(reference), VenueForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            made = events.add_venue(
                plan=plan,
                name=form.cleaned_data["venue"],
                place=form.cleaned_data["place"],
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You added {made.name} at {made.place}.")
            return redirect("backoffice:event_plan", reference)
    return show_plan(request, plan, venue=form)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def remove_venue(request: HttpRequest, reference: str, venue: str) -> HttpResponseBase:
    plan = _plan(reference)
    found = get_object_or_404(PlanVenue, plan=plan, pk=int(venue) if venue.isdigit() else 0)
    with refusals_said(request):
        events.remove_venue(plan=plan, venue=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You removed {found.name}.")
    return redirect("backoffice:event_plan", reference)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def place(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The event is held at one of the places compared: ``at`` is its key."""
    plan, now = _plan(reference), read_clock()
    with refusals_said(request):
        chosen = events.weigh_plan(plan, now).find(request.POST.get("at", ""))
        if chosen is None:
            raise Conflict("unknown_place", "This place isn’t among those compared any more. Choose another.")
        name = chosen.name if chosen.key != "venue" and not chosen.venue else f"{chosen.name}, {chosen.words}"
        site = TypedPlace(name, chosen.site.latitude, chosen.site.longitude)
        events.choose_site(plan=plan, site=site, actor=staff_actor(request), now=now)
        messages.success(request, f"{plan.name} is held at {site.name}.")
    return redirect("backoffice:event_plan", reference)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_GROUPS)
def keep_guests(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Whom to invite, kept as a list."""
    plan: EventPlan = _plan(reference)
    form: forms.Form = GuestsForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            kept = inviting.keep_guests(
                plan=plan, name=form.cleaned_data["name"], actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You kept {kept.total:,} customers as the list {kept.name}.")
            return redirect("backoffice:event_plan", reference)
    return show_plan(request, plan, guests=form)


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def remove(request: HttpRequest, reference: str) -> HttpResponseBase:
    plan = _plan(reference)
    with refusals_said(request):
        events.remove_plan(plan=plan, actor=staff_actor(request), now=read_clock())
        words = f"You removed the event {plan.name}. It can be put back for {events.KEPT_DAYS} days."
        say_undoable(request, words, reverse("backoffice:restore_event_plan", args=[reference]))
    return redirect("backoffice:event_plans")


@require_POST
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def restore(request: HttpRequest, reference: str) -> HttpResponseBase:
    plan = get_object_or_404(EventPlan, reference=reference)
    with refusals_said(request):
        events.restore_plan(plan=plan, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"{plan.name} is back.")
    return redirect("backoffice:event_plan", reference)
