"""Unused bottles of a release: as they are now, the people behind them, and what was done with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.wishes.unused_people import PeopleForm, narrowed_by
from tirage.core.audit import record_event
from tirage.core.bulk import draft_run
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.core.texts import say_count
from tirage.customers.models import Customer
from tirage.offers.models import Offer, Release
from tirage.parts.exporting import table_response
from tirage.parts.numbers import read_whole
from tirage.planning.forecasting import forecast_release
from tirage.staff.permissions import Permission, require, staff_actor, staff_required
from tirage.tables.writing import Cell
from tirage.wishes.reallocation.giving import GIVE, draft_giving, start_taking_back
from tirage.wishes.reallocation.models import Reallocation
from tirage.wishes.reallocation.returning import return_to_stock, undo_return
from tirage.wishes.reallocation.rules import Counted, add_up
from tirage.wishes.reallocation.second_offer import undo_second_offer
from tirage.wishes.reallocation.statements import count_people, unused_people
from tirage.wishes.reallocation.states import ReallocationKind
from tirage.wishes.reallocation.unused import Row, Unused, unused_of

#: People on one page, and acts that the page of a release tells of.
PEOPLE, ACTS = 50, 50
KINDS = {
    ReallocationKind.ALLOWANCES: "Own allowances",
    ReallocationKind.SECOND_OFFER: "Second offer",
    ReallocationKind.STOCK: "Back to stock",
}
HEADERS = (
    "customer",
    "first_name",
    "last_name",
    "email",
    "group",
    "entitled",
    "bought",
    "beyond the maximum",
    "in a cart now",
    "left",
    "can still take it",
)


@dataclass(frozen=True, slots=True)
class OfOffer:
    """One offer with its wines."""

    offer: Offer
    rows: Sequence[Row]
    total: Counted

    @property
    def people(self) -> int:
        return max((row.counted.people for row in self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Coming:
    """A wine that may still be taken: what is open, and what of it is expected to be taken (an 80 % band)."""

    name: str
    open: int
    low: int
    expected: int
    high: int

    @property
    def left(self) -> int:
        return max(self.open - self.expected, 0)


def found_release(reference: str) -> Release:
    return get_object_or_404(Release, reference=reference)


def unused_crumbs(release: Release, here: str = "") -> list[tuple[str, str]]:
    """To the page of a release's unused bottles, and on to ``here``."""
    at = reverse("backoffice:unused", args=[release.reference])
    first = [
        ("Releases", reverse("backoffice:releases")),
        (release.name, reverse("backoffice:release", args=[release.reference])),
    ]
    return [*first, ("Unused bottles", at), (here, "")] if here else [*first, ("Unused bottles", "")]


@require_safe
@staff_required(Permission.SEE_OFFERS)
def unused(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What the allowances of a release left, wine by wine and group by group; looks again by itself."""
    release, now = found_release(reference), read_clock()
    found = unused_of(release, now)
    context = {
        "release": release,
        "unused": found,
        "total": found.total,
        "to_give": sum(found.to_give.values()),
        "waiting": sum(wine.waiting for wine in found.wines),
        "offers": _by_offer(found),
        "grant_url": _grant_url(release, found),
        "now": now,
    }
    if request.headers.get("HX-Request"):
        return render(request, "backoffice/wishes/unused.html#live", context)
    acts = list(
        Reallocation.objects.filter(release=release)
        .prefetch_related("lines__sku", "offers__group", "offers__release")
        .annotate(
            given=Sum("gifts__pieces", filter=Q(gifts__taken_back_at=None)),
            people=Count("gifts", filter=Q(gifts__taken_back_at=None)),
        )
        .order_by("-pk")[:ACTS]
    )
    context |= {
        "crumbs": unused_crumbs(release),
        "coming": _coming(release, found, now),
        "acts": [(act, KINDS[ReallocationKind(act.kind)]) for act in acts],
        "events": list(
            Event.objects.filter(subject_kind="release", subject_id=release.pk).order_by("-id")[:12]
        ),
    }
    return render(request, "backoffice/wishes/unused.html", context)


def _by_offer(found: Unused) -> list[OfOffer]:
    grouped = [(offer, list(rows)) for offer, rows in groupby(found.rows, key=lambda row: row.offer)]
    return [OfOffer(offer, rows, add_up(row.counted for row in rows)) for offer, rows in grouped]


def _grant_url(release: Release, found: Unused) -> str:
    """The form of a grant run, filled in with what is left."""
    given = "".join(f"&give-{sku_id}={pieces}" for sku_id, pieces in found.to_give.items())
    return f"{reverse('backoffice:new_grant')}?release={release.reference}{given}" if given else ""


def _coming(release: Release, found: Unused, now: datetime) -> list[Coming]:
    """What is expected of what may still be taken; nothing where every window is over."""
    open_ = {(row.offer.pk, row.sku.pk): row.counted.open for row in found.rows if row.counted.open}
    if not open_:
        return []
    expected = {
        (one.item.offer_id, one.item.sku_id): one.further
        for one in forecast_release(release, now).by_item.values()
    }
    coming = []
    for wine in found.wines:
        bands = [(pieces, expected.get(key)) for key, pieces in open_.items() if key[1] == wine.sku.pk]
        if bands:
            known = [(pieces, band) for pieces, band in bands if band is not None]
            coming.append(
                Coming(
                    str(wine.sku),
                    sum(pieces for pieces, _ in bands),
                    *(
                        sum(min(round(getattr(band, name)), pieces) for pieces, band in known)
                        for name in ("low", "expected", "high")
                    ),
                )
            )
    return coming


@require_safe
@staff_required(Permission.SEE_OFFERS, Permission.SEE_CUSTOMERS)
def people(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Who has something left, most first; ``?export=csv`` or ``xlsx`` is the file of all that were found."""
    release, now = found_release(reference), read_clock()
    form = PeopleForm(release, request.GET)
    narrowed = narrowed_by(form, now)
    kind = request.GET.get("export", "")
    if kind in {"csv", "xlsx"}:
        return _export(request, release, form, kind)
    totals = count_people(release.pk, narrowed, now)
    paginator = Paginator(range(int(totals["people"])), PEOPLE)
    page = paginator.get_page(request.GET.get("page"))
    rows = unused_people(release.pk, narrowed, now, start=(page.number - 1) * PEOPLE, most=PEOPLE)
    for row in rows:
        row["name"] = f"{row['first_name']} {row['last_name']}".strip()
        row["group"] = form.groups.get(row["offer_id"], "")
    context = {
        "crumbs": unused_crumbs(release, "Who has some left"),
        "release": release,
        "form": form,
        "totals": totals,
        "page": page,
        "rows": rows,
        "query": form.query,
    }
    return render(request, "backoffice/wishes/unused_people.html", context, status=200)


def _export(request: HttpRequest, release: Release, form: PeopleForm, kind: str) -> HttpResponseBase:
    require(request, Permission.EXPORT)
    now = read_clock()
    rows = unused_people(release.pk, narrowed_by(form, now), now)
    said = say_count(len(rows), "customer", "customers")
    record_event(
        EventName.EXPORT_MADE,
        "release",
        release.pk,
        text=f"exported {said} with unused bottles of {release.name} as {kind.upper()}",
        data={"release": release.reference, "query": form.query},
        actor=staff_actor(request),
        now=now,
    )
    return table_response(f"unused-{release.reference}", HEADERS, _cells(rows, form), kind, sheet="Unused")


def _cells(rows: Sequence[dict[str, Any]], form: PeopleForm) -> Iterator[list[Cell]]:
    for row in rows:
        yield [
            row["reference"],
            row["first_name"],
            row["last_name"],
            row["email"],
            form.groups.get(row["offer_id"], ""),
            int(row["entitled"]),
            int(row["taken"]) + int(row["beyond"]),
            int(row["beyond"]),
            int(row["held"]),
            int(row["unused"]),
            "yes" if row["goes_on"] else "no",
        ]


@require_POST
@staff_required(Permission.EDIT_OFFERS, Permission.SEE_CUSTOMERS)
def give_to_people(request: HttpRequest, reference: str) -> HttpResponse:
    """Keeps those who were ticked, or everybody found, for a run that gives them bottles; leads to its preview."""
    release, actor, now = found_release(reference), staff_actor(request), read_clock()
    form = PeopleForm(release, QueryDict(request.POST.get("query", "")))
    with refusals_said(request):
        if request.POST.get("every"):
            run = draft_giving(release=release, narrowed=narrowed_by(form, now), actor=actor, now=now)
        else:
            known = Customer.objects.filter(reference__in=request.POST.getlist("chosen")[:PEOPLE])
            keys = list(known.order_by("pk").values_list("reference", flat=True))
            run = draft_run(kind=GIVE, keys=keys, actor=actor, now=now)
        return redirect("backoffice:giving", run.reference)
    return redirect(f"{reverse('backoffice:unused_people', args=[reference])}?{form.query}")


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def back_to_stock(request: HttpRequest, reference: str) -> HttpResponse:
    """Keeps what the page said was to give: ``keep-<sku id>`` pieces each."""
    release = found_release(reference)
    names = [name for name in request.POST if read_whole(name.removeprefix("keep-")) > 0]
    pieces = {
        read_whole(name.removeprefix("keep-")): max(read_whole(request.POST[name]), 0) for name in names
    }
    with refusals_said(request):
        return_to_stock(release=release, pieces=pieces, actor=staff_actor(request), now=read_clock())
    return redirect("backoffice:unused", reference)


@require_POST
@staff_required(Permission.EDIT_OFFERS)
def undo_reallocation(request: HttpRequest, reference: str) -> HttpResponse:
    """Takes back what was given on, as far as nobody bought it."""
    act = get_object_or_404(Reallocation.objects.select_related("release"), reference=reference)
    actor, now = staff_actor(request), read_clock()
    with refusals_said(request):
        if act.kind == ReallocationKind.ALLOWANCES:
            run = start_taking_back(reallocation=act, actor=actor, now=now)
            return redirect("backoffice:taking_back", run.reference)
        undo = undo_second_offer if act.kind == ReallocationKind.SECOND_OFFER else undo_return
        undo(reallocation=act, actor=actor, now=now)
    return redirect("backoffice:unused", act.release.reference)
