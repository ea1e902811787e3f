"""A release rehearsed by the worker: begun, gone on with, stopped, kept beside others, removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.errors import DomainError
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_rows
from tirage.core.runs import SILENCE, in_the_name_of, take_up
from tirage.offers.models import Release
from tirage.planning.gathering import LEAVES, gather_plan
from tirage.planning.models import Rehearsal
from tirage.planning.simulation.plan import Changes, Plan, changed_plan
from tirage.planning.states import RehearsalState

TASK = "tirage.planning.tasks.rehearse"
#: How often a release is lived through: enough for chances, or a quick look.
DAYS = (1_000, 300, 100)
#: People × wines × days of one rehearsal, about twenty seconds' work; under way at the same time; kept of a release.
MOST_CELLS, MOST_UNDER_WAY, MOST_KEPT = 250_000_000, 5, 40
#: All what-ifs of a release meet the same people, so that what is different is what was changed.
SEED = 2_305


def start_rehearsal(
    *,
    release: Release,
    days: int = DAYS[0],
    leaves: float = LEAVES,
    actor: Actor,
    now: datetime,
    queue: bool = True,
) -> Rehearsal:
    """Lets the worker live through the release as it stands so many times; without ``queue`` the caller does.

    Raises DomainError ``nothing_to_rehearse``, ``too_much``, ``too_many_under_way``, ``too_many_kept``.
    """
    plan = gather_plan(release, now, leaves=leaves)
    return _begin(release, plan, days, None, SEED, actor, now, queue)


def start_what_if(
    *,
    beside: Rehearsal,
    changes: Changes,
    leaves: float | None = None,
    days: int,
    actor: Actor,
    now: datetime,
    queue: bool = True,
) -> Rehearsal:
    """The plan of ``beside`` with changes, lived through by the same people. Raises as ``start_rehearsal``, and
    DomainError ``nothing_changed``, ``not_a_window``.
    """
    before = Plan.from_json(beside.plan)
    plan = changed_plan(before, changes, leaves=leaves)
    if plan == before and days == beside.days:
        raise DomainError(
            "nothing_changed", "Change something first: a maximum, stock, an opening or the cart."
        )
    for group in plan.groups:
        if group.opens >= group.closes:
            raise DomainError(
                "not_a_window",
                f"{group.name} would open after its offer closes. Choose an earlier time.",
                {f"opens-{group.group}": "Earlier than the close of its offer."},
            )
    return _begin(beside.release, plan, days, beside, beside.seed, actor, now, queue)


@transaction.atomic
def _begin(
    release: Release,
    plan: Plan,
    days: int,
    beside: Rehearsal | None,
    seed: int,
    actor: Actor,
    now: datetime,
    queue: bool,
) -> Rehearsal:
    most = MOST_CELLS // max(plan.people * len(plan.wines), 1)
    if days > most:
        raise DomainError(
            "too_much",
            f"{plan.people:,} people and {len(plan.wines)} wines can be rehearsed {most:,} times at once at most. "
            "Choose fewer.",
            {"days": f"At most {most:,}."},
        )
    lock_rows(Release.objects.filter(pk=release.pk))
    if Rehearsal.objects.filter(state=RehearsalState.RUNNING.value).count() >= MOST_UNDER_WAY:
        raise DomainError(
            "too_many_under_way",
            f"{MOST_UNDER_WAY} rehearsals are under way already. Wait until one is finished, or stop one.",
        )
    if release.rehearsals.count() >= MOST_KEPT:
        raise DomainError(
            "too_many_kept",
            f"{MOST_KEPT} rehearsals of this release are kept. Remove some that you don’t need any more.",
        )
    made = Rehearsal.objects.create(
        release=release,
        beside=beside,
        plan=plan.to_json(),
        seed=seed,
        days=days,
        made_at=now,
        changed_at=now,
        **in_the_name_of(actor),
    )
    if queue:
        queue_job(TASK, made.reference)
    return made


def rehearse(*, rehearsal: Rehearsal, clock: Callable[[], datetime]) -> Rehearsal:
    """Lives through all its days; between two portions it looks whether somebody stopped it, and notes when that was.

    A worker that dies leaves nothing but how far it was: another begins anew, and finds the same. Two at once do too.
    """
    # Only the worker needs NumPy.
    from tirage.planning.simulation.figures import figures_of
    from tirage.planning.simulation.running import simulate_portions
    from tirage.planning.simulation.tallies import joined

    plan = Plan.from_json(rehearsal.plan)
    here = Rehearsal.objects.filter(pk=rehearsal.pk, state=RehearsalState.RUNNING.value)
    tallies, done = [], 0
    if not here.update(done=0, changed_at=clock()):
        return rehearsal
    for tally in simulate_portions(plan, days=rehearsal.days, seed=rehearsal.seed):
        tallies.append(tally)
        done += len(tally.came)
        if not here.update(done=done, changed_at=clock()):
            rehearsal.refresh_from_db()
            return rehearsal
    here.update(
        state=RehearsalState.FINISHED.value, figures=figures_of(plan, joined(tallies)), changed_at=clock()
    )
    rehearsal.refresh_from_db()
    return rehearsal


def stop_rehearsal(*, rehearsal: Rehearsal, now: datetime) -> Rehearsal:
    """Ends it without a result. One that is over is returned as it is."""
    running = Rehearsal.objects.filter(pk=rehearsal.pk, state=RehearsalState.RUNNING.value)
    running.update(state=RehearsalState.STOPPED.value, changed_at=now)
    rehearsal.refresh_from_db()
    return rehearsal


def remove_rehearsal(*, rehearsal: Rehearsal) -> None:
    """Forgets it; what-ifs of it stay. Raises DomainError ``still_running``."""
    if not Rehearsal.objects.filter(pk=rehearsal.pk).exclude(state=RehearsalState.RUNNING.value).delete()[0]:
        raise DomainError("still_running", "It is under way. Stop it before you remove it.")


def sweep_stopped_rehearsals(*, now: datetime) -> int:
    """Queues again those whose worker died; how many. Run by the schedule."""
    still = Rehearsal.objects.filter(state=RehearsalState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)
