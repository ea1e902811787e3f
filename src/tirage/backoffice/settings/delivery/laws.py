"""Settings: what places' laws say besides how much wine may go there. One by one, or many after a look."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in
from tirage.backoffice.settings.delivery.forms import MOST_BYTES
from tirage.backoffice.settings.delivery.law_forms import FIELDS, LawForm, read_law
from tirage.backoffice.settings.delivery.of_place import of_place
from tirage.backoffice.settings.delivery.taking import Taking, read_file, show_differences, take_ticked
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.delivery.days import say_date
from tirage.delivery.laws import operations
from tirage.delivery.laws.differences import differences, laws_to_look_at, reports_due, say_whole
from tirage.delivery.laws.operations import checked_today, law_values
from tirage.delivery.laws.words import KIND_WORDS
from tirage.delivery.models import Law
from tirage.delivery.starting import starting_laws
from tirage.delivery.states import LawKind
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_required
from tirage.staff.uploads import takes_file

_HOME = "backoffice:delivery_laws"
#: Acts that the page tells of.
_TOLD = 20
_TAKING = Taking(
    name="Laws",
    one="law",
    many="laws",
    home=_HOME,
    take="backoffice:delivery_laws_take",
    fields=FIELDS,
    read=read_law,
    differences=differences,
    take_over=operations.take_over,
    unnamed=("labels", "label_ends"),
)


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def laws(request: HttpRequest) -> HttpResponseBase:
    """All laws, those that somebody should look at marked, and who changed what."""
    found = Law.objects.select_related("destination").order_by(
        "destination__country", "destination__name", "kind", "first_day", "pk"
    )
    shown = of_place(request, found)
    today = local_time(read_clock()).date()
    asking = set(laws_to_look_at(today).values_list("pk", flat=True))
    due = set(reports_due(today).values_list("pk", flat=True))
    rows = [
        {
            "law": one,
            "words": say_whole(law_values(one)),
            "is_over": one.last_day is not None and one.last_day < today,
            "is_to_come": one.first_day > today,
            "asks": one.pk in asking,
            "is_due": one.pk in due,
        }
        for one in shown.rules
    ]
    return render(
        request,
        "backoffice/settings/delivery/laws.html",
        {
            "title": "Laws",
            "tabs": settings_tabs(request, "backoffice:delivery"),
            "rows": sorted(rows, key=lambda row: not row["is_due"]),
            "places": shown.places,
            "asking": len(asking),
            "due": len(due),
            "kinds": [(kind.value, words) for kind, words in KIND_WORDS.items()],
            "editable": may(request.user, Permission.EDIT_SETTINGS),
            "events": Event.objects.filter(subject_kind="law").order_by("-id")[:_TOLD],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def new_law(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A new law of a kind."""
    if kind not in {one.value for one in LawKind}:
        raise Http404("no such kind of law")
    today = local_time(read_clock()).date()
    form = LawForm(request.POST or None, kind=LawKind(kind), initial={"first_day": today})
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_law(
                values=checked_today(form.values(), today), actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You saved the law of {saved.destination.name}.")
            return redirect(_HOME)
    return _show_form(request, KIND_WORDS[LawKind(kind)].partition(":")[0], form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def law(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One law; its place and kind stay."""
    found = found_again(Law.objects.select_related("destination"), request.POST, reference=reference)
    form = LawForm(
        request.POST or None, kind=LawKind(found.kind), law=found, initial=LawForm.values_of(found)
    )
    if form.is_valid():
        with refusals_in(form):
            saved = operations.save_law(
                values=form.values(),
                law=found,
                shown=form.seen,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved the law of {saved.destination.name}.")
            return redirect(_HOME)
    kind = KIND_WORDS[LawKind(found.kind)].partition(":")[0]
    return _show_form(request, f"{kind}, {found.destination.name}", form, found)


def _show_form(request: HttpRequest, title: str, form: LawForm, found: Law | None = None) -> HttpResponseBase:
    context = {
        "title": title,
        "crumbs": _TAKING.crumbs(title),
        "lead": KIND_WORDS[form.kind] + ".",
        "form": form,
        "submit": "Save",
        "cancel_url": reverse(_HOME),
        "law": found,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/settings/delivery/law.html", context, status=status)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def remove_law(request: HttpRequest, reference: str) -> HttpResponseBase:
    found = found_again(Law.objects.select_related("destination"), request.POST, reference=reference)
    operations.delete_law(law=found, actor=staff_actor(request), now=read_clock())
    messages.success(request, f"You deleted the law of {found.destination.name}.")
    return redirect(_HOME)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def reported(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Notes that a place was reported to, as due on the day that the page showed."""
    found = found_again(Law.objects.select_related("destination"), request.POST, reference=reference)
    due_on = parse_date(request.POST.get("due_on", "")[:10])
    try:
        if due_on is None:
            raise Conflict("reported", "This page is too old. Open it again.")
        then = operations.mark_reported(
            law=found, due_on=due_on, actor=staff_actor(request), now=read_clock()
        )
    except DomainError as refused:
        messages.error(request, refused.message)
        return redirect(_HOME)
    said = f" The next is due by {say_date(then)}." if then else ""
    messages.success(request, f"You noted the report to {found.destination.name}.{said}")
    return redirect(_HOME)


@require_safe
@staff_required(Permission.EDIT_SETTINGS)
def starting(request: HttpRequest) -> HttpResponseBase:
    """The laws that come with the program, beside what stands."""
    lead = (
        "These come from published lists, which contradict each other and grow old: check each with the state or your "
        "licensing service before you take it over. Nothing is held to them until then. Where labels have to be "
        "registered, no wine goes to the place before you tick its label on the law."
    )
    return show_differences(request, _TAKING, "Laws to start from", starting_laws(), lead)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS, Permission.IMPORT)
@takes_file(MOST_BYTES)
def import_laws(request: HttpRequest) -> HttpResponseBase:
    """Reads a file of laws and shows what it would change; nothing is written by it."""
    return read_file(request, _TAKING)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def take_laws(request: HttpRequest) -> HttpResponseBase:
    """Takes over the rows that were ticked, of those that a page showed."""
    return take_ticked(request, _TAKING)
