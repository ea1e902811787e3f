"""Runs over the orders that wait: what would come of them, or the ledger made to say what the files say.

The worker goes on portion by portion, each a transaction under the run's lock that also says how far it is: killed at
any moment it goes on exactly there, and no order is written twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.runs import SILENCE, actor_of, in_the_name_of, take_up
from tirage.insights.rebuilding import begin_rebuild
from tirage.moving import portions
from tirage.moving.figures import recount_customers
from tirage.moving.holding import refuse_signed_off, share_history
from tirage.moving.models import BroughtThing, MovedOrder, MoveRun
from tirage.moving.people import GroupsOfTheTime
from tirage.moving.portions import touched_since
from tirage.moving.staging import drop_files
from tirage.moving.states import MoveAct, MoveState, Outcome
from tirage.moving.things import leave_things, take_out_one, touched_things
from tirage.moving.tidying import take_away_unused
from tirage.moving.wines import Wines
from tirage.moving.writers import WRITERS

TASK = "tirage.moving.tasks.go_on_with_move"
#: Orders in one transaction; problems and orders that a run keeps to be looked at.
PORTION, MOST_PROBLEMS, MOST_SHOWN = 500, 200, 5
#: Of what was brought besides orders so much goes out between two pauses.
THINGS = 50
#: SQLite has one writer: between two portions buyers have their turn.
PAUSE_SECONDS = 0.12
_DRAWS = 5


def begin_move(
    *,
    act: MoveAct,
    books_differences: bool = False,
    takes_guests: bool = False,
    queue: bool = True,
    actor: Actor,
    now: datetime,
) -> MoveRun:
    """Lets the worker look at the orders that wait, or bring them in; without ``queue`` the caller does.

    Raises DomainError ``nothing_waits``, Conflict ``under_way``, ``signed_off``.
    """
    if act is not MoveAct.PREVIEW:
        refuse_signed_off()
    # Asked again under the lock, when the run begins.
    total = _following(act, 0).count() + (_leaving().count() if act is MoveAct.TAKE_BACK else 0)
    if not total:
        raise DomainError(
            "nothing_waits", "Every order that was brought is in as its files say it. Bring a file first."
        )
    run = MoveRun(
        act=act.value,
        books_differences=books_differences,
        takes_guests=takes_guests,
        total=total,
        made_at=now,
        changed_at=now,
        **in_the_name_of(actor),
    )
    try:
        with transaction.atomic():
            if act is not MoveAct.PREVIEW:
                share_history()
            run.save(force_insert=True)
            if queue:
                queue_job(TASK, run.reference)
    except IntegrityError:
        raise Conflict("under_way", "A run over the history is under way. Wait for it, or stop it.") from None
    return run


def take_back(
    *, files: Sequence[str] | None = None, queue: bool = True, actor: Actor, now: datetime
) -> MoveRun | None:
    """Takes these files (imports' references), or all, out of the history; what else names their orders stays.

    With orders goes what else the files brought: store credit, memberships, cards, wishes, addresses not written to.

    None where nothing of them was in or waited. Records ``history.withdrawn``. Raises Conflict ``signed_off``,
    ``under_way``, and DomainError ``ordered_since`` once a customer of it has ordered here.
    """
    refuse_signed_off()
    moved = MovedOrder.objects.all() if files is None else MovedOrder.objects.filter(rows__file__in=files)
    things = BroughtThing.objects.all() if files is None else BroughtThing.objects.filter(file__in=files)
    if count := touched_since(moved).count() + touched_things(things).count():
        words = "entry is of a customer who has" if count == 1 else "entries are of customers who have"
        raise DomainError(
            "ordered_since",
            f"{count:,} {words} ordered here since: the history is theirs by now. Bring a corrected file instead.",
        )
    with transaction.atomic():
        share_history()
        if not drop_files(files) + leave_things(files):
            return None
        record_event(
            EventName.HISTORY_WITHDRAWN,
            "move",
            0,
            text="took all files of the former system back" if files is None else "took a file back",
            data={"files": list(files or ())},
            actor=actor,
            now=now,
        )
        return begin_move(act=MoveAct.TAKE_BACK, queue=queue, actor=actor, now=now)


def stop_move(*, run: MoveRun, now: datetime) -> MoveRun:
    """Ends a run between two portions; what is in stays in. One that is over is returned as it is."""
    here = MoveRun.objects.filter(pk=run.pk, state=MoveState.RUNNING.value)
    here.update(state=MoveState.STOPPED.value, changed_at=now)
    run.refresh_from_db()
    return run


def continue_move(*, run: MoveRun, now: datetime) -> MoveRun:
    """Lets the worker go on with a stopped run where it was. Raises Conflict ``under_way``, ``signed_off``."""
    if run.act != MoveAct.PREVIEW:
        refuse_signed_off()
    here = MoveRun.objects.filter(pk=run.pk, state=MoveState.STOPPED.value)
    try:
        with transaction.atomic():
            if run.act != MoveAct.PREVIEW:
                share_history()
            if here.update(state=MoveState.RUNNING.value, changed_at=now):
                queue_job(TASK, run.reference)
    except IntegrityError:
        raise Conflict("under_way", "Another run over the history is under way. Wait for it.") from None
    run.refresh_from_db()
    return run


def sweep_stopped_moves(*, now: datetime) -> int:
    """Queues again the run whose worker died; how many. Run by the schedule."""
    still = MoveRun.objects.filter(state=MoveState.RUNNING.value, changed_at__lt=now - SILENCE)
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)


def go_on(
    *, run: MoveRun, clock: Callable[[], datetime], progress: Callable[[int, int], None] | None = None
) -> MoveRun:
    """Works through a run until it is finished or somebody stops it. No transaction may be open."""
    if run.act == MoveAct.TAKE_BACK:
        while _take_thing_out(run, clock):
            if not run.done % THINGS:
                _let_others_write()
    wines, groups = Wines(), GroupsOfTheTime()
    while _portion(run, wines, groups, clock):
        if progress:
            progress(run.done, run.total)
        _let_others_write()
    run.refresh_from_db()
    if run.state == MoveState.RUNNING:
        _finish(run, clock)
    return run


def _leaving() -> QuerySet[BroughtThing]:
    return BroughtThing.objects.filter(is_leaving=True).order_by("pk")


@transaction.atomic
def _take_thing_out(run: MoveRun, clock: Callable[[], datetime]) -> bool:
    """The next thing that leaves, with how far the run is; False when none is left, or the run is over."""
    locked = lock_row(MoveRun.objects.filter(pk=run.pk, state=MoveState.RUNNING.value))
    leaving = _leaving().select_related("customer").first() if locked else None
    if locked is None or leaving is None:
        return False
    stays = take_out_one(leaving.pk, WRITERS, actor_of(locked), clock())
    counts = Counter(locked.counts)
    counts[(Outcome.REFUSED if stays else Outcome.GONE).value] += 1
    if stays:
        where = f"{leaving.file} row {leaving.row}"
        locked.problems = [*locked.problems, [leaving.customer.name, stays, where]][:MOST_PROBLEMS]
    locked.counts, locked.done, locked.changed_at = dict(counts), locked.done + 1, clock()
    locked.save(update_fields=["counts", "problems", "done", "changed_at"])
    run.done = locked.done
    return True


def _portion(run: MoveRun, wines: Wines, groups: GroupsOfTheTime, clock: Callable[[], datetime]) -> bool:
    """The next orders; False when none is left, or the run is over. Tried again where a reference was taken."""
    for _ in range(_DRAWS):
        try:
            with transaction.atomic():
                return _write_portion(run, wines, groups, clock())
        except IntegrityError:
            # What was made of wines is undone with it.
            wines.forget()
    return _singly(run, wines, groups, clock)


def _singly(run: MoveRun, wines: Wines, groups: GroupsOfTheTime, clock: Callable[[], datetime]) -> bool:
    """The next orders one by one, so that one which the database refuses keeps no other out."""
    for _ in range(PORTION):
        try:
            with transaction.atomic():
                if not _write_portion(run, wines, groups, clock(), limit=1):
                    return False
        except IntegrityError as refusal:
            wines.forget()
            _refuse_next(run, str(refusal).splitlines()[0], clock())
    return True


@transaction.atomic
def _refuse_next(run: MoveRun, words: str, now: datetime) -> None:
    locked = lock_row(MoveRun.objects.filter(pk=run.pk, state=MoveState.RUNNING.value))
    following = _following(locked.act, locked.reached).first() if locked else None
    if locked is None or following is None:
        return
    following.outcome, following.is_waiting, following.is_leaving = Outcome.REFUSED.value, False, False
    following.problem = f"The books refuse it: {words}"[:300]
    following.save(update_fields=["outcome", "is_waiting", "is_leaving", "problem"])
    locked.problems = [*locked.problems, [following.number, following.problem, ""]][:MOST_PROBLEMS]
    locked.reached, locked.done, locked.changed_at = following.pk, locked.done + 1, now
    locked.save(update_fields=["problems", "reached", "done", "changed_at"])


def _following(act: str, reached: int) -> QuerySet[MovedOrder]:
    behind = MovedOrder.objects.filter(pk__gt=reached).order_by("pk")
    return behind.filter(is_leaving=True) if act == MoveAct.TAKE_BACK else behind.filter(is_waiting=True)


def _write_portion(
    run: MoveRun, wines: Wines, groups: GroupsOfTheTime, now: datetime, limit: int | None = None
) -> bool:
    locked = lock_row(MoveRun.objects.filter(pk=run.pk, state=MoveState.RUNNING.value))
    if locked is None:
        return False
    orders = list(_following(locked.act, locked.reached).select_related("order")[: limit or PORTION])
    if not orders:
        return False
    found = portions.look_at(orders, locked, wines, groups)
    if locked.act != MoveAct.PREVIEW:
        portions.write(found, wines, now)
    _note(locked, found, groups, now)
    run.done, run.total, run.state = locked.done, locked.total, locked.state
    return True


def _note(locked: MoveRun, found: portions.Found, groups: GroupsOfTheTime, now: datetime) -> None:
    counts = Counter(locked.counts)
    counts.update(found.outcomes)
    counts["customers"] += len(found.new_people)
    counts["wines"] += found.new_wines
    for name, number in groups.missing.items():
        counts[f"group:{name}"] += number
    groups.missing.clear()
    locked.counts = dict(counts)
    locked.problems = [*locked.problems, *found.problems][:MOST_PROBLEMS]
    locked.shown = [*locked.shown, *found.shown][:MOST_SHOWN]
    locked.done += len(found.orders)
    locked.total = max(locked.total, locked.done)
    locked.reached, locked.changed_at = found.orders[-1].pk, now
    locked.save(update_fields=["counts", "problems", "shown", "done", "total", "reached", "changed_at"])


def _finish(run: MoveRun, clock: Callable[[], datetime]) -> None:
    """Figures and places once for all orders, then the record of it."""
    if run.act != MoveAct.PREVIEW:
        recount_customers()
        if run.counts.get(Outcome.GONE.value):
            take_away_unused()
    now = clock()
    with transaction.atomic():
        here = MoveRun.objects.filter(pk=run.pk, state=MoveState.RUNNING.value)
        if not here.update(state=MoveState.FINISHED.value, changed_at=now):
            return
        if run.act != MoveAct.PREVIEW:
            begin_rebuild(now=now)
            _record(run, now)
    run.refresh_from_db()


def _record(run: MoveRun, now: datetime) -> None:
    record_event(
        EventName.HISTORY_MOVED,
        "move",
        run.pk,
        text=f"brought orders of the former system in: {say_counts(run.counts)}",
        data={"run": run.reference, **{name: run.counts.get(name, 0) for name in Outcome}},
        actor=actor_of(run),
        now=now,
    )


_SAID = {
    Outcome.NEW: "new",
    Outcome.CHANGED: "changed",
    Outcome.SAME: "as they were",
    Outcome.GONE: "taken out",
    Outcome.LEFT_OUT: "never placed",
    Outcome.REFUSED: "refused",
}


def say_counts(counts: dict[str, Any]) -> str:
    """``1,200 new, 3 refused``."""
    said = [f"{counts[one.value]:,} {words}" for one, words in _SAID.items() if counts.get(one.value)]
    return ", ".join(said) or "nothing"


def _let_others_write() -> None:
    if connection.vendor == "sqlite":
        time.sleep(PAUSE_SECONDS)
