"""Inviting an offer's group: preview, run by the worker with progress, result; and the links for a mail tool."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import MomentField, first_problem, refusals_said
from tirage.backoffice.frame.links import MOST_PATH
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.frame.who import Who, read_who, with_filter
from tirage.backoffice.releases.offer_page import found_offer, offer_context
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.runs import stands_still
from tirage.core.texts import say_count
from tirage.core.winery import local_time
from tirage.customers.consent import unsubscribe_url
from tirage.notifications.inviting import (
    Waves,
    chosen_in,
    invitation_figures,
    offer_links,
    say_run,
    start_invitations,
    stop_invitations,
)
from tirage.notifications.models import InvitationRun
from tirage.notifications.queries import MailFigures, invitation_mails
from tirage.notifications.states import InviteState
from tirage.offers.models import Offer
from tirage.parts.exporting import table_response
from tirage.segments.rules import Bracket, Condition, Junction, Node, parse, serialise
from tirage.staff.permissions import Permission, require, staff_actor, staff_required
from tirage.tables.writing import Cell

HEADERS = ("email", "first_name", "last_name", "link", "No more mail")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SEE_OFFERS)
def invitations(request: HttpRequest, reference: str) -> HttpResponseBase:
    """How many would be invited and who is left out; a POST lets the worker begin, or go on.

    ``filter`` narrows the group, as it does in the customers' list.
    """
    found, now = found_offer(reference), read_clock()
    here = reverse("backoffice:invitations", args=[reference])
    if request.method == "POST":
        require(request, Permission.EDIT_OFFERS)
        with refusals_said(request):
            text = request.POST.get("filter", "")
            at, waves = _times(request)
            run = start_invitations(
                offer=found, who=text, at=at, waves=waves, actor=staff_actor(request), now=now
            )
            queued = say_count(run.total, "invitation", "invitations")
            if run.state == InviteState.WAITING:
                messages.success(request, f"You planned {queued}. Until their time you can stop them.")
            else:
                say_mailed(request, f"You queued {queued}; sent is what the mail server has taken.")
            return redirect(here)
        return redirect(_narrowed(here, request.POST.get("filter", "")))
    who = read_who(request.GET.get("filter", ""), here)
    runs = list(found.invitation_runs.order_by("-pk")[:20])
    running = next((run for run in runs if run.state == InviteState.RUNNING), None)
    waiting = next((run for run in runs if run.state == InviteState.WAITING), None)
    context = {
        "figures": invitation_figures(found, chosen_in(running) if running else _meant(who, now)),
        "who": who,
        "narrowed": with_filter("", who.text) if who.text else "",
        "lists": lists_of(found, who.text) if not (running and running.definition) else {},
        "mails": invitation_mails(found.invitations.all()).get(found.pk, MailFigures()),
        "can_invite": found.is_active and now < found.closes_at,
        "running": running,
        "waiting": waiting,
        "when": WhenForm(),
        "late": running is not None and stands_still(running.changed_at, now),
        "bar": _bar(found, running) if running else None,
        "runs": [(run, say_run(run)) for run in runs if run not in (running, waiting)],
    }
    return render(
        request,
        "backoffice/releases/invitations.html",
        {**offer_context(request, found, "invitations"), **context},
    )


def _times(request: HttpRequest) -> tuple[datetime | None, Waves | None]:
    """When they begin and in which waves, as the form says; raises DomainError ``when``."""
    form = WhenForm(request.POST)
    if not form.is_valid():
        raise DomainError("when", first_problem(form))
    size, minutes = form.cleaned_data["size"], form.cleaned_data["minutes"]
    if (size is None) != (minutes is None):
        raise DomainError(
            "when", "Waves need both: how many customers at a time, and how many minutes apart."
        )
    return form.cleaned_data["at"], Waves(size, minutes) if size and minutes else None


class WhenForm(forms.Form):
    """When invitations go out; all of it may stay empty."""

    at = MomentField(label="Not before", required=False, help_text="Empty for now.")
    size = forms.IntegerField(
        label="Customers at a time",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="Empty for all.",
    )
    minutes = forms.IntegerField(
        label="Minutes until the next", required=False, min_value=1, max_value=60 * 24 * 30
    )


def _narrowed(path: str, text: str) -> str:
    return with_filter(path, text) if text and len(text) < MOST_PATH else path


def _meant(who: Who, now: datetime) -> list[int] | None:
    """Whom a filter means; one that can't be read, or leads in a circle, means nobody."""
    try:
        return [] if who.problem else who.ids(now)
    except DomainError:
        return []


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def stop(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ends a run between two portions; who was invited stays invited."""
    live = [InviteState.RUNNING.value, InviteState.WAITING.value]
    for run in found_offer(reference).invitation_runs.filter(state__in=live):
        stop_invitations(run=run, now=read_clock())
    return redirect("backoffice:invitations", reference)


@require_safe
@staff_required(Permission.SEE_OFFERS)
def progress(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The bar alone; the whole page once nothing is under way any more."""
    found = found_offer(reference)
    running = found.invitation_runs.filter(state=InviteState.RUNNING.value).first()
    bar = _bar(found, running) if running else None
    return bar_or_page(request, bar, reverse("backoffice:invitations", args=[reference]))


@require_safe
@staff_required(Permission.EDIT_OFFERS, Permission.EXPORT)
def export_links(request: HttpRequest, reference: str, kind: str) -> HttpResponseBase:
    """The customers who may be written to, each with a link that signs in, for a mail tool; recorded."""
    found, now = found_offer(reference), read_clock()
    if kind not in ("csv", "xlsx"):
        raise Http404
    if not found.is_active or now >= found.closes_at:
        messages.error(request, "Links lead to an offer that is open or will open. This one isn't.")
        return redirect("backoffice:invitations", reference)
    who = read_who(request.GET.get("filter", ""), "")
    if who.problem:
        messages.error(request, who.problem)
        return redirect("backoffice:invitations", reference)
    record_event(
        EventName.EXPORT_MADE,
        "offer",
        found.pk,
        text=f"exported the links of the offer to {found.group.name}"
        + (f" (everybody who {who.said})" if who.said else ""),
        data={"format": kind, "filter": who.text},
        actor=staff_actor(request),
        now=now,
    )
    rows: Iterator[list[Cell]] = (
        [customer.email, customer.first_name, customer.last_name, link, unsubscribe_url(customer)]
        for customer, link in offer_links(found, _meant(who, now), now=now)
    )
    name = f"links-{found.reference}-{local_time(now):%Y-%m-%d}"
    return table_response(name, HEADERS, rows, kind, sheet="Links")


def lists_of(found: Offer, who: str = "") -> dict[str, str]:
    """The customers' lists of those who would be invited and of those who are left out, by the names of the figures.

    ``who``: the filter of those who are meant, as text.
    """

    def of(word: str, *values: tuple[str, str]) -> Condition:
        return Condition(word, values)

    def no(one: Condition) -> Bracket:
        return Bracket(Junction.NONE, (one,))

    mine = ("group", found.group.reference)
    invited = of("invited", ("release", found.release.reference), mine)
    active, opted_in = no(of("suspended")), of("opted_in")
    meant: tuple[Node, ...] = (parse(who),) if who else ()
    parts: dict[str, tuple[Node, ...]] = {
        "members": (),
        "invited": (invited,),
        "suspended": (*meant, no(invited), of("suspended")),
        "no_consent": (*meant, no(invited), active, no(opted_in)),
        "bounced": (*meant, no(invited), active, opted_in, of("bounced")),
        "ready": (*meant, no(invited), active, opted_in, no(of("bounced"))),
    }
    customers = reverse("backoffice:customers")
    return {
        name: f"{customers}?{urlencode({'filter': serialise(Bracket(Junction.ALL, (of('group', mine), *more)))})}"
        for name, more in parts.items()
    }


def _bar(found: Offer, run: InvitationRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes."""
    total = max(run.total, run.invited, 1)
    return {
        "name": "inviting",
        "label": "Inviting customers" if run.invited else "Waiting for its turn",
        "value": run.invited or None,
        "max": total,
        "words": f"{run.invited:,} of {total:,}",
        "url": reverse("backoffice:invitations_progress", args=[found.reference]),
    }
