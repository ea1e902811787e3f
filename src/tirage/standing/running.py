"""A release's run: made when its time comes, its customers told, begun, stopped, gone on with."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from tirage.core.actors import Actor, system
from tirage.core.audit import record_event
from tirage.core.errors import DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.reactions import react
from tirage.core.runs import SILENCE, in_the_name_of, take_up
from tirage.offers.models import Offer, Release
from tirage.offers.states import ReleaseKind
from tirage.standing.models import StandingLine, StandingOrder, StandingRun
from tirage.standing.planning import keep_promise, plan_line, waits_for_word
from tirage.standing.states import AGAIN, LIVE, RUN_STEPS, Outcome, RunState
from tirage.standing.terms import current_terms

TASK = "tirage.standing.tasks.order_standing"
PLAN = "tirage.standing.tasks.plan_standing"
#: Workers at one run; where all writing is done one after the other there is one.
WORKERS = 2
#: What is shown of a run is looked at again after so long.
STALE = timedelta(hours=6)
PROGRAM = system("Standing orders")
_LIVE = [state.value for state in LIVE]
#: Groups come before the time of agreeing.
_RANK = 10**12


def watch_standing(*, now: datetime) -> int:
    """Makes the runs whose time has come, has their customers told, and begins them; how many moved. Run by the
    schedule.
    """
    moved = 0
    if StandingOrder.objects.filter(state__in=_LIVE).exists():
        for release, opens_at in coming_releases(now):
            moved += bool(plan_release(release=release, opens_at=opens_at, now=now))
    for run in StandingRun.objects.filter(state=RunState.PLANNED.value).select_related("release"):
        if run.begins_at <= now:
            start_run(run=run, actor=PROGRAM, now=now)
            moved += 1
        elif needs_plan(run, now):
            moved += take_up(PLAN, [run.reference], now=now)
    return moved


def coming_releases(now: datetime) -> list[tuple[Release, datetime]]:
    """Releases whose first active offer opens within the days that customers are told before."""
    until = now + timedelta(days=current_terms().told_days)
    kinds = [ReleaseKind.ALLOCATION.value, ReleaseKind.EN_PRIMEUR.value]
    active = Offer.objects.filter(is_active=True, group__is_test=False, release__kind__in=kinds)
    opening = dict(
        active.values_list("release").annotate(first=Min("opens_at")).filter(first__gt=now, first__lte=until)
    )
    return [
        (release, opening[release.pk]) for release in Release.objects.filter(pk__in=opening).order_by("pk")
    ]


def plan_release(*, release: Release, opens_at: datetime, now: datetime) -> bool:
    """The run of a release, made or moved with the opening of its first offer; True when something changed."""
    terms = current_terms()
    begins_at = opens_at - timedelta(hours=terms.lead_hours)
    run, is_new = StandingRun.objects.get_or_create(
        release=release,
        defaults={
            "begins_at": begins_at,
            "kept_days": terms.kept_days,
            "made_at": now,
            "changed_at": now,
            **in_the_name_of(PROGRAM),
        },
    )
    here = StandingRun.objects.filter(pk=run.pk, state=RunState.PLANNED.value).exclude(begins_at=begins_at)
    return is_new or bool(here.update(begins_at=begins_at))


def needs_plan(run: StandingRun, now: datetime) -> bool:
    """Whether somebody isn't in the run yet or hasn't been told, or it was looked at long ago."""
    if run.planned_at is None or now - run.planned_at > STALE:
        return True
    return _unlisted(run).exists()


def _unlisted(run: StandingRun) -> QuerySet[StandingOrder]:
    live = StandingOrder.objects.filter(state__in=_LIVE)
    return live.exclude(customer__in=run.lines.values("customer"))


def plan_run(*, run: StandingRun, now: datetime, tell: bool = True) -> int:
    """Lists everybody with a standing order, works out what each would get, and tells those who don't know; how many.

    Each customer is looked at in a transaction of their own, so it may be done twice or stop anywhere.
    """
    gather(run)
    waiting = run.lines.filter(outcome__in=[Outcome.WAITING.value, Outcome.LEFT_OUT.value])
    told = 0
    for pk in list(waiting.order_by("turn").values_list("pk", flat=True)):
        told += _plan_one(pk, tell, now)
    StandingRun.objects.filter(pk=run.pk).update(planned_at=now)
    return told


def gather(run: StandingRun) -> None:
    """A line for each live standing order; one that was ended and agreed to anew takes the customer's line over."""
    found = _unlisted(run).order_by("agreed_at", "pk").values_list("pk", "customer", "agreed_at")
    ranks = dict(
        StandingOrder.objects.filter(
            pk__in=[pk for pk, *_ in found], customer__memberships__kind="allocation"
        )
        .values_list("pk")
        .annotate(
            rank=Min("customer__memberships__group__rank", filter=Q(customer__memberships__kind="allocation"))
        )
    )
    StandingLine.objects.bulk_create(
        [
            StandingLine(
                run=run,
                standing_id=pk,
                customer_id=customer_id,
                turn=ranks.get(pk, 32_767) * _RANK + int(agreed_at.timestamp()),
            )
            for pk, customer_id, agreed_at in found
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    again = StandingOrder.objects.filter(state__in=_LIVE, customer__in=run.lines.values("customer"))
    for pk, customer_id in again.exclude(lines__run=run).values_list("pk", "customer"):
        untouched = [Outcome.WAITING.value, Outcome.LEFT_OUT.value, Outcome.SKIPPED.value]
        run.lines.filter(customer=customer_id, outcome__in=untouched).update(standing=pk)


def _plan_one(pk: int, tell: bool, now: datetime) -> bool:
    with transaction.atomic():
        standing_id = StandingLine.objects.values_list("standing", flat=True).get(pk=pk)
        standing = lock_row(StandingOrder.objects.filter(pk=standing_id))
        line = StandingLine.objects.select_related("run__release").get(pk=pk)
        if standing is None or line.outcome not in (Outcome.WAITING.value, Outcome.LEFT_OUT.value):
            return False
        if line.run.state not in (RunState.PLANNED, RunState.STOPPED):
            return False
        planned = plan_line(line, standing, now, by_stock=False)
        line.planned, line.pieces = keep_promise(planned.wines), planned.pieces
        line.wine_minor, line.reason = planned.wine_minor, planned.left_out[:300]
        # Nobody is told of what they can do nothing about; of wine en primeur the mail comes once it is set aside.
        tells = tell and bool(planned.wines) and line.told_at is None and not waits_for_word(line.run)
        asks = tell and bool(planned.asks) and line.told_at is None and line.asked_at is None
        if tells:
            line.told_at, line.promised = now, keep_promise(planned.wines)
        if asks:
            line.asked_at = now
        line.outcome = Outcome.WAITING.value
        line.save()
        if tells or asks:
            name = "standing.coming" if tells else "standing.in_the_way"
            react(name, line_id=line.pk, customer_id=line.customer_id, now=now)
    return tells or asks


def start_run(*, run: StandingRun, actor: Actor, now: datetime, queue: bool = True) -> StandingRun:
    """Lets the worker begin, before its time too, or go on with what was stopped; one under way is returned as it is.

    Raises DomainError ``nobody`` where no line waits.
    """
    gather(run)
    with transaction.atomic():
        if run.state == RunState.PLANNED and actor != PROGRAM and not run.lines.exists():
            raise DomainError("nobody", "Nobody has a standing order for this release.")
        if _advance(run, RunState.RUNNING, actor, now, [RunState.PLANNED, RunState.STOPPED]):
            _record(run, "began the standing orders of", actor, now)
            if queue:
                _let_work(run)
    run.refresh_from_db()
    return run


def stop_run(*, run: StandingRun, actor: Actor, now: datetime) -> StandingRun:
    """Ends it between two customers, or keeps one that waits from beginning by itself; over is returned as it is."""
    with transaction.atomic():
        if _advance(run, RunState.STOPPED, actor, now, [RunState.PLANNED, RunState.RUNNING]):
            _record(run, "stopped the standing orders of", actor, now)
    run.refresh_from_db()
    return run


def run_again(*, run: StandingRun, actor: Actor, now: datetime) -> StandingRun:
    """Tries those once more who were left out or whose bottles went back; what is ordered stays ordered.

    Raises DomainError ``nobody``.
    """
    gather(run)
    with transaction.atomic():
        lines = run.lines.filter(
            Q(outcome__in=[one.value for one in AGAIN]) | Q(outcome=Outcome.WAITING.value)
        )
        if not lines.exists():
            raise DomainError("nobody", "Nobody is left who could be tried again.")
        if _advance(run, RunState.RUNNING, actor, now, [RunState.FINISHED]):
            lines.update(outcome=Outcome.WAITING.value, reason="", cart=None, order=None, kept_until=None)
            _record(run, "tried again the standing orders of", actor, now)
            _let_work(run)
    run.refresh_from_db()
    return run


def finish_run(run: StandingRun, now: datetime) -> None:
    """Nobody waits any more."""
    StandingRun.objects.filter(pk=run.pk, state=RunState.RUNNING.value).update(
        state=RunState.FINISHED.value, changed_at=now
    )
    run.refresh_from_db(fields=["state", "changed_at"])


def _advance(run: StandingRun, to: RunState, actor: Actor, now: datetime, sources: list[RunState]) -> bool:
    legal = [state.value for state in sources if to in RUN_STEPS[state]]
    here = StandingRun.objects.filter(pk=run.pk, state__in=legal)
    return bool(here.update(state=to.value, changed_at=now, **in_the_name_of(actor)))


def _let_work(run: StandingRun) -> None:
    for _ in range(WORKERS if connection.features.has_select_for_update else 1):
        queue_job(TASK, run.reference)


def sweep_stopped_standing(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = StandingRun.objects.filter(state=RunState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)


def _record(run: StandingRun, did: str, actor: Actor, now: datetime) -> None:
    record_event(
        EventName.STANDING_RUN,
        "release",
        run.release_id,
        text=f"{did} {run.release.name}",
        data={"run": run.reference},
        actor=actor,
        now=now,
    )
