"""Many customers into a group at once: draft, start, stop, undo. The worker goes through them portion by portion, each
in one transaction, so a run that was interrupted goes on where it stopped and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import build_event, record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.jobs import queue_job
from tirage.core.locks import lock_row
from tirage.core.models import Event
from tirage.core.portions import delete_in_portions
from tirage.core.runs import SILENCE, in_the_name_of, take_up
from tirage.core.texts import say_count, say_names
from tirage.customers.models import MOST_WORDS, Group, Membership, MoveRow, MoveRun
from tirage.customers.operations.groups import say_moved
from tirage.customers.queries import MoveProgress, in_batches, move_progress
from tirage.customers.statements import (
    decide_portion,
    insert_rows,
    insert_targets,
    lock_customers,
    move_portion,
    next_portion,
)
from tirage.customers.states import MOVE_STEPS, MoveKind, MoveOutcome, MoveSource, MoveState

#: Drafts that nobody started are tidied after this time.
DRAFT_LIFE = timedelta(days=2)
#: Customers of one transaction, of a move and of a draft: short enough that on SQLite nobody waits for it.
PORTION = 500
#: Rows of a file that are left out, as far as they are named.
MOST_PROBLEMS = 200
TASK = "tirage.customers.tasks.move_group"
#: States that a worker goes on with.
_UNDER_WAY = (MoveState.RUNNING, MoveState.UNDOING)
NOT_BEGUN = (MoveState.DRAFT, MoveState.SCHEDULED)

Progress = Callable[[int, int], None]


def draft_move(
    *,
    customer_ids: Sequence[int],
    group: Group,
    kind: MoveKind = MoveKind.MOVE,
    actor: Actor,
    now: datetime,
) -> MoveRun:
    """Keeps a choice of customers for preview; nothing moves yet. Portion by portion: one that was cut short is never
    whole, and can't be started. Raises DomainError ``nobody_chosen``.
    """
    if not customer_ids:
        raise DomainError("nobody_chosen", "Choose at least one customer first.")
    unique = list(dict.fromkeys(customer_ids))
    run = _new_draft(kind, actor, now, group=group)
    for batch in in_batches(unique, 4 * PORTION):
        insert_rows(run, batch)
    return _whole(run, len(unique))


#: A customer, the group to go to (None: out of the allocation group), and the allocation group of now.
Target = tuple[int, int | None, int | None]


def draft_targets(
    *,
    rows: Sequence[Target],
    source: MoveSource,
    kind: MoveKind = MoveKind.TIER,
    name: str = "",
    problems: Sequence[tuple[int, str, str]] = (),
    actor: Actor,
    now: datetime,
) -> MoveRun:
    """Keeps customers who each go to a group of their own, as ``draft_move`` does. ``problems`` are rows of a file
    that are left out: number, cell, reason. Raises DomainError ``nobody_chosen``.
    """
    if not rows:
        raise DomainError("nobody_chosen", "Everybody is where they belong: nobody would move.")
    kept = [list(one) for one in problems[:MOST_PROBLEMS]]
    facts = {"name": name[:120], "problems": kept, "left_out": len(problems)}
    run = _new_draft(kind, actor, now, source=source.value, **facts)
    for batch in in_batches(rows, 4 * PORTION):
        insert_targets(run, batch)
    return _whole(run, len(rows))


def _new_draft(kind: MoveKind, actor: Actor, now: datetime, **facts: Any) -> MoveRun:
    """A draft without customers yet; drafts that nobody started are tidied."""
    old = MoveRun.objects.filter(state=MoveState.DRAFT.value, made_at__lt=now - DRAFT_LIFE)
    delete_in_portions(MoveRow.objects.filter(run__in=old))
    old.delete()
    return MoveRun.objects.create(
        kind=kind.value, total=0, made_at=now, changed_at=now, **facts, **in_the_name_of(actor)
    )


def _whole(run: MoveRun, total: int) -> MoveRun:
    run.total = total
    run.save(update_fields=["total"])
    return run


def move_customers(
    *,
    customer_ids: Sequence[int],
    group: Group,
    kind: MoveKind = MoveKind.MOVE,
    progress: Progress | None = None,
    actor: Actor,
    now: datetime,
) -> MoveRun:
    """Drafts and runs a bulk move to its end; ``progress(done, total)`` is called after each batch."""
    run = draft_move(customer_ids=customer_ids, group=group, kind=kind, actor=actor, now=now)
    while run.state in (MoveState.DRAFT, MoveState.RUNNING):
        run = continue_move(run=run, actor=actor, now=now)
        if progress is not None:
            progress(move_progress(run).done, run.total)
    return run


def start_move(*, run: MoveRun, actor: Actor, now: datetime) -> MoveRun:
    """Lets the worker begin with a draft, or go on with a run that was stopped or stands still."""
    return _begin(run, MoveState.RUNNING, actor, now)


def start_undo(*, run: MoveRun, actor: Actor, now: datetime) -> MoveRun:
    """Lets the worker give back the groups of before. Raises DomainError ``nothing_to_undo``."""
    return _begin(run, MoveState.UNDOING, actor, now)


@transaction.atomic
def _begin(run: MoveRun, state: MoveState, actor: Actor, now: datetime) -> MoveRun:
    locked = locked_run(run)
    if locked.state in NOT_BEGUN and state is MoveState.UNDOING:
        raise DomainError("nothing_to_undo", "Nothing has been moved yet.")
    if locked.state in NOT_BEGUN and not locked.total:
        raise Conflict("move_incomplete", "This choice was cut short. Choose the customers again.")
    if locked.state != state:
        advance_run(locked, state, now)
        MoveRun.objects.filter(pk=locked.pk).update(**in_the_name_of(actor))
        locked.refresh_from_db()
    queue_job(TASK, locked.reference)
    return locked


@transaction.atomic
def stop_move(*, run: MoveRun, actor: Actor, now: datetime) -> MoveRun:
    """Ends a run, or an undoing, between two portions: what is done stays. One that is over is returned as it is."""
    locked = locked_run(run)
    if locked.state in _UNDER_WAY:
        advance_run(locked, MoveState.STOPPED, now)
        record_run(
            EventName.GROUP_MOVE_STOPPED, locked, f"stopped a bulk move: {say_result(locked)}", actor, now
        )
    return locked


def sweep_stopped_moves(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = MoveRun.objects.filter(
        state__in=[state.value for state in _UNDER_WAY], changed_at__lt=now - SILENCE
    )
    return take_up(TASK, list(still.values_list("reference", flat=True)), now=now)


def continue_move(*, run: MoveRun, limit: int = PORTION, actor: Actor, now: datetime) -> MoveRun:
    """Starts a drafted run or goes on with it: the next ``limit`` customers, in one transaction.

    Locks the run, then the customers of the portion. Records an event per customer that changed and
    ``group.move_finished`` at the end. A finished run is returned as it is.
    """
    with transaction.atomic():
        locked = locked_run(run)
        if locked.state == MoveState.DRAFT:
            advance_run(locked, MoveState.RUNNING, now)
        if locked.state != MoveState.RUNNING:
            return locked
        portion = next_portion(locked, MoveOutcome.WAITING, limit)
        if portion is not None:
            _move_portion(locked, *portion[:2], actor, now)
        _note_sign(locked, now)
        if portion is None or portion[2] < limit or not _are_left(locked, MoveOutcome.WAITING):
            advance_run(locked, MoveState.FINISHED, now)
            record_run(EventName.GROUP_MOVE_FINISHED, locked, say_result(locked), actor, now)
    return locked


def continue_undo(*, run: MoveRun, limit: int = PORTION, actor: Actor, now: datetime) -> MoveRun:
    """Gives the next ``limit`` customers of a run their groups of before, in one transaction.

    Customers whose groups were changed after the run are left alone and counted. Locks the run, then the
    customers. Raises DomainError ``nothing_to_undo``. Records ``group.move_undone`` at the end.
    """
    with transaction.atomic():
        locked = locked_run(run)
        if locked.state in NOT_BEGUN:
            raise DomainError("nothing_to_undo", "Nothing has been moved yet.")
        if locked.state in (MoveState.FINISHED, MoveState.RUNNING, MoveState.STOPPED):
            advance_run(locked, MoveState.UNDOING, now)
        if locked.state != MoveState.UNDOING:
            return locked
        portion = next_portion(locked, MoveOutcome.DONE, limit)
        if portion is not None:
            _undo_portion(locked, *portion[:2], actor, now)
        _note_sign(locked, now)
        if portion is None or portion[2] < limit or not _are_left(locked, MoveOutcome.DONE):
            advance_run(locked, MoveState.UNDONE, now)
            record_run(EventName.GROUP_MOVE_UNDONE, locked, say_result(locked), actor, now)
    return locked


def _are_left(run: MoveRun, outcome: MoveOutcome) -> bool:
    return run.rows.filter(outcome=outcome.value).exists()


def _note_sign(run: MoveRun, now: datetime) -> None:
    run.changed_at = now
    run.save(update_fields=["changed_at"])


def say_result(run: MoveRun) -> str:
    """What the run did, said after who did it: "put 312 customers into Premier. 4 were there already."."""
    figures = move_progress(run)
    if run.state in (MoveState.UNDOING, MoveState.UNDONE):
        back = say_count(figures.undone, "customer", "customers")
        return f"gave {back} back the groups of before.{_say_left_alone(figures)}"
    parts = [f"{_say_moved(run, say_count(figures.changed, 'customer', 'customers'))}."]
    if figures.unchanged:
        were = "was" if figures.unchanged == 1 else "were"
        parts.append(f"{figures.unchanged:,} {were} there already.")
    if figures.refused:
        were = "was" if figures.refused == 1 else "were"
        parts.append(
            f"{figures.refused:,} {were} left out: they have another allocation group, so use Move to group."
        )
    if figures.pinned:
        parts.append(f"{say_count(figures.pinned, 'is', 'are')} pinned and stayed.")
    if figures.overtaken:
        were = "was" if figures.overtaken == 1 else "were"
        parts.append(f"{figures.overtaken:,} {were} moved by hand meanwhile and stayed there.")
    if figures.given_back:
        have = say_count(figures.undone, "customer has", "customers have")
        parts.append(f"{have} the groups of before again.{_say_left_alone(figures)}")
    if figures.waiting and run.state == MoveState.STOPPED:
        parts.append(f"{say_count(figures.waiting, 'customer was', 'customers were')} not reached.")
    return " ".join(parts)


def _say_moved(run: MoveRun, people: str) -> str:
    if run.source == MoveSource.TIERING:
        return f"moved {people} by tiering"
    if run.group is None:
        return f"moved {people} by the spreadsheet {run.name}"
    if run.kind == MoveKind.LEAVE:
        return f"took {people} out of {run.group.name}"
    return f"put {people} into {run.group.name}{' too' if run.kind == MoveKind.ADD else ''}"


def _say_left_alone(figures: MoveProgress) -> str:
    if not figures.left_alone:
        return ""
    return f" {figures.left_alone:,} left alone: their groups were changed after the move."


def _move_portion(run: MoveRun, first: int, last: int, actor: Actor, now: datetime) -> None:
    lock_customers(run, first, last)
    decide_portion(run, first, last)
    move_portion(run, first, last, actor.label, now)
    groups = Group.objects.in_bulk()
    moved = run.rows.filter(pk__range=(first, last), outcome=MoveOutcome.DONE.value).order_by("pk")
    events = []
    for row in moved:
        stay = {pk for pk, _ in row.after}
        left = [groups[pk].name for pk, _ in row.before if pk in groups and pk not in stay]
        target = groups.get(run.group_id or row.target_id or 0)
        events.append(_moved_event(run, row.customer_id, target, left, actor, now))
    Event.objects.bulk_create(events)


def _undo_portion(run: MoveRun, first: int, last: int, actor: Actor, now: datetime) -> None:
    lock_customers(run, first, last)
    kinds = dict(Group.objects.values_list("id", "kind"))
    rows = list(run.rows.filter(pk__range=(first, last), outcome=MoveOutcome.DONE.value).order_by("pk"))
    present: dict[int, set[int]] = {}
    memberships = Membership.objects.filter(customer__in=[row.customer_id for row in rows])
    for customer_id, group_id in memberships.values_list("customer_id", "group_id"):
        present.setdefault(customer_id, set()).add(group_id)
    back = [row for row in rows if _is_as_after(row, present.get(row.customer_id, set()), kinds)]
    ids = [row.customer_id for row in back]
    _give_back(run, back, present, kinds, actor, now)
    moved = run.rows.filter(pk__range=(first, last), outcome=MoveOutcome.DONE.value)
    moved.filter(customer_id__in=ids).update(outcome=MoveOutcome.UNDONE.value)
    moved.update(outcome=MoveOutcome.LEFT_ALONE.value)
    text = f"gave the customer back the groups before the {_say_what(run)}"
    Event.objects.bulk_create(
        _event(EventName.GROUP_MOVED, run, row.customer_id, _subject(run, row), text, actor, now)
        for row in back
    )


def _give_back(
    run: MoveRun,
    rows: list[MoveRow],
    present: dict[int, set[int]],
    kinds: dict[int, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Ends what the move began and begins again what it ended; memberships that it left alone stay as they are."""
    said = {"by": actor.label, "why": f"undo of {run.why}"}
    gained: dict[int, list[int]] = {}
    lost = []
    for row in rows:
        before = {pk for pk, _ in row.before}
        for pk in present.get(row.customer_id, set()) - before:
            gained.setdefault(pk, []).append(row.customer_id)
        for pk, since in row.before:
            if pk not in present.get(row.customer_id, set()):
                lost.append((row.customer_id, pk, datetime.fromisoformat(since)))
    for group_id, customers in gained.items():
        Membership.objects.filter(group=group_id, customer_id__in=customers).end(now, **said)
    Membership.objects.bulk_create(
        Membership(
            customer_id=customer_id,
            group_id=pk,
            kind=kinds[pk],
            since=since,
            joined_by=said["by"][:MOST_WORDS],
            joined_why=said["why"][:MOST_WORDS],
        )
        for customer_id, pk, since in lost
    )


def _say_what(run: MoveRun) -> str:
    if run.source == MoveSource.TIERING:
        return "tiering"
    return f"move to {run.group.name}" if run.group else f"spreadsheet {run.name}"


def _is_as_after(row: MoveRow, now_in: set[int], kinds: dict[int, str]) -> bool:
    """Whether the customer's groups are still those that the move gave, and those of before still exist."""
    return now_in == {pk for pk, _ in row.after} and all(pk in kinds for pk, _ in row.before)


def _moved_event(
    run: MoveRun, customer_id: int, target: Group | None, left: list[str], actor: Actor, now: datetime
) -> Event:
    name, subject = EventName.GROUP_MOVED, target.pk if target else 0
    if target is None:
        name, text = EventName.GROUP_LEFT, f"took the customer out of {say_names(sorted(left))}"
    elif run.kind == MoveKind.LEAVE:
        name, text = EventName.GROUP_LEFT, f"took the customer out of {target.name}"
    elif run.kind == MoveKind.ADD:
        name, text = EventName.GROUP_JOINED, f"put the customer into {target.name}"
    else:
        text = say_moved(target.name, left)
    return _event(name, run, customer_id, subject, text, actor, now)


def _subject(run: MoveRun, row: MoveRow) -> int:
    """The group that an event about a row is filed under."""
    return run.group_id or row.target_id or row.origin_id or 0


def _event(
    name: EventName, run: MoveRun, customer_id: int, group_id: int, text: str, actor: Actor, now: datetime
) -> Event:
    return build_event(
        name,
        "group",
        group_id,
        text=text,
        data={"run": run.reference},
        customer_id=customer_id,
        actor=actor,
        now=now,
    )


def record_run(name: EventName, run: MoveRun, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "group",
        run.group_id or 0,
        text=text,
        data={"run": run.reference},
        actor=actor,
        now=now,
    )


def locked_run(run: MoveRun) -> MoveRun:
    locked = lock_row(MoveRun.objects.filter(pk=run.pk).select_related("group"))
    if locked is None:
        raise Conflict(
            "move_gone",
            "This choice of customers has been tidied away. Choose them again.",
        )
    return locked


def advance_run(run: MoveRun, state: MoveState, now: datetime) -> None:
    if state not in MOVE_STEPS[MoveState(run.state)]:
        raise Conflict(
            "move_state",
            "Somebody else has changed this move meanwhile. Look at it again.",
        )
    run.state, run.changed_at = state.value, now
    run.save(update_fields=["state", "changed_at"])
