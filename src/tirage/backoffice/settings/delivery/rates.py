"""Settings: what delivery costs. A grid for each method and day on which it begins, and files with a look before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.frame.small_tables import SmallTable, read_small_table
from tirage.backoffice.settings.delivery.forms import MOST_BYTES, TableForm
from tirage.backoffice.settings.delivery.rate_forms import (
    RATE_FIELDS,
    BeginForm,
    RateGrid,
    RulesForm,
    rates_read,
)
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.hands import UNSEEN, Overtaken
from tirage.core.money import Money
from tirage.core.texts import say_count
from tirage.core.winery import current_winery, local_time
from tirage.delivery.days import say_date
from tirage.delivery.models import Method, Rate, RateTable, Zone
from tirage.delivery.rates import operations
from tirage.delivery.rates.differences import differences
from tirage.delivery.rates.operations import CellChange, say_since
from tirage.delivery.rates.queries import current_measure, table_on
from tirage.delivery.states import BEGINNING, Basis
from tirage.parts.faults import Fault
from tirage.parts.hands import Carried
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.staff.uploads import takes_file

_HOME = "backoffice:delivery"
_CARRIED = "rates-read"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def rates(request: HttpRequest, reference: str, day: str = "") -> HttpResponseBase:
    """A table of a method's rates: zones down, bottles across. Without a ``day`` the one that is in force."""
    method = get_object_or_404(Method, reference=reference)
    today = local_time(read_clock()).date()
    table = _table(method, day) if day else table_on(method, today)
    first_day = table.first_day if table else BEGINNING
    zones, known = list(Zone.objects.order_by("name")), Rate.objects.filter(table=table)
    measure = current_measure(Basis(table.basis if table else Basis.BOTTLES))
    post = request.POST if request.method == "POST" else None
    grid = RateGrid(method, first_day, zones, known, post, measure)
    if request.method == "POST" and _saved(request, method, first_day, grid):
        messages.success(
            request, f"You saved the rates of {method.name} {say_since(first_day)}".strip() + "."
        )
        return redirect(request.path)
    title = f"Rates of {method.name}"
    context = {
        "title": title,
        "crumbs": _crumbs(title),
        "grid": grid,
        "faults": grid.faults,
        "faults_title": "Nothing was saved",
        "method": method,
        "table": table,
        "first_day": first_day.isoformat(),
        "measure": measure,
        "rules": _rules_told(table) if table else [],
        "tables": _told(method, table, today),
    }
    status = 400 if grid.faults else 200
    return render(request, "backoffice/settings/delivery/rates.html", context, status=status)


def _rules_told(table: RateTable) -> list[str]:
    """What holds for its prices besides the steps, in words."""
    currency = current_winery().currency
    bottles, wine = table.included_from_milli, table.included_from_minor
    return [
        *([f"at least {Money(table.minimum_minor, currency)}"] if table.minimum_minor else []),
        *([f"at most {Money(table.maximum_minor, currency)}"] if table.maximum_minor is not None else []),
        *([f"included from {current_measure(Basis.BOTTLES).say(bottles)} on"] if bottles else []),
        *([f"included from {Money(wine, currency)} of wine on"] if wine else []),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def rules(request: HttpRequest, reference: str, day: str) -> HttpResponseBase:
    """What a table counts in, and what holds for its prices."""
    method = get_object_or_404(Method, reference=reference)
    is_first = day == BEGINNING.isoformat()
    table = method.rate_tables.filter(first_day=BEGINNING).first() if is_first else _table(method, day)
    first_day = table.first_day if table else BEGINNING
    about = f"rules of rates:{method.pk}:{first_day}"
    form = RulesForm(request.POST or None, initial=RulesForm.values_of(table), about=about)
    if form.is_valid():
        with refusals_in(form):
            operations.save_table(
                method=method,
                first_day=first_day,
                values=form.values(),
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved how rates of {method.name} count.")
            return redirect("backoffice:delivery_rates_from", method.reference, first_day.isoformat())
    title = f"How rates of {method.name} are reckoned"
    context = {
        "title": title,
        "crumbs": _crumbs(title),
        "form": form,
        "submit": "Save",
        "cancel_url": reverse("backoffice:delivery_rates", args=[method.reference]),
        "lead": f"In force {say_since(first_day)}." if first_day > BEGINNING else "",
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


def _saved(request: HttpRequest, method: Method, first_day: date, grid: RateGrid) -> bool:
    typed = grid.read()
    if grid.faults:
        return False
    try:
        operations.save_rates(
            method=method,
            first_day=first_day,
            rates=typed,
            shown=grid.shown,
            actor=staff_actor(request),
            now=read_clock(),
        )
    except Overtaken as refused:
        grid.overtaken(refused, typed)
    except DomainError as refused:
        grid.faults.append(Fault(refused.message))
    return not grid.faults


def _table(method: Method, day: str) -> RateTable:
    try:
        return get_object_or_404(RateTable, method=method, first_day=date.fromisoformat(day))
    except ValueError:
        raise Http404("No such day.") from None


def _told(method: Method, shown: RateTable | None, today: date) -> list[dict[str, Any]]:
    """A method's tables, the first one first: when each is in force, and which is shown."""
    found = list(RateTable.objects.filter(method=method).order_by("first_day"))
    ends = [*(one.first_day for one in found[1:]), None]
    return [
        {
            "day": one.first_day.isoformat(),
            "words": f"F{say_since(one.first_day)[1:]}"
            if one.first_day > BEGINNING
            else "From the beginning",
            "is_shown": shown is not None and one.pk == shown.pk,
            "state": "waits" if one.first_day > today else "over" if end and end <= today else "now",
        }
        for one, end in zip(found, ends, strict=False)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def begin_rates(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A table that begins on a later day, as a copy of what holds until then."""
    method = get_object_or_404(Method, reference=reference)
    form = BeginForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            table = operations.begin_table(
                method=method,
                first_day=form.cleaned_data["first_day"],
                basis=Basis(form.cleaned_data["basis"]) if form.cleaned_data["basis"] else None,
                actor=staff_actor(request),
                now=read_clock(),
            )
            return redirect("backoffice:delivery_rates_from", method.reference, table.first_day.isoformat())
    title = f"New rates of {method.name}"
    context = {
        "title": title,
        "crumbs": _crumbs(title),
        "form": form,
        "submit": "Copy the rates",
        "cancel_url": reverse("backoffice:delivery_rates", args=[method.reference]),
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_rates(request: HttpRequest, reference: str, day: str) -> HttpResponseBase:
    """Removes a table; the one before it goes on."""
    table = _table(get_object_or_404(Method, reference=reference), day)
    operations.delete_table(table=table, actor=staff_actor(request), now=read_clock())
    words = f"You deleted the rates of {table.method.name} {say_since(table.first_day)}".strip()
    messages.success(request, f"{words}.")
    return redirect("backoffice:delivery_rates", reference)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_rates(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of rates and shows what it would change; nothing is written by it."""
    form = TableForm(request.POST or None, request.FILES or None)
    read: SmallTable | None = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        read = read_small_table(file, file.name, RATE_FIELDS)
        if not read.problem and not read.bad:
            try:
                return _show(request, *differences(rates_read(read.rows)))
            except DomainError as refused:
                read.blame(refused.fields)
    columns = ", ".join(field.label for field in RATE_FIELDS)
    context = {
        "title": "Import rates",
        "crumbs": _crumbs("Import rates"),
        "form": form,
        "submit": "Show what it changes",
        "cancel_url": reverse(_HOME),
        "upload": True,
        "lead": f"Columns: {columns}. A method’s rates from one day become what the file says of them; write a day "
        "to come as 2027-01-01, and leave it empty for rates that always held.",
        "faults": read.faults() if read else [],
        "faults_title": "The file can’t be read as it is" if read else "",
    }
    status = 400 if form.errors or read else 200
    return render(request, "backoffice/frame/form_page.html", context, status=status)


def _show(request: HttpRequest, changes: Sequence[CellChange], same: int) -> HttpResponseBase:
    rows = [
        [
            one.method.reference,
            one.first_day.isoformat(),
            one.zone.pk,
            one.up_to_milli,
            one.stands,
            one.becomes,
            one.basis.value,
        ]
        for one in changes
    ]
    context = {
        "title": "Import rates",
        "crumbs": _crumbs("Import rates"),
        "changes": [
            {
                "cell": one,
                "since": say_since(one.first_day),
                "up_to": current_measure(one.basis).say(one.up_to_milli),
            }
            for one in changes
        ],
        "same": same,
        "carried_field": Carried(_CARRIED, {"rows": rows}).field,
    }
    return render(request, "backoffice/settings/delivery/take_rates.html", context)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_rates(request: HttpRequest) -> HttpResponseBase:
    """Takes over the prices that were ticked, of those that a page showed."""
    carried = Carried(_CARRIED, {"rows": UNSEEN}, request.POST).values
    if carried["rows"] is UNSEEN:
        messages.error(request, "This page is too old. Read the file again.")
        return redirect("backoffice:delivery_import_rates")
    chosen = {int(number) for number in request.POST.getlist("take") if number.isascii() and number.isdigit()}
    cells = _cells([row for number, row in enumerate(carried["rows"]) if number in chosen])
    if not cells:
        messages.error(request, "Tick the prices that you take over.")
        return redirect("backoffice:delivery_import_rates")
    try:
        count = operations.take_over(cells=cells, actor=staff_actor(request), now=read_clock())
    except DomainError as refused:
        messages.error(request, f"{refused.message} Nothing was taken over.")
        return redirect("backoffice:delivery_import_rates")
    messages.success(request, f"You took {say_count(count, 'price', 'prices')} over.")
    return redirect(_HOME)


def _cells(rows: Sequence[Sequence[Any]]) -> list[CellChange]:
    """What was shown; of methods and zones that somebody removed meanwhile nothing."""
    methods = {one.reference: one for one in Method.objects.all()}
    zones = {one.pk: one for one in Zone.objects.all()}
    return [
        CellChange(
            methods[method], date.fromisoformat(day), zones[zone], up_to, stands, becomes, Basis(basis)
        )
        for method, day, zone, up_to, stands, becomes, basis in rows
        if method in methods and zone in zones
    ]


def say_coming(method: Method, today: date) -> str:
    """``new rates from January 1, 2027``; empty where none wait."""
    coming = RateTable.objects.filter(method=method, first_day__gt=today).order_by("first_day").first()
    return f"new rates from {say_date(coming.first_day)}" if coming else ""


def _crumbs(title: str) -> list[tuple[str, str]]:
    return [("Delivery", reverse(_HOME)), (title, "")]
