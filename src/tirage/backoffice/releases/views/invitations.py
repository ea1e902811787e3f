"""Inviting an offer's group: preview, run by the worker with progress, result; and the links for a mail tool."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.exporting import table_response
from tirage.backoffice.frame.links import MOST_PATH
from tirage.backoffice.frame.mails import say_mailed
from tirage.backoffice.frame.runs import bar_or_page
from tirage.backoffice.frame.who import Who, read_who, with_filter
from tirage.backoffice.releases.views.offers import found_offer, offer_context
from tirage.core.audit import record_event
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.runs import stands_still
from tirage.core.texts import say_count
from tirage.core.winery import local_time
from tirage.customers.consent import unsubscribe_url
from tirage.notifications.inviting import (
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
            run = start_invitations(offer=found, who=text, actor=staff_actor(request), now=now)
            queued = say_count(run.total, "invitation", "invitations")
            say_mailed(request, f"You queued {queued}; sent is what the mail server has taken.")
            return redirect(here)
        return redirect(_narrowed(here, request.POST.get("filter", "")))
    who = read_who(request.GET.get("filter", ""), here)
    runs = list(found.invitation_runs.order_by("-pk")[:20])
    running = next((run for run in runs if run.state == InviteState.RUNNING), None)
    context = {
        "figures": invitation_figures(found, chosen_in(running) if running else _meant(who, now)),
        "who": who,
        "narrowed": with_filter("", who.text) if who.text else "",
        "mails": invitation_mails(found.invitations.all()).get(found.pk, MailFigures()),
        "can_invite": found.is_active and now < found.closes_at,
        "running": running,
        "late": running is not None and stands_still(running.changed_at, now),
        "bar": _bar(found, running) if running else None,
        "runs": [(run, say_run(run)) for run in runs if run is not running],
    }
    return render(
        request,
        "backoffice/releases/invitations.html",
        {**offer_context(request, found, "invitations"), **context},
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
    for run in found_offer(reference).invitation_runs.filter(state=InviteState.RUNNING.value):
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
