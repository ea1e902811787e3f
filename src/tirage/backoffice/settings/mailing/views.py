"""The lists that are kept at the newsletter service: chosen, filled with ours, synced, let go of."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_in, refusals_said
from tirage.backoffice.settings.mailing.forms import ChooseForm, MailingForm
from tirage.backoffice.settings.mailing.words import (
    EVERY,
    RUN_STATES,
    STANDINGS,
    count_standings,
    mixed_names,
    narrowing,
)
from tirage.backoffice.settings.tabs import settings_tabs
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.marketing.lists import (
    asked,
    choose_list,
    fields_there,
    forget_list,
    known_there,
    save_list,
    say_audience,
)
from tirage.marketing.models import MailingList, SyncRun
from tirage.marketing.protocol import FieldThere, ListThere
from tirage.marketing.rules import FIELDS, Ours
from tirage.marketing.services import current_service
from tirage.marketing.states import Every, Scope, Standing, SyncState
from tirage.marketing.syncing import start_sync
from tirage.marketing.telling import be_told, be_told_no_more
from tirage.parts.hands import found_again
from tirage.staff.permissions import Permission, may, staff_actor, staff_required

#: People on one page, and runs that a list's page names.
PEOPLE, RUNS = 50, 10
HERE = "backoffice:mailing_lists"


def page_context(request: HttpRequest, title: str) -> dict[str, Any]:
    """What each page of this place takes."""
    service = current_service()
    return {
        "title": title,
        "tabs": settings_tabs(request, HERE),
        "editable": may(request.user, Permission.EDIT_SETTINGS),
        "service": service.name,
        "connected": service.is_connected,
        "sees_customers": may(request.user, Permission.SEE_CUSTOMERS),
    }


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def mailing_lists(request: HttpRequest) -> HttpResponseBase:
    """Whether the service is connected, the lists with how many are on them, and names that rules would mix."""
    lists = list(MailingList.objects.order_by("name", "pk"))
    counted, latest = count_standings(lists), _latest_runs(lists)
    context = page_context(request, "Newsletters") | {
        "rows": [
            {
                "list": one,
                "audience": _audience(one),
                "every": EVERY[Every(one.every)],
                "on_it": counted[one.pk].get(Standing.SUBSCRIBED.value, 0),
                "off_it": sum(counted[one.pk].values()) - counted[one.pk].get(Standing.SUBSCRIBED.value, 0),
                "run": latest.get(one.pk),
                "run_words": RUN_STATES[SyncState(latest[one.pk].state)] if one.pk in latest else None,
            }
            for one in lists
        ],
        "mixed": mixed_names(),
    }
    return render(request, "backoffice/settings/mailing/lists.html", context)


def _latest_runs(lists: list[MailingList]) -> dict[int, SyncRun]:
    """The newest run of each; one statement."""
    newest = SyncRun.objects.filter(list=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    named = MailingList.objects.filter(pk__in=[one.pk for one in lists]).values(newest=Subquery(newest))
    return {run.list_id: run for run in SyncRun.objects.filter(pk__in=named)}


def _audience(mailing: MailingList) -> str:
    try:
        return say_audience(mailing)
    except DomainError as refused:
        return refused.message


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def new_mailing_list(request: HttpRequest) -> HttpResponseBase:
    """Chooses one of the service's lists; nothing is sent yet."""
    service, problem = current_service(), ""
    lists: list[ListThere] = []
    try:
        chosen = set(MailingList.objects.filter(service=service.key).values_list("service_id", flat=True))
        lists = [one for one in known_there(service) if one.id not in chosen]
    except DomainError as refused:
        problem = refused.message
    form = ChooseForm(lists, request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            made = choose_list(
                chosen=form.chosen, service=service, actor=staff_actor(request), now=read_clock()
            )
            messages.success(request, f"You chose {made.name}. Now choose what goes there, then send it.")
            return redirect("backoffice:edit_mailing_list", made.reference)
    context = page_context(request, "Choose a list") | {
        "form": form,
        "lists": lists,
        "problem": problem,
        "crumbs": _crumbs("Choose a list"),
    }
    return render(
        request, "backoffice/settings/mailing/choose.html", context, status=400 if form.errors else 200
    )


@require_safe
@staff_required(Permission.SEE_SETTINGS)
def mailing_list(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Who is on a list and who isn't and why, what was sent, and its runs."""
    mailing = _found(reference)
    counted = count_standings([mailing])[mailing.pk]
    wanted = request.GET.get("state", "")
    rows = mailing.subscribers.filter(customer__isnull=False).select_related("customer")
    if wanted in set(Standing):
        rows = rows.filter(state=wanted)
    page = Paginator(rows.order_by("customer__last_name", "customer__first_name", "pk"), PEOPLE).get_page(
        request.GET.get("page")
    )
    context = page_context(request, mailing.name) | {
        "list": mailing,
        "audience": _audience(mailing),
        "every": EVERY[Every(mailing.every)],
        "fields": [
            (FIELDS[ours][0], mailing.fields[ours.value].strip("[]"))
            for ours in Ours
            if ours.value in mailing.fields
        ],
        "states": narrowing("state", wanted, {one: words for one, (words, _) in STANDINGS.items()}, counted),
        "page": page,
        "people": [(row, *STANDINGS[Standing(row.state)], _sent(row.sent)) for row in page],
        "runs": [(run, *RUN_STATES[SyncState(run.state)]) for run in mailing.runs.order_by("-pk")[:RUNS]],
        "crumbs": _crumbs(mailing.name),
    }
    return render(request, "backoffice/settings/mailing/list.html", context)


def _sent(sent: dict[str, str]) -> list[tuple[str, str]]:
    """What was sent last, by the names of our fields."""
    return [(FIELDS[ours][0], sent[ours.value]) for ours in Ours if sent.get(ours.value)]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.EDIT_SETTINGS)
def edit_mailing_list(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Whom a list is for, when it is synced and which field there gets which of ours."""
    mailing = found_again(MailingList.objects.all(), request.POST, reference=reference)
    service, problem = current_service(), ""
    there: list[FieldThere] | None = None
    try:
        there = list(fields_there(service, mailing))
    except DomainError as refused:
        problem = refused.message
    form = MailingForm(mailing, there, request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            fields = (
                asked(service, lambda: form.mapped(service, mailing)) if there is not None else _kept(form)
            )
            save_list(
                mailing=mailing,
                definition=form.typed["definition"],
                every=form.typed["every"],
                fields=fields,
                shown=form.shown,
                actor=staff_actor(request),
                now=read_clock(),
            )
            messages.success(request, f"You saved {mailing.name}.")
            return redirect("backoffice:mailing_list", mailing.reference)
    context = page_context(request, f"Edit {mailing.name}") | {
        "list": mailing,
        "form": form,
        "problem": problem,
        "crumbs": _crumbs(mailing.name),
    }
    return render(
        request, "backoffice/settings/mailing/edit.html", context, status=400 if form.errors else 200
    )


def _kept(form: MailingForm) -> dict[str, str]:
    """Without the service's answer no field can be made; those that are chosen already can be kept or left."""
    typed = {ours.value: form.typed.get(f"field_{ours.value}", "") for ours in Ours}
    return {name: key for name, key in typed.items() if key}


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def sync_mailing_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker send what changed, or everybody."""
    mailing = _found(reference)
    scope = Scope.ALL if request.POST.get("scope") == Scope.ALL.value else Scope.CHANGED
    with refusals_said(request):
        run = start_sync(mailing=mailing, scope=scope, actor=staff_actor(request), now=read_clock())
        return redirect("backoffice:mailing_run", run.reference)
    return redirect("backoffice:mailing_list", mailing.reference)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def tell_mailing_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Has the service tell us at once who leaves the list; with ``off`` no more."""
    mailing, service, ends = _found(reference), current_service(), request.POST.get("off") == "1"
    with refusals_said(request):
        act = be_told_no_more if ends else be_told
        act(mailing=mailing, service=service, actor=staff_actor(request), now=read_clock())
        words = (
            f"{service.name} tells no more; each sync hears who left."
            if ends
            else f"{service.name} tells at once from now on."
        )
        messages.success(request, words)
    return redirect("backoffice:mailing_list", reference)


@require_POST
@staff_required(Permission.EDIT_SETTINGS)
def forget_mailing_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets go of a list, which stays at the service as it is."""
    mailing = _found(reference)
    with refusals_said(request):
        if mailing.hook and current_service().is_connected:
            be_told_no_more(
                mailing=mailing, service=current_service(), actor=staff_actor(request), now=read_clock()
            )
        forget_list(mailing=mailing, actor=staff_actor(request), now=read_clock())
        messages.success(
            request, f"You let go of {mailing.name}. At {current_service().name} it stays as it is."
        )
        return redirect(HERE)
    return redirect("backoffice:mailing_list", reference)


def _crumbs(title: str) -> list[tuple[str, str]]:
    return [("Newsletters", reverse(HERE)), (title, "")]


def _found(reference: str) -> MailingList:
    return get_object_or_404(MailingList, reference=reference)
