"""Events: the plans that there are, one of them with its places and guests, and its form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.insights.calendars import calendar_response
from tirage.backoffice.insights.events.forms import GuestsForm, PlanForm, VenueForm
from tirage.backoffice.insights.events.page import crumbs, reach_words, shown
from tirage.backoffice.insights.tabs import insight_tabs
from tirage.backoffice.insights.whom import who_of
from tirage.core.bounds import readable
from tirage.core.clock import read_clock
from tirage.insights.events import save_plan
from tirage.insights.plan_models import EventPlan
from tirage.insights.rules.calendar import Entry, calendar_text
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, staff_actor, staff_required

#: How long an event is in calendars.
LASTS = timedelta(hours=2)


def plans() -> Any:
    """Those that nobody removed."""
    return EventPlan.objects.filter(removed_at=None)


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def event_plans(request: HttpRequest) -> HttpResponseBase:
    rows = [(plan, reach_words(plan)) for plan in plans().order_by("-pk")]
    context = {"tabs": insight_tabs(request, "backoffice:event_plans"), "rows": rows}
    return render(request, "backoffice/insights/events/plans.html", context)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def new_event_plan(request: HttpRequest) -> HttpResponseBase:
    """What the address says (``filter``, ``around``, ``reach``, ``name``) is filled in."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@staff_required(Permission.SEE_INSIGHTS, Permission.EDIT_CUSTOMERS)
def edit_event_plan(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _form(request, found_again(plans(), request.POST, reference=reference))


def _form(request: HttpRequest, plan: EventPlan | None) -> HttpResponseBase:
    initial = PlanForm.values_of(plan) if plan else _proposed(request)
    text = request.POST.get("definition") or request.GET.get("filter") or str(initial.get("definition") or "")
    who = who_of(text, request)
    if plan and request.GET.get("filter"):
        initial["definition"] = who.text
    form = PlanForm(who, request.POST or None, initial=initial, about=plan)
    if form.is_valid():
        with refusals_in(form):
            saved = save_plan(
                plan=plan, values=form.typed, shown=form.shown, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You saved the event {saved.name}.")
            return redirect("backoffice:event_plan", saved.reference)
    title = f"Edit {plan.name}" if plan else "Plan an event"
    context = {
        "title": title,
        "crumbs": [*crumbs(), (title, "")],
        "form": form,
        "who": who,
        "submit": "Save the event",
        "cancel_url": reverse("backoffice:event_plan", args=[plan.reference])
        if plan
        else reverse("backoffice:event_plans"),
    }
    return render(request, "backoffice/insights/events/form.html", context)


def _proposed(request: HttpRequest) -> dict[str, Any]:
    """What another page asks for, where it can be meant."""
    found: dict[str, Any] = {"definition": who_of(request.GET.get("filter", ""), request).text}
    for name in ("name", "around", "reach", "weight"):
        value = request.GET.get(name, "")[:160]
        if value and _is_fine(PlanForm.base_fields[name], value):
            found[name] = value
    return found


def _is_fine(field: forms.Field, value: str) -> bool:
    try:
        field.clean(value)
    except forms.ValidationError:
        return False
    return True


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def event_plan(request: HttpRequest, reference: str) -> HttpResponseBase:
    return show_plan(request, get_object_or_404(plans().select_related("guests"), reference=reference))


def show_plan(
    request: HttpRequest,
    plan: EventPlan,
    *,
    venue: forms.Form | None = None,
    guests: forms.Form | None = None,
) -> HttpResponse:
    """The page, with a form that was refused if there is one."""
    context = shown(plan, read_clock())
    context["venue_form"] = venue or VenueForm()
    context["guests_form"] = guests or GuestsForm(initial={"name": f"Guests of {plan.name}"[:80]})
    refused = any(form is not None and form.errors for form in (venue, guests))
    return render(request, "backoffice/insights/events/plan.html", context, status=400 if refused else 200)


@require_GET
@staff_required(Permission.SEE_INSIGHTS)
def event_calendar(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The event as a file for calendars; without its time and place there is none yet."""
    plan = get_object_or_404(plans(), reference=reference)
    if plan.begins_at is None or plan.site_latitude is None or plan.site_longitude is None:
        raise Http404
    begins = readable(plan.begins_at)
    entry = Entry(
        uid=f"{plan.reference}@{request.get_host()}",
        title=plan.name,
        begins=begins,
        ends=begins + LASTS,
        place=plan.site,
        latitude=plan.site_latitude,
        longitude=plan.site_longitude,
    )
    return calendar_response(plan.reference, calendar_text([entry], name=plan.name, now=read_clock()))
