"""Many customers into a group at once: draft, start, stop, undo. The worker goes through them portion by portion, each
in one transaction, so a run that was interrupted goes on where it stopped and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

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
from tirage.core.texts import say_count
from tirage.customers.models import Group, Membership, MoveRow, MoveRun
from tirage.customers.operations.groups import say_moved
from tirage.customers.queries import MoveProgress, in_batches, move_progress
from tirage.customers.statements import (
    decide_portion,
    insert_rows,
    lock_customers,
    move_portion,
    next_portion,
)
from tirage.customers.states import MOVE_STEPS, MoveKind, MoveOutcome, MoveState

#: Drafts that nobody started are tidied after this time.
DRAFT_LIFE = timedelta(days=2)
#: Customers of one transaction, of a move and of a draft: short enough that on SQLite nobody waits for it.
PORTION = 500
_TASK = "tirage.customers.tasks.move_group"
#: States that a worker goes on with.
_UNDER_WAY = (MoveState.RUNNING, MoveState.UNDOING)

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
    old = MoveRun.objects.filter(state=MoveState.DRAFT.value, made_at__lt=now - DRAFT_LIFE)
    delete_in_portions(MoveRow.objects.filter(run__in=old))
    old.delete()
    unique = list(dict.fromkeys(customer_ids))
    run = MoveRun.objects.create(
        group=group,
        kind=kind.value,
        total=0,
        made_at=now,
        changed_at=now,
        **in_the_name_of(actor),
    )
    for batch in in_batches(unique, 4 * PORTION):
        insert_rows(run, batch)
    run.total = len(unique)
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
    locked = _locked_run(run)
    if locked.state == MoveState.DRAFT and state is MoveState.UNDOING:
        raise DomainError("nothing_to_undo", "Nothing has been moved yet.")
    if locked.state == MoveState.DRAFT and not locked.total:
        raise Conflict("move_incomplete", "This choice was cut short. Choose the customers again.")
    if locked.state != state:
        _advance(locked, state, now)
        MoveRun.objects.filter(pk=locked.pk).update(**in_the_name_of(actor))
        locked.refresh_from_db()
    queue_job(_TASK, locked.reference)
    return locked


@transaction.atomic
def stop_move(*, run: MoveRun, actor: Actor, now: datetime) -> MoveRun:
    """Ends a run, or an undoing, between two portions: what is done stays. One that is over is returned as it is."""
    locked = _locked_run(run)
    if locked.state in _UNDER_WAY:
        _advance(locked, MoveState.STOPPED, now)
        _record_run(
            EventName.GROUP_MOVE_STOPPED, locked, f"stopped a bulk move: {say_result(locked)}", actor, now
        )
    return locked


def sweep_stopped_moves(*, now: datetime) -> int:
    """Queues again the runs whose worker died; how many. Run by the schedule."""
    still = MoveRun.objects.filter(
        state__in=[state.value for state in _UNDER_WAY], changed_at__lt=now - SILENCE
    )
    return take_up(_TASK, list(still.values_list("reference", flat=True)), now=now)


def continue_move(*, run: MoveRun, limit: int = PORTION, actor: Actor, now: datetime) -> MoveRun:
    """Starts a drafted run or goes on with it: the next ``limit`` customers, in one transaction.

    Locks the run, then the customers of the portion. Records an event per customer that changed and
    ``group.move_finished`` at the end. A finished run is returned as it is.
    """
    with transaction.atomic():
        locked = _locked_run(run)
        if locked.state == MoveState.DRAFT:
            _advance(locked, MoveState.RUNNING, now)
        if locked.state != MoveState.RUNNING:
            return locked
        portion = next_portion(locked, MoveOutcome.WAITING, limit)
        if portion is not None:
            _move_portion(locked, *portion[:2], actor, now)
        _note_sign(locked, now)
        if portion is None or portion[2] < limit or not _are_left(locked, MoveOutcome.WAITING):
            _advance(locked, MoveState.FINISHED, now)
            _record_run(EventName.GROUP_MOVE_FINISHED, locked, say_result(locked), actor, now)
    return locked


def continue_undo(*, run: MoveRun, limit: int = PORTION, actor: Actor, now: datetime) -> MoveRun:
    """Gives the next ``limit`` customers of a run their groups of before, in one transaction.

    Customers whose groups were changed after the run are left alone and counted. Locks the run, then the
    customers. Raises DomainError ``nothing_to_undo``. Records ``group.move_undone`` at the end.
    """
    with transaction.atomic():
        locked = _locked_run(run)
        if locked.state == MoveState.DRAFT:
            raise DomainError("nothing_to_undo", "Nothing has been moved yet.")
        if locked.state in (MoveState.FINISHED, MoveState.RUNNING, MoveState.STOPPED):
            _advance(locked, MoveState.UNDOING, now)
        if locked.state != MoveState.UNDOING:
            return locked
        portion = next_portion(locked, MoveOutcome.DONE, limit)
        if portion is not None:
            _undo_portion(locked, *portion[:2], actor, now)
        _note_sign(locked, now)
        if portion is None or portion[2] < limit or not _are_left(locked, MoveOutcome.DONE):
            _advance(locked, MoveState.UNDONE, now)
            _record_run(EventName.GROUP_MOVE_UNDONE, locked, say_result(locked), actor, now)
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
    too = "" if run.kind == MoveKind.MOVE else " too"
    parts = [f"put {say_count(figures.changed, 'customer', 'customers')} into {run.group.name}{too}."]
    if figures.unchanged:
        were = "was" if figures.unchanged == 1 else "were"
        parts.append(f"{figures.unchanged:,} {were} there already.")
    if figures.refused:
        were = "was" if figures.refused == 1 else "were"
        parts.append(
            f"{figures.refused:,} {were} left out: they have another allocation group, so use Move to group."
        )
    if figures.given_back:
        have = say_count(figures.undone, "customer has", "customers have")
        parts.append(f"{have} the groups of before again.{_say_left_alone(figures)}")
    if figures.waiting and run.state == MoveState.STOPPED:
        parts.append(f"{say_count(figures.waiting, 'customer was', 'customers were')} not reached.")
    return " ".join(parts)


def _say_left_alone(figures: MoveProgress) -> str:
    if not figures.left_alone:
        return ""
    return f" {figures.left_alone:,} left alone: their groups were changed after the move."


def _move_portion(run: MoveRun, first: int, last: int, actor: Actor, now: datetime) -> None:
    lock_customers(run, first, last)
    decide_portion(run, first, last)
    move_portion(run, first, last, now)
    names = dict(Group.objects.values_list("pk", "name"))
    moved = run.rows.filter(pk__range=(first, last), outcome=MoveOutcome.DONE.value).order_by("pk")
    Event.objects.bulk_create(
        _moved_event(run, customer_id, [names[pk] for pk, _ in before if pk != run.group_id], actor, now)
        for customer_id, before in moved.values_list("customer_id", "before")
    )


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
    Membership.objects.filter(customer_id__in=ids).end(now)
    Membership.objects.bulk_create(
        Membership(
            customer_id=row.customer_id, group_id=pk, kind=kinds[pk], since=datetime.fromisoformat(since)
        )
        for row in back
        for pk, since in row.before
    )
    moved = run.rows.filter(pk__range=(first, last), outcome=MoveOutcome.DONE.value)
    moved.filter(customer_id__in=ids).update(outcome=MoveOutcome.UNDONE.value)
    moved.update(outcome=MoveOutcome.LEFT_ALONE.value)
    text = f"gave the customer back the groups before the move to {run.group.name}"
    Event.objects.bulk_create(_event(EventName.GROUP_MOVED, run, pk, text, actor, now) for pk in ids)


def _is_as_after(row: MoveRow, now_in: set[int], kinds: dict[int, str]) -> bool:
    """Whether the customer's groups are still those that the move gave, and those of before still exist."""
    return now_in == {pk for pk, _ in row.after} and all(pk in kinds for pk, _ in row.before)


def _moved_event(run: MoveRun, customer_id: int, left: list[str], actor: Actor, now: datetime) -> Event:
    if run.kind == MoveKind.ADD:
        return _event(
            EventName.GROUP_JOINED, run, customer_id, f"put the customer into {run.group.name}", actor, now
        )
    return _event(EventName.GROUP_MOVED, run, customer_id, say_moved(run.group.name, left), actor, now)


def _event(name: EventName, run: MoveRun, customer_id: int, text: str, actor: Actor, now: datetime) -> Event:
    return build_event(
        name,
        "group",
        run.group_id,
        text=text,
        data={"run": run.reference},
        customer_id=customer_id,
        actor=actor,
        now=now,
    )


def _record_run(name: EventName, run: MoveRun, text: str, actor: Actor, now: datetime) -> None:
    record_event(
        name,
        "group",
        run.group_id,
        text=text,
        data={"run": run.reference},
        actor=actor,
        now=now,
    )


def _locked_run(run: MoveRun) -> MoveRun:
    locked = lock_row(MoveRun.objects.filter(pk=run.pk).select_related("group"))
    if locked is None:
        raise Conflict(
            "move_gone",
            "This choice of customers has been tidied away. Choose them again.",
        )
    return locked


def _advance(run: MoveRun, state: MoveState, now: datetime) -> None:
    if state not in MOVE_STEPS[MoveState(run.state)]:
        raise Conflict(
            "move_state",
            "Somebody else has changed this move meanwhile. Look at it again.",
        )
    run.state, run.changed_at = state.value, now
    run.save(update_fields=["state", "changed_at"])
