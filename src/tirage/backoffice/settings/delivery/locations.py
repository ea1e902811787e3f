"""Settings: carriers' locations where parcels are held. The winery's list, by page and by file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.delivery.forms import MOST_BYTES
from tirage.backoffice.settings.delivery.location_forms import FIELDS, LocationForm, read_location
from tirage.backoffice.settings.delivery.taking import Taking, read_file, take_ticked
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.delivery.carriers import carrier_name
from tirage.delivery.locations import operations
from tirage.delivery.locations.differences import differences
from tirage.delivery.locations.queries import holding_carriers
from tirage.delivery.models import Location
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_required
from tirage.staff.uploads import takes_file

_HOME = "backoffice:delivery_locations"
#: Rows of the page, and acts that it tells of; the file has all.
_SHOWN, _TOLD = 200, 20
_TAKING = Taking(
    name="Locations",
    one="location",
    many="locations",
    home=_HOME,
    take="backoffice:delivery_locations_take",
    fields=FIELDS,
    read=read_location,
    differences=differences,
    take_over=operations.take_over,
)


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def locations(request: HttpRequest) -> HttpResponseBase:
    """The list, found by the beginning of a ZIP or by a state; below it what customers typed."""
    asked = request.GET.get("near", "").strip()[:10]
    found = Location.objects.order_by("country", "state", "postal_code", "name", "pk")
    if asked:
        by = "postal_code__startswith" if asked[:1].isdigit() else "state__iexact"
        found = found.filter(**{by: asked})
    listed = found.filter(is_listed=True)
    rows, typed = list(listed[: _SHOWN + 1]), list(found.filter(is_listed=False)[:_SHOWN])
    carriers = holding_carriers(read_clock(), staff=True)
    return render(
        request,
        "backoffice/settings/delivery/locations.html",
        {
            "title": "Carriers’ locations",
            "tabs": settings_tabs(request, "backoffice:delivery"),
            "rows": [(one, carrier_name(one.carrier)) for one in rows[:_SHOWN]],
            "has_more": len(rows) > _SHOWN,
            "typed": [(one, carrier_name(one.carrier)) for one in typed],
            "asked": asked,
            "is_offered": bool(carriers),
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            "events": Event.objects.filter(subject_kind="location").order_by("-id")[:_TOLD],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def location(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """One location, new or known; saving one that a customer typed puts it on the list."""
    found = found_again(Location.objects.all(), request.POST, reference=reference) if reference else None
    initial = LocationForm.values_of(found) if found else None
    form = LocationForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_location(
                values=form.location(),
                location=found,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.name}.")
            return redirect(_HOME)
    title = found.name if found else "New location"
    context = {
        "title": title,
        "crumbs": _TAKING.crumbs(title),
        "form": form,
        "submit": "Save",
        "cancel_url": reverse(_HOME),
        "lead": ""
        if found is None or found.is_listed
        else "A customer typed this one. Saved, it is offered to everybody near it.",
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_locations(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of locations and shows what it would change; nothing is written by it."""
    return read_file(request, _TAKING)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_locations(request: HttpRequest) -> HttpResponseBase:
    """Takes over the rows that were ticked, of those that a page showed."""
    return take_ticked(request, _TAKING)
