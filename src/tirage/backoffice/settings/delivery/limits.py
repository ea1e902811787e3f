"""Settings: how much wine may go to each place. One by one, or many at once after a look at what they would change."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.delivery.forms import MOST_BYTES
from tirage.backoffice.settings.delivery.limit_forms import FIELDS, LimitForm, read_limit
from tirage.backoffice.settings.delivery.of_place import of_place
from tirage.backoffice.settings.delivery.taking import Taking, read_file, show_differences, take_ticked
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.delivery.limits import operations
from tirage.delivery.limits.differences import differences, say_whole, to_look_at
from tirage.delivery.limits.operations import checked_today, limit_values
from tirage.delivery.models import VolumeLimit
from tirage.delivery.starting import starting_limits
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_required
from tirage.staff.uploads import takes_file

_HOME = "backoffice:delivery_limits"
#: Acts that the page tells of.
_TOLD = 20
_TAKING = Taking(
    name="Volume limits",
    one="limit",
    many="limits",
    home=_HOME,
    take="backoffice:delivery_limits_take",
    fields=FIELDS,
    read=read_limit,
    differences=differences,
    take_over=operations.take_over,
    unnamed=(),
)


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def limits(request: HttpRequest) -> HttpResponseBase:
    """All limits, those that somebody should look at marked, and who changed what."""
    found = VolumeLimit.objects.select_related("destination").order_by(
        "destination__country", "destination__name", "period", "subject", "first_day"
    )
    shown = of_place(request, found)
    today = local_time(read_clock()).date()
    asking = set(to_look_at(today).values_list("pk", flat=True))
    rows = [
        {
            "limit": one,
            "words": say_whole(limit_values(one)),
            "is_over": one.last_day is not None and one.last_day < today,
            "asks": one.pk in asking,
        }
        for one in shown.rules
    ]
    return render(
        request,
        "backoffice/settings/delivery/limits.html",
        {
            "title": "Volume limits",
            "tabs": settings_tabs(request, "backoffice:delivery"),
            "rows": rows,
            "places": shown.places,
            "asking": len(asking),
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            "events": Event.objects.filter(subject_kind="limit").order_by("-id")[:_TOLD],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def limit(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """One limit, new or known."""
    every = VolumeLimit.objects.select_related("destination")
    found = found_again(every, request.POST, reference=reference) if reference else None
    today = local_time(read_clock()).date()
    initial = LimitForm.values_of(found) if found else {"first_day": today}
    form = LimitForm(request.POST or None, initial=initial, limit=found)
    if form.is_valid():
        with refusals_in(form):
            values = form.values()
            saved = operations.save_limit(
                values=values if found else checked_today(values, today),
                limit=found,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved the limit of {saved.destination.name}.")
            return redirect(_HOME)
    title = f"Volume limit of {found.destination.name}" if found else "New volume limit"
    context = {
        "title": title,
        "crumbs": _TAKING.crumbs(title),
        "form": form,
        "submit": "Save",
        "cancel_url": reverse(_HOME),
        "limit": found,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/settings/delivery/limit.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_limit(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_again(VolumeLimit.objects.select_related("destination"), request.POST, reference=reference)
    operations.delete_limit(limit=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"You deleted the limit of {found.destination.name}.")
    return redirect(_HOME)


@require_safe
@staff_required(Permission.EDIT_SETTINGS)
def starting(request: HttpRequest) -> HttpResponseBase:
    """The limits that come with the program, beside what stands."""
    lead = (
        "These come from published lists, which contradict each other and grow old: check each with the state or your "
        "licensing service before you take it over. Nothing is held to them until then."
    )
    return show_differences(request, _TAKING, "Limits to start from", starting_limits(), lead)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_limits(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of limits and shows what it would change; nothing is written by it."""
    return read_file(request, _TAKING)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_limits(request: HttpRequest) -> HttpResponseBase:
    """Takes over the rows that were ticked, of those that a page showed."""
    return take_ticked(request, _TAKING)
