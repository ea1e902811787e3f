"""Many customers into a group at once: draft, run in batches, undo. Each batch is one transaction, so a run that
was interrupted goes on where it stopped and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.audit import build_event, record_event
from tirage.core.errors import Conflict, DomainError
from tirage.core.events import EventName
from tirage.core.locks import lock_row, lock_rows
from tirage.core.models import Event
from tirage.customers.models import Customer, Group, Membership, MoveRow, MoveRun
from tirage.customers.operations.groups import say_moved
from tirage.customers.queries import BATCH, MoveProgress, in_batches, move_progress
from tirage.customers.rules import say_count
from tirage.customers.statements import insert_rows, update_rows
from tirage.customers.states import (
    MOVE_STEPS,
    GroupKind,
    MoveKind,
    MoveOutcome,
    MoveState,
)

#: Drafts that nobody started are tidied after this time.
DRAFT_LIFE = timedelta(days=2)

Progress = Callable[[int, int], None]
Groups = dict[int, list[Membership]]


def draft_move(
    *,
    customer_ids: Sequence[int],
    group: Group,
    kind: MoveKind = MoveKind.MOVE,
    actor: Actor,
    now: datetime,
) -> MoveRun:
    """Keeps a choice of customers for preview; nothing moves yet. Raises DomainError ``nobody_chosen``."""
    if not customer_ids:
        raise DomainError("nobody_chosen", "Choose at least one customer first.")
    with transaction.atomic():
        MoveRun.objects.filter(state=MoveState.DRAFT.value, made_at__lt=now - DRAFT_LIFE).delete()
        unique = list(dict.fromkeys(customer_ids))
        run = MoveRun.objects.create(
            group=group,
            kind=kind.value,
            total=len(unique),
            made_at=now,
            changed_at=now,
            actor_label=actor.label,
        )
        for batch in in_batches(unique, 5_000):
            insert_rows(run, batch)
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


def continue_move(*, run: MoveRun, limit: int = BATCH, actor: Actor, now: datetime) -> MoveRun:
    """Starts a drafted run or goes on with it: the next ``limit`` customers, in one transaction.

    Locks the run, then the customers of the batch. Records an event per customer that changed and
    ``group.move_finished`` at the end. A finished run is returned as it is.
    """
    with transaction.atomic():
        locked = _locked_run(run)
        if locked.state == MoveState.DRAFT:
            _advance(locked, MoveState.RUNNING, now)
        if locked.state != MoveState.RUNNING:
            return locked
        rows = list(locked.rows.filter(outcome=MoveOutcome.WAITING.value).order_by("id")[:limit])
        if rows:
            _move_batch(locked, rows, actor, now)
        if len(rows) < limit or not locked.rows.filter(outcome=MoveOutcome.WAITING.value).exists():
            _advance(locked, MoveState.FINISHED, now)
            _record_run(EventName.GROUP_MOVE_FINISHED, locked, say_result(locked), actor, now)
    return locked


def continue_undo(*, run: MoveRun, limit: int = BATCH, actor: Actor, now: datetime) -> MoveRun:
    """Gives the next ``limit`` customers of a run their groups of before, in one transaction.

    Customers whose groups were changed after the run are left alone and counted. Locks the run, then the
    customers. Raises DomainError ``nothing_to_undo``. Records ``group.move_undone`` at the end.
    """
    with transaction.atomic():
        locked = _locked_run(run)
        if locked.state in (MoveState.FINISHED, MoveState.RUNNING):
            _advance(locked, MoveState.UNDOING, now)
        if locked.state == MoveState.DRAFT:
            raise DomainError("nothing_to_undo", "Nothing has been moved yet.")
        if locked.state != MoveState.UNDOING:
            return locked
        rows = list(locked.rows.filter(outcome=MoveOutcome.DONE.value).order_by("id")[:limit])
        if rows:
            _undo_batch(locked, rows, actor, now)
        if len(rows) < limit or not locked.rows.filter(outcome=MoveOutcome.DONE.value).exists():
            _advance(locked, MoveState.UNDONE, now)
            _record_run(EventName.GROUP_MOVE_UNDONE, locked, say_result(locked), actor, now)
    return locked


def say_result(run: MoveRun) -> str:
    """The run's outcome in words: "312 customers moved to Premier. 4 were there already."."""
    figures = move_progress(run)
    if run.state in (MoveState.UNDOING, MoveState.UNDONE):
        return _say_undone(figures)
    verb = "moved" if run.kind == MoveKind.MOVE else "added"
    parts = [f"{say_count(figures.changed, 'customer', 'customers')} {verb} to {run.group.name}."]
    if figures.unchanged:
        were = "was" if figures.unchanged == 1 else "were"
        parts.append(f"{figures.unchanged:,} {were} there already.")
    if figures.refused:
        were = "was" if figures.refused == 1 else "were"
        parts.append(
            f"{figures.refused:,} {were} left out: they have another allocation group, so use Move to group."
        )
    return " ".join(parts)


def _say_undone(figures: MoveProgress) -> str:
    text = f"{say_count(figures.undone, 'customer has', 'customers have')} the groups of before again."
    if figures.left_alone:
        text += f" {figures.left_alone:,} left alone: their groups were changed after the move."
    return text


def _move_batch(run: MoveRun, rows: list[MoveRow], actor: Actor, now: datetime) -> None:
    ids = [row.customer_id for row in rows]
    lock_rows(Customer.objects.filter(pk__in=ids))
    present = _memberships(ids)
    joining: list[Membership] = []
    ending: list[int] = []
    events: list[Event] = []
    for row in rows:
        _move_row(run, row, present.get(row.customer_id, []), joining, ending, now)
        if row.outcome == MoveOutcome.DONE:
            events.append(_moved_event(run, row, present.get(row.customer_id, []), actor, now))
    Membership.objects.filter(pk__in=ending).end(now)
    Membership.objects.bulk_create(joining)
    update_rows(rows)
    Event.objects.bulk_create(events)


def _move_row(
    run: MoveRun,
    row: MoveRow,
    present: list[Membership],
    joining: list[Membership],
    ending: list[int],
    now: datetime,
) -> None:
    others = [membership for membership in present if membership.group_id != run.group_id]
    inside = next(
        (membership for membership in present if membership.group_id == run.group_id),
        None,
    )
    keeps = run.kind == MoveKind.ADD
    row.before = row.after = _as_rows(present)
    if inside and (keeps or not others):
        row.outcome = MoveOutcome.UNCHANGED.value
        return
    has_tier = any(membership.kind == GroupKind.ALLOCATION for membership in others)
    if keeps and has_tier and run.group.kind == GroupKind.ALLOCATION:
        row.outcome = MoveOutcome.REFUSED.value
        return
    stays = inside or Membership(customer_id=row.customer_id, group=run.group, kind=run.group.kind, since=now)
    if inside is None:
        joining.append(stays)
    if not keeps:
        ending.extend(membership.pk for membership in others)
    row.after = _as_rows([stays, *others] if keeps else [stays])
    row.outcome = MoveOutcome.DONE.value


def _undo_batch(run: MoveRun, rows: list[MoveRow], actor: Actor, now: datetime) -> None:
    ids = [row.customer_id for row in rows]
    lock_rows(Customer.objects.filter(pk__in=ids))
    present = _memberships(ids)
    kinds = dict(Group.objects.values_list("id", "kind"))
    returning: list[Membership] = []
    events: list[Event] = []
    for row in rows:
        now_in = {membership.group_id for membership in present.get(row.customer_id, [])}
        gone = any(group_id not in kinds for group_id, _ in row.before)
        if now_in != {group_id for group_id, _ in row.after} or gone:
            row.outcome = MoveOutcome.LEFT_ALONE.value
            continue
        row.outcome = MoveOutcome.UNDONE.value
        returning += [
            Membership(
                customer_id=row.customer_id,
                group_id=group_id,
                kind=kinds[group_id],
                since=datetime.fromisoformat(since),
            )
            for group_id, since in row.before
        ]
        events.append(
            _event(
                EventName.GROUP_MOVED,
                run,
                row,
                f"gave the customer back the groups before the move to {run.group.name}",
                actor,
                now,
            )
        )
    back = [row.customer_id for row in rows if row.outcome == MoveOutcome.UNDONE]
    Membership.objects.filter(customer_id__in=back).end(now)
    Membership.objects.bulk_create(returning)
    update_rows(rows)
    Event.objects.bulk_create(events)


def _moved_event(run: MoveRun, row: MoveRow, present: list[Membership], actor: Actor, now: datetime) -> Event:
    if run.kind == MoveKind.ADD:
        return _event(EventName.GROUP_JOINED, run, row, f"put the customer into {run.group.name}", actor, now)
    left = [membership.group.name for membership in present if membership.group_id != run.group_id]
    return _event(EventName.GROUP_MOVED, run, row, say_moved(run.group.name, left), actor, now)


def _event(name: EventName, run: MoveRun, row: MoveRow, text: str, actor: Actor, now: datetime) -> Event:
    return build_event(
        name,
        "group",
        run.group_id,
        text=text,
        data={"run": run.reference},
        customer_id=row.customer_id,
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


def _memberships(customer_ids: Sequence[int]) -> Groups:
    found: Groups = {}
    for membership in Membership.objects.filter(customer_id__in=customer_ids).select_related("group"):
        found.setdefault(membership.customer_id, []).append(membership)
    return found


def _as_rows(memberships: list[Membership]) -> list[list[int | str]]:
    return [[membership.group_id, membership.since.isoformat()] for membership in memberships]


def _locked_run(run: MoveRun) -> MoveRun:
    locked = lock_row(MoveRun.objects.filter(pk=run.pk))
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
