"""The run of a release: its preview, its progress, what came of it; begun, stopped, gone on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tirage.backoffice.frame.acting import refusals_said
from tirage.backoffice.frame.runs import bar_or_page, say_run
from tirage.backoffice.standing.words import OUTCOMES, STATES
from tirage.core.clock import read_clock
from tirage.core.jobs import Urgency, queue_job
from tirage.core.money import Money
from tirage.core.runs import stands_still
from tirage.core.winery import current_winery
from tirage.inventory.queries import NO_STOCK, stock_figures
from tirage.offers.models import OfferItem
from tirage.staff.permissions import Permission, staff_actor, staff_required
from tirage.standing.models import StandingLine, StandingRun
from tirage.standing.running import PLAN, coming_releases, run_again, start_run, stop_run
from tirage.standing.states import AGAIN, Outcome, RunState

#: Past runs that are listed, and lines on one page.
SHOWN, LINES = 100, 50
_HELD = [Outcome.ASIDE.value, Outcome.ORDERING.value]
#: Who something stands in the way of before those who get something; who is skipped last.
_ORDER = Case(
    When(outcome=Outcome.SKIPPED.value, then=Value(2)),
    When(Q(outcome=Outcome.LEFT_OUT.value) | ~Q(reason=""), then=Value(0)),
    default=Value(1),
    output_field=IntegerField(),
)


@require_safe
@staff_required(Permission.SEE_WISHES)
def runs(request: HttpRequest) -> HttpResponseBase:
    """The runs so far and those to come, the newest first."""
    found = StandingRun.objects.select_related("release").order_by("-begins_at", "-pk")
    counted = found.annotate(
        customers=Count("lines"),
        ordered=Count("lines", filter=Q(lines__outcome=Outcome.ORDERED.value)),
    )[:SHOWN]
    context = {
        "rows": [(run, *STATES[RunState(run.state)]) for run in counted],
        "coming": [
            (release, opens_at)
            for release, opens_at in coming_releases(read_clock())
            if not _has_run(release.pk)
        ],
        "crumbs": _crumbs(),
    }
    return render(request, "backoffice/standing/runs.html", context)


def _has_run(release_id: int) -> bool:
    return StandingRun.objects.filter(release=release_id).exists()


@require_safe
@staff_required(Permission.SEE_WISHES)
def run_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What each would get, or got; who is left out and why."""
    run, now = _found(reference), read_clock()
    lines = run.lines.select_related("customer", "order", "standing").annotate(place=_ORDER)
    page = Paginator(lines.order_by("place", "turn", "pk"), LINES).get_page(request.GET.get("page"))
    words, tone = STATES[RunState(run.state)]
    context: dict[str, Any] = {
        "run": run,
        "title": f"Standing orders of {run.release.name}",
        "state_words": words,
        "state_tone": tone,
        "page": page,
        "rows": [(line, *_said(line), _money(line.wine_minor)) for line in page],
        "figures": _figures(run),
        "wines": _wines(run),
        "is_before": run.state == RunState.PLANNED,
        "crumbs": [*_crumbs(), (run.release.name, "")],
    }
    if run.state == RunState.RUNNING:
        context |= {"bar": _bar(run), "late": stands_still(run.changed_at, now)}
    elif run.state != RunState.PLANNED:
        context |= {"result": say_run(request, run, say_result(run)), "can_try_again": _left(run)}
    return render(request, "backoffice/standing/run.html", context)


def _said(line: StandingLine) -> tuple[str, str]:
    """Before the run a line that something stands in the way of is left out already."""
    outcome = Outcome(line.outcome)
    if outcome is Outcome.WAITING and line.reason:
        outcome = Outcome.LEFT_OUT
    return OUTCOMES[outcome]


def _money(minor: int) -> Money:
    return Money(minor, current_winery().currency)


def _figures(run: StandingRun) -> dict[str, Any]:
    """What the run comes to, in one statement."""
    gets = Q(pieces__gt=0) & ~Q(outcome__in=[Outcome.SKIPPED.value, Outcome.LEFT_OUT.value])
    found = run.lines.aggregate(
        customers=Count("pk"),
        served=Count("pk", filter=gets),
        bottles=Sum("pieces", filter=gets),
        money=Sum("wine_minor", filter=gets),
        told=Count("pk", filter=Q(told_at__isnull=False)),
        ordered=Count("pk", filter=Q(outcome=Outcome.ORDERED.value)),
        collecting=Count("pk", filter=Q(outcome=Outcome.COLLECTING.value)),
        skipped=Count("pk", filter=Q(outcome=Outcome.SKIPPED.value)),
        left_out=Count(
            "pk",
            filter=Q(outcome=Outcome.LEFT_OUT.value) | (Q(outcome=Outcome.WAITING.value) & ~Q(reason="")),
        ),
    )
    return {**found, "money": _money(int(found["money"] or 0)), "bottles": found["bottles"] or 0}


def _wines(run: StandingRun) -> list[dict[str, Any]]:
    """What all together come to of each wine, against what is free; three statements."""
    gets = run.lines.exclude(
        outcome__in=[Outcome.SKIPPED.value, Outcome.LEFT_OUT.value, Outcome.RETURNED.value]
    )
    pieces: dict[int, int] = {}
    for planned in gets.filter(pieces__gt=0).values_list("planned", flat=True):
        for id, (count, _) in planned.items():
            pieces[int(id)] = pieces.get(int(id), 0) + count
    of_sku: dict[int, dict[str, Any]] = {}
    for item in OfferItem.objects.filter(pk__in=pieces).select_related("sku").order_by("position", "pk"):
        row = of_sku.setdefault(item.sku_id, {"sku": item.sku, "pieces": 0})
        row["pieces"] += pieces[item.pk]
    stock = stock_figures(list(of_sku), read_clock())
    for sku_id, row in of_sku.items():
        row["free"] = stock.get(sku_id, NO_STOCK).available
        row["short"] = max(row["pieces"] - row["free"], 0) if run.state == RunState.PLANNED else 0
    return list(of_sku.values())


def say_result(run: StandingRun) -> str:
    """What a run did, said after who began it: ``placed 38 orders. 2 cards were declined.``"""
    found = dict(run.lines.values_list("outcome").annotate(count=Count("pk")))
    ordered = found.get(Outcome.ORDERED.value, 0)
    text = f"placed {ordered:,} {'order' if ordered == 1 else 'orders'}."
    for outcome, one, many in (
        (Outcome.COLLECTING, "Of 1 the money is to be collected", "Of {} the money is to be collected"),
        (Outcome.ORDERING, "1 waits for the bank", "{} wait for the bank"),
        (Outcome.ASIDE, "1 is set aside and not ordered yet", "{} are set aside and not ordered yet"),
        (Outcome.LEFT_OUT, "1 was left out", "{} were left out"),
        (Outcome.RETURNED, "Of 1 the bottles went back", "Of {} the bottles went back"),
        (Outcome.SKIPPED, "1 skipped it", "{} skipped it"),
        (Outcome.WAITING, "1 was not reached", "{} were not reached"),
    ):
        if count := found.get(outcome.value, 0):
            text += f" {one if count == 1 else many.format(f'{count:,}')}."
    return text


def _left(run: StandingRun) -> bool:
    again = run.lines.filter(outcome__in=[one.value for one in AGAIN])
    return run.state == RunState.FINISHED and again.exists()


def _bar(run: StandingRun) -> dict[str, Any]:
    """What ``parts/progress.html`` takes: setting aside is the first half, ordering the second."""
    found = run.lines.aggregate(
        total=Count("pk", filter=~Q(outcome=Outcome.SKIPPED.value)),
        waiting=Count("pk", filter=Q(outcome=Outcome.WAITING.value)),
        aside=Count("pk", filter=Q(outcome=Outcome.ASIDE.value)),
    )
    total, waiting = found["total"], found["waiting"]
    done = total - waiting - found["aside"]
    words = f"{total - waiting:,} of {total:,} set aside" if waiting else f"{done:,} of {total:,} ordered"
    return {
        "name": "standing",
        "label": "Setting bottles aside" if waiting else "Placing orders",
        "value": (total - waiting) + done or None,
        "max": 2 * total,
        "words": words,
        "url": reverse("backoffice:standing_progress", args=[run.reference]),
    }


@require_POST
@staff_required(Permission.EDIT_WISHES)
def start(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the worker begin, before its time too, or go on."""
    actor, now = staff_actor(request), read_clock()
    return _act(request, reference, lambda run: start_run(run=run, actor=actor, now=now))


@require_POST
@staff_required(Permission.EDIT_WISHES)
def stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends a run between two customers, or keeps it from beginning by itself."""
    actor, now = staff_actor(request), read_clock()
    return _act(request, reference, lambda run: stop_run(run=run, actor=actor, now=now))


@require_POST
@staff_required(Permission.EDIT_WISHES)
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Tries those again who were left out, or whose bottles went back."""
    actor, now = staff_actor(request), read_clock()
    return _act(request, reference, lambda run: run_again(run=run, actor=actor, now=now))


@require_POST
@staff_required(Permission.EDIT_WISHES)
def look(request: HttpRequest, reference: str) -> HttpResponse:
    """Has the worker look again at what each would get."""
    return _act(request, reference, lambda run: queue_job(PLAN, run.reference, urgency=Urgency.SOON))


def _act(request: HttpRequest, reference: str, act: Callable[[StandingRun], object]) -> HttpResponse:
    with refusals_said(request):
        act(_found(reference))
    return redirect("backoffice:standing_run", reference)


@require_safe
@staff_required(Permission.SEE_WISHES)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The bar alone; the whole page once nothing is under way any more."""
    run = _found(reference)
    bar = _bar(run) if run.state == RunState.RUNNING else None
    return bar_or_page(request, bar, reverse("backoffice:standing_run", args=[reference]))


def _crumbs() -> list[tuple[str, str]]:
    return [
        ("Customers", reverse("backoffice:customers")),
        ("Standing orders", reverse("backoffice:standing_orders")),
        ("Releases", reverse("backoffice:standing_runs")),
    ]


def _found(reference: str) -> StandingRun:
    return get_object_or_404(StandingRun.objects.select_related("release"), reference=reference)
