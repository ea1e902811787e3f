"""One person's groups changed by hand, kept like a bulk move of one, so that it can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from tirage.core.actors import Actor
from tirage.core.runs import in_the_name_of
from tirage.customers.models import MOST_WORDS, Customer, Group, Membership, MoveRow, MoveRun
from tirage.customers.operations.groups import add_to_group, move_to_group, remove_from_group
from tirage.customers.operations.moves import continue_undo
from tirage.customers.operations.people import locked_customer
from tirage.customers.states import MoveKind, MoveOutcome, MoveSource, MoveState

_ACTS = {MoveKind.ADD: add_to_group, MoveKind.MOVE: move_to_group, MoveKind.LEAVE: remove_from_group}


def change_one_person(
    *, customer: Customer, group: Group, kind: MoveKind, why: str = "", actor: Actor, now: datetime
) -> MoveRun | None:
    """Adds to, moves to or takes out of ``group``; what ``undo_one_person`` takes back, None when nothing changed.

    Locks the customer. Raises what ``add_to_group`` raises.
    """
    reason = " ".join(why.split())[:MOST_WORDS]
    with transaction.atomic():
        locked = locked_customer(customer)
        before = groups_of(locked)
        _ACTS[kind](customer=locked, group=group, why=reason, actor=actor, now=now)
        return keep_as_move(
            customer=locked, group=group, kind=kind, before=before, name=reason, actor=actor, now=now
        )


def keep_as_move(
    *,
    customer: Customer,
    group: Group,
    kind: MoveKind,
    before: list[list[Any]],
    name: str = "",
    actor: Actor,
    now: datetime,
) -> MoveRun | None:
    """Keeps what has just become of one person's groups, in the caller's transaction; None when nothing did.

    ``before`` is what ``groups_of`` gave before.
    """
    after = groups_of(customer)
    if before == after:
        return None
    run = MoveRun.objects.create(
        group=group,
        kind=kind.value,
        source=MoveSource.PERSON.value,
        name=name[:120],
        state=MoveState.FINISHED.value,
        total=1,
        made_at=now,
        changed_at=now,
        **in_the_name_of(actor),
    )
    MoveRow.objects.create(
        run=run, customer=customer, outcome=MoveOutcome.DONE.value, before=before, after=after
    )
    return run


def undo_one_person(*, run: MoveRun, actor: Actor, now: datetime) -> MoveRun:
    """Gives the groups of before back, unless they were changed since; then the one row is *left alone*."""
    return continue_undo(run=run, actor=actor, now=now)


def groups_of(customer: Customer) -> list[list[Any]]:
    """Groups by id with the time since when, as moves keep them."""
    rows = Membership.objects.filter(customer=customer).order_by("pk").values_list("group_id", "since")
    return [[group_id, since.isoformat()] for group_id, since in rows]
