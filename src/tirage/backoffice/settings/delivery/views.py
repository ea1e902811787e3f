"""Settings: where wine may go, how and for how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.frame.small_tables import SmallTable, read_small_table
from tirage.backoffice.settings.delivery import (
    duty_forms,
    labels,
    law_forms,
    limit_forms,
    location_forms,
    tax_forms,
)
from tirage.backoffice.settings.delivery.forms import (
    DESTINATION_FIELDS,
    MOST_BYTES,
    DestinationForm,
    MethodForm,
    TableForm,
    destination_headers,
    destination_rows,
)
from tirage.backoffice.settings.delivery.rate_forms import RATE_FIELDS, rate_headers, rate_rows
from tirage.backoffice.settings.delivery.states_grid import COUNTRY, StatesGrid
from tirage.backoffice.settings.effects import say_closing
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.hands import Overtaken
from tirage.core.winery import local_time
from tirage.delivery import operations
from tirage.delivery.models import Destination, Law, Method, Rate, VolumeLimit, Zone
from tirage.delivery.operations import DestinationValues
from tirage.delivery.rates.queries import priced_zones
from tirage.delivery.states import MethodKind
from tirage.delivery.taxed import untaxed_places
from tirage.parts.exporting import table_response
from tirage.parts.faults import Fault
from tirage.parts.hands import EditForm, found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_member, staff_required
from tirage.staff.uploads import takes_file
from tirage.taxes.models import Duty, TaxFee, TaxRate

_HOME = "backoffice:delivery"


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def delivery(request: HttpRequest) -> HttpResponseBase:
    """Methods, zones and destinations on one page."""
    places = list(Destination.objects.select_related("zone").order_by("country", "name"))
    return render(
        request,
        "backoffice/settings/delivery/delivery.html",
        {
            "title": "Delivery",
            "tabs": settings_tabs(request, _HOME),
            "methods": _methods_with_gaps(places),
            "zones": Zone.objects.order_by("name"),
            "places": places,
            "open_count": sum(place.is_open for place in places),
            "limits": VolumeLimit.objects.count(),
            "laws": Law.objects.count(),
            "duties": Duty.objects.count(),
            "taxes": TaxRate.objects.count() + TaxFee.objects.count(),
            "untaxed": untaxed_places(local_time(read_clock()).date()).count(),
            "editable": may(request.user, Permission.EDIT_SETTINGS),
        },
    )


def _methods_with_gaps(places: Sequence[Destination]) -> list[Method]:
    """The methods; those that ship know as ``no_rates`` the zones of open places that they have no price for."""
    zones = {place.zone_id: place.zone.name for place in places if place.is_open and place.zone}
    priced = priced_zones(local_time(read_clock()).date())
    methods = list(
        Method.objects.select_related("handover").prefetch_related("groups").order_by("position", "name")
    )
    for one in methods:
        ships = MethodKind(one.kind).is_sent
        gaps = [name for zone_id, name in zones.items() if ships and (one.pk, zone_id) not in priced]
        one.no_rates = sorted(gaps)  # type: ignore[attr-defined]  # read by the template
    return methods


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def destination(request: HttpRequest, country: str = "", state: str = "") -> HttpResponseBase:
    """One destination, new or known."""
    found = None
    if country:
        found = found_again(Destination.objects.all(), request.POST, country=country, state=state)
    initial = DestinationForm.values_of(found) if found else None
    form = DestinationForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_destination(
                values=form.destination(),
                destination=found,
                is_new=found is None,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.name}.")
            return redirect(_HOME)
    return _form_page(request, found.name if found else "New destination", form, "Save")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def zone(request: HttpRequest, name: str = "") -> HttpResponseBase:
    """One zone, new or known."""
    found = found_again(Zone.objects.all(), request.POST, name=name) if name else None
    form = ZoneForm(request.POST or None, initial={"name": found.name} if found else None, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_zone(
                zone=found,
                name=form.cleaned_data["name"],
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved the zone {saved.name}.")
            return redirect(_HOME)
    more = {"zone": found, "rates": Rate.objects.filter(zone=found).count() if found else 0}
    return _form_page(
        request,
        found.name if found else "New zone",
        form,
        "Save",
        "backoffice/settings/delivery/zone.html",
        **more,
    )


class ZoneForm(EditForm):
    name = forms.CharField(
        max_length=60, label="Name", help_text="Places that cost the same to reach: West, East."
    )


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_zone(request: HttpRequest, name: str) -> HttpResponseBase:
    found = get_object_or_404(Zone, name=name)
    operations.delete_zone(zone=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"You deleted the zone {found.name} and its rates.")
    return redirect(_HOME)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def method(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """One way of delivery, new or known; its rates have a page of their own."""
    found = found_again(Method.objects.all(), request.POST, reference=reference) if reference else None
    initial = MethodForm.values_of(found) if found else None
    form = MethodForm(request.POST or None, initial=initial, about=found)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_method(
                method=found,
                values=form.method(),
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {saved.name}.")
            return (
                redirect("backoffice:delivery_rates", saved.reference) if found is None else redirect(_HOME)
            )
    title = found.name if found else "New method"
    return _form_page(request, title, form, "Save", "backoffice/settings/delivery/method.html", method=found)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_method(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = get_object_or_404(Method, reference=reference)
    with refusals_said(request):
        operations.delete_method(method=found, actor=staff_actor(request), now=read_clock())
        messages.success(request, f"You deleted {found.name}.")
    return redirect(_HOME)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def states(request: HttpRequest) -> HttpResponseBase:
    """Every state of the country at once: where wine may go."""
    known = Destination.objects.filter(country=COUNTRY).select_related("zone")
    zones = list(Zone.objects.order_by("name").values_list("name", flat=True))
    grid = StatesGrid(known, zones, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        now = read_clock()
        rows = grid.read()
        if rows and not grid.faults and not grid.ask_about_closing(rows):
            try:
                operations.save_destinations(
                    rows=rows, shown=grid.shown(rows), actor=staff_actor(request), now=now
                )
            except Overtaken as refused:
                grid.overtaken(refused, rows)
            except DomainError as refused:
                grid.faults += map(Fault, dict.fromkeys(refused.fields.values()) or [refused.message])
        if not grid.faults:
            messages.success(request, _said_of_states(rows))
            return redirect(_HOME)
    return render(
        request,
        "backoffice/settings/delivery/states.html",
        {
            "title": "States",
            "crumbs": _crumbs("States"),
            "grid": grid,
            "faults": grid.faults,
            "faults_title": "Nothing was saved",
        },
        status=400 if grid.faults else 200,
    )


def _said_of_states(rows: Sequence[DestinationValues]) -> str:
    if not rows:
        return "You changed nothing."
    return f"You saved {rows[0].name}." if len(rows) == 1 else f"You saved {len(rows)} states."


_TABLES: dict[str, tuple[str, Callable[[], list[str]], Callable[[], Any], Sequence[Any]]] = {
    "destinations": ("Destinations", destination_headers, destination_rows, DESTINATION_FIELDS),
}
#: Rates, limits and laws are shown before they are taken in, on pages of their own.
_OUT = {
    **_TABLES,
    "rates": ("Rates", rate_headers, rate_rows, RATE_FIELDS),
    "limits": ("Volume limits", limit_forms.headers, limit_forms.rows, limit_forms.FIELDS),
    "locations": (
        "Locations",
        location_forms.headers,
        location_forms.rows,
        location_forms.FIELDS,
    ),
    "labels": ("Registered labels", labels.headers, labels.rows, labels.FIELDS),
    "laws": ("Laws", law_forms.headers, law_forms.rows, law_forms.FIELDS),
    "taxes": ("Tax rates", tax_forms.rate_headers, tax_forms.rate_rows, tax_forms.RATE_FIELDS),
    "fees": ("Fees and deposits", tax_forms.fee_headers, tax_forms.fee_rows, tax_forms.FEE_FIELDS),
    "duties": ("Duties", duty_forms.headers, duty_forms.rows, duty_forms.FIELDS),
}


@require_safe
@staff_required(Permission.SEE_SETTINGS, Permission.EXPORT)
def export(request: HttpRequest, table: str, kind: str) -> HttpResponseBase:
    """Destinations, rates, limits, laws, taxes, fees or duties as a file that the import reads back; recorded."""
    if table not in _OUT or kind not in {"csv", "xlsx"}:
        raise Http404("No such table.")
    _, headers, rows, _ = _OUT[table]
    member = staff_member(request)
    record_event(
        EventName.EXPORT_MADE,
        "staff",
        member.pk,
        text=f"exported the {table} as {kind.upper()}",
        data={"list": table, "format": kind},
        actor=staff_actor(request),
        now=read_clock(),
    )
    return table_response(table, headers(), rows(), kind, sheet=table.capitalize())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_table(request: HttpRequest, table: str) -> HttpResponseBase:
    """Takes destinations from a file: all rows, or none with every wrong one named."""
    if table not in _TABLES:
        raise Http404("No such table.")
    title, _, _, fields = _TABLES[table]
    form = TableForm(request.POST or None, request.FILES or None)
    read: SmallTable | None = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        read = read_small_table(file, file.name, fields)
        if not read.problem and not read.bad and _import(request, read):
            return redirect(_HOME)
    return _form_page(
        request,
        f"Import {title.lower()}",
        form,
        "Import",
        "backoffice/settings/delivery/import_table.html",
        faults=read.faults() if read else [],
        faults_title="Nothing was imported" if read else "",
        columns=[field.label for field in fields],
        upload=True,
    )


def _import(request: HttpRequest, read: SmallTable) -> bool:
    actor, now = staff_actor(request), read_clock()
    closing: list[str] = []
    try:
        with transaction.atomic():
            rows = [DestinationValues(**_with_defaults(row)) for row in read.rows]
            closing = say_closing(operations.closing_places(rows))
            operations.save_destinations(rows=rows, actor=actor, now=now)
    except DomainError as refused:
        read.blame(refused.fields)
        if not refused.fields:
            read.problem = refused.message
        return False
    messages.success(request, f"You put {len(read.rows)} rows in.")
    if closing:
        messages.warning(request, f"They close places with something under way. {' '.join(closing)}")
    return True


def _with_defaults(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"country": row["country"].upper(), "state": row["state"].upper()}


def _crumbs(title: str) -> list[tuple[str, str]]:
    return [("Delivery", reverse(_HOME)), (title, "")]


def _form_page(
    request: HttpRequest,
    title: str,
    form: forms.Form,
    submit: str,
    template: str = "backoffice/frame/form_page.html",
    **more: Any,
) -> HttpResponseBase:
    context = {
        "title": title,
        "crumbs": _crumbs(title),
        "form": form,
        "submit": submit,
        "cancel_url": reverse(_HOME),
        **more,
    }
    return render(request, template, context, status=400 if form.errors else 200)
