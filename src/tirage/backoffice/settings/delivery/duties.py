"""Settings: the duty that wine bears where it goes. One by one, or many after a look."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.delivery.duty_forms import FIELDS, DutyForm, read_duty
from tirage.backoffice.settings.delivery.forms import MOST_BYTES
from tirage.backoffice.settings.delivery.taking import Taking, read_file, show_differences, take_ticked
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_required
from tirage.staff.uploads import takes_file
from tirage.taxes.duties import operations
from tirage.taxes.duties.differences import differences
from tirage.taxes.duties.models import Duty
from tirage.taxes.duties.operations import place_name
from tirage.taxes.duties.queries import as_row, duties_to_look_at
from tirage.taxes.duties.starting import starting_duties
from tirage.taxes.duties.words import say_whole

_HOME = "backoffice:delivery_duties"
#: Acts that the page tells of.
_TOLD = 20
_TAKING = Taking(
    name="Duties",
    one="duty",
    many="duties",
    home=_HOME,
    take="backoffice:delivery_duties_take",
    fields=FIELDS,
    read=read_duty,
    differences=differences,
    take_over=operations.take_over,
)


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def duties(request: HttpRequest) -> HttpResponseBase:
    """All rows, those that somebody should look at marked, and who changed what."""
    today = local_time(read_clock()).date()
    asking = set(duties_to_look_at(today).values_list("pk", flat=True))
    rows = [
        {
            "duty": one,
            "place": place_name(one.country, one.state),
            "words": say_whole(as_row(one)),
            "is_over": one.last_day is not None and one.last_day < today,
            "is_to_come": one.first_day > today,
            "asks": one.pk in asking,
        }
        for one in Duty.objects.order_by(
            "country", "state", "name", "-first_day", "wine", "from_tenths", "pk"
        )
    ]
    context = {
        "title": "Duties",
        "tabs": settings_tabs(request, "backoffice:delivery"),
        "rows": rows,
        "asking": len(asking),
        "editable": may(request.user, Permission.EDIT_SETTINGS),
        "events": Event.objects.filter(subject_kind="duty").order_by("-id")[:_TOLD],
    }
    return render(request, "backoffice/settings/delivery/duties.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def duty(request: HttpRequest, reference: str = "") -> HttpResponseBase:
    """One row, or a new one; its place stays."""
    now = read_clock()
    found = found_again(Duty.objects.all(), request.POST, reference=reference) if reference else None
    initial = DutyForm.values_of(found) if found else {"first_day": local_time(now).date()}
    form = DutyForm(request.POST or None, duty=found, initial=initial)
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_duty(
                values=form.values(), duty=found, shown=form.seen, actor=staff_actor(request), now=now
            )
            messages.success(request, f"You saved the duty of {place_name(saved.country, saved.state)}.")
            return redirect(_HOME)
    title = f"{found.name}, {place_name(found.country, found.state)}" if found else "New duty"
    context = {
        "title": title,
        "crumbs": _TAKING.crumbs(title),
        "form": form,
        "submit": "Save",
        "cancel_url": reverse(_HOME),
        "duty": found,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/settings/delivery/duty.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_duty(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_again(Duty.objects.all(), request.POST, reference=reference)
    operations.delete_duty(duty=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"You deleted the duty of {place_name(found.country, found.state)}.")
    return redirect(_HOME)


@require_safe
@staff_required(Permission.EDIT_SETTINGS)
def starting(request: HttpRequest) -> HttpResponseBase:
    """The duties that come with the program, beside what stands."""
    lead = (
        "These are as tax authorities published them, and change most years: check each before you take it over. "
        "Nothing is asked by them until then."
    )
    return show_differences(request, _TAKING, "Duties to start from", starting_duties(), lead)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_duties(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of duties and shows what it would change; nothing is written by it."""
    return read_file(request, _TAKING)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_duties(request: HttpRequest) -> HttpResponseBase:
    """Takes over the rows that were ticked, of those that a page showed."""
    return take_ticked(request, _TAKING)
