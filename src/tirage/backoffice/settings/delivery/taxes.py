"""Settings: dated tables of taxes and fees by place. One by one, or many after a look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.delivery.forms import MOST_BYTES
from tirage.backoffice.settings.delivery.taking import Taking, read_file, show_differences, take_ticked
from tirage.backoffice.settings.delivery.tax_forms import (
    FEE_FIELDS,
    RATE_FIELDS,
    TaxFeeForm,
    TaxRateForm,
    TaxSetupForm,
    read_fee,
    read_rate,
)
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_required
from tirage.staff.uploads import takes_file
from tirage.taxes import operations
from tirage.taxes.differences import fee_differences, rate_differences, rows_to_look_at
from tirage.taxes.duties.operations import place_name
from tirage.taxes.models import TaxFee, TaxRate, TaxSetup
from tirage.taxes.operations import FEES, RATES, Table
from tirage.taxes.starting import starting_fees, starting_rates

_HOME = "backoffice:delivery_taxes"
#: Acts that the page tells of.
_TOLD = 20
_RATES = Taking(
    name="Taxes and fees",
    one="rate",
    many="rates",
    home=_HOME,
    take="backoffice:delivery_tax_rates_take",
    fields=RATE_FIELDS,
    read=read_rate,
    differences=rate_differences,
    take_over=partial(operations.take_over, table=RATES),
)
_FEES = Taking(
    name="Taxes and fees",
    one="fee",
    many="fees",
    home=_HOME,
    take="backoffice:delivery_tax_fees_take",
    fields=FEE_FIELDS,
    read=read_fee,
    differences=fee_differences,
    take_over=partial(operations.take_over, table=FEES),
)
_LEAD = (
    "These come from published lists and grow old: check each with the tax office or a service before you take it "
    "over. Nobody is charged by them until then."
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two tables, as its pages need it."""

    table: Table[Any, Any]
    model: type[Model]
    form: Any
    taking: Taking
    remove: str
    new: str


_RATE = _Kind(RATES, TaxRate, TaxRateForm, _RATES, "backoffice:delivery_tax_rate_remove", "New tax rate")
_FEE = _Kind(FEES, TaxFee, TaxFeeForm, _FEES, "backoffice:delivery_tax_fee_remove", "New fee or deposit")


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def taxes(request: HttpRequest) -> HttpResponseBase:
    """Both tables, what somebody should look at marked, where all is reckoned from, and who changed what."""
    rates, fees = _rows(RATES), _rows(FEES)
    context = {
        "title": "Taxes and fees",
        "tabs": settings_tabs(request, "backoffice:delivery"),
        "rates": rates,
        "fees": fees,
        "asking": sum(row["asks"] for row in (*rates, *fees)),
        "setup": _setup_words(),
        "editable": may(request.user, Permission.EDIT_SETTINGS),
        "events": Event.objects.filter(name="taxes.saved")
        .exclude(subject_kind="customer")
        .order_by("-id")[:_TOLD],
    }
    return render(request, "backoffice/settings/delivery/taxes.html", context)


def _rows(table: Table[Any, Any]) -> list[dict[str, Any]]:
    today = local_time(read_clock()).date()
    asking = set(rows_to_look_at(table, today).values_list("pk", flat=True))
    found = table.model._default_manager.order_by("country", "state", "name", "first_day", "pk")
    return [
        {
            "row": one,
            "place": place_name(one.country, one.state),
            "words": table.say(table.values_of(one)),
            "is_over": one.last_day is not None and one.last_day < today,
            "is_to_come": one.first_day > today,
            "asks": one.pk in asking,
        }
        for one in found
    ]


def _setup_words() -> dict[str, Any]:
    setup = TaxSetup.objects.filter(pk=1).first() or TaxSetup()
    parts = [setup.postal_code, setup.city, setup.county, place_name(setup.country, setup.state)]
    return {"place": ", ".join(part for part in parts if part), "setup": setup}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def rate(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """One rate, or a new one; its place stays."""
    return _edit(request, _RATE, reference)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def fee(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """One fee or deposit, or a new one; its place stays."""
    return _edit(request, _FEE, reference)


def _edit(request: HttpRequest, kind: _Kind, reference: str) -> HttpResponseBase:
    now = read_clock()
    found: Any = None
    if reference:
        found = found_again(kind.model._default_manager.all(), request.POST, reference=reference)
    initial = kind.form.values_of(found) if found else {"first_day": local_time(now).date()}
    form = kind.form(request.POST or None, row=found, initial=initial)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_row(
                table=kind.table,
                values=form.values(),
                row=found,
                shown=form.seen,
                actor=staff_actor(request),
                now=now,
            )
            messages.success(request, f"You saved {saved.name}, {place_name(saved.country, saved.state)}.")
            return redirect(_HOME)
    title = f"{found.name}, {place_name(found.country, found.state)}" if found else kind.new
    context = {
        "title": title,
        "crumbs": kind.taking.crumbs(title),
        "form": form,
        "submit": "Save",
        "cancel_url": reverse(_HOME),
        "remove_url": reverse(kind.remove, args=[found.reference]) if found else "",
        "one": kind.taking.one,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/settings/delivery/tax.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_rate(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _remove(request, _RATE, reference)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_fee(request: HttpRequest, reference: str) -> HttpResponseBase:
    return _remove(request, _FEE, reference)


def _remove(request: HttpRequest, kind: _Kind, reference: str) -> HttpResponseBase:
    found: Any = found_again(kind.model._default_manager.all(), request.POST, reference=reference)
    operations.delete_row(table=kind.table, row=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"You deleted {found.name}, {place_name(found.country, found.state)}.")
    return redirect(_HOME)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def setup(request: HttpRequest) -> HttpResponseBase:
    """Where wine comes from, and whether prices have VAT in them."""
    found = TaxSetup.objects.filter(pk=1).first() or TaxSetup(pk=1)
    place = f"{found.country}-{found.state}" if found.state else found.country
    names = ("county", "city", "postal_code", "prices_include_vat", "vat_number")
    initial = {name: getattr(found, name) for name in names} | {"place": place}
    form = TaxSetupForm(request.POST or None, initial=initial, about="taxsetup:1")
    if form.is_valid():
        with refusals_in(form):
            operations.save_setup(
                values=form.values(), shown=form.seen, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, "You saved where your wine comes from.")
            return redirect(_HOME)
    title = "Where taxes are reckoned from"
    context = {
        "title": title,
        "crumbs": _RATES.crumbs(title),
        "form": form,
        "submit": "Save",
        "cancel_url": reverse(_HOME),
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


@require_safe
@staff_required(Permission.EDIT_SETTINGS)
def starting_of_rates(request: HttpRequest) -> HttpResponseBase:
    """The rates that come with the program, beside what stands."""
    return show_differences(request, _RATES, "Tax rates to start from", starting_rates(), _LEAD)


@require_safe
@staff_required(Permission.EDIT_SETTINGS)
def starting_of_fees(request: HttpRequest) -> HttpResponseBase:
    """The fees and deposits that come with the program, beside what stands."""
    return show_differences(request, _FEES, "Fees to start from", starting_fees(), _LEAD)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_rates(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of rates and shows what it would change; nothing is written by it."""
    return read_file(request, _RATES)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_fees(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of fees and shows what it would change; nothing is written by it."""
    return read_file(request, _FEES)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_rates(request: HttpRequest) -> HttpResponseBase:
    """Takes over the rates that were ticked, of those that a page showed."""
    return take_ticked(request, _RATES)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_fees(request: HttpRequest) -> HttpResponseBase:
    """Takes over the fees that were ticked, of those that a page showed."""
    return take_ticked(request, _FEES)
