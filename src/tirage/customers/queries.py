"""Reads of the list used by more than one caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from tirage.customers.models import Customer, Group, Membership, MoveRun
from tirage.customers.statements import combinations_of_run
from tirage.customers.states import GroupKind, MoveKind, MoveOutcome

T = TypeVar("T")

BATCH = 500


@dataclass(frozen=True, slots=True)
class MoveFrom:
    """``count`` customers who come from ``names``: their present groups in words, or "No group"."""

    names: str
    count: int


@dataclass(frozen=True, slots=True)
class MovePreview:
    """What a bulk act would do, counted now.

    ``leaving``: memberships that end, by group. ``staying``: already exactly there. ``refused``: customers whom
    adding would give a second allocation group, by the one they have.
    """

    total: int
    changing: int
    staying: int
    coming_from: list[MoveFrom]
    leaving: list[MoveFrom]
    refused: list[MoveFrom]

    @property
    def left_out(self) -> int:
        return sum(row.count for row in self.refused)


@dataclass(frozen=True, slots=True)
class MoveProgress:
    total: int
    waiting: int
    changed: int
    unchanged: int
    refused: int
    undone: int
    left_alone: int

    @property
    def done(self) -> int:
        return self.total - self.waiting

    @property
    def given_back(self) -> int:
        """Customers that an undo has looked at."""
        return self.undone + self.left_alone

    @property
    def to_give_back(self) -> int:
        """Customers that an undo looks at in all."""
        return self.changed + self.given_back

    @property
    def words(self) -> str:
        return f"{self.done:,} of {self.total:,}"

    @property
    def undo_words(self) -> str:
        return f"{self.given_back:,} of {self.to_give_back:,}"


def preview_run(run: MoveRun) -> MovePreview:
    """Who would move from where, for a run that hasn't started; two statements, however many."""
    group, kind = run.group, MoveKind(run.kind)
    names = {found.pk: found for found in Group.objects.all()}
    come: Counter[str] = Counter()
    leave: Counter[str] = Counter()
    refuse: Counter[str] = Counter()
    total = staying = 0
    for present, customers in combinations_of_run(run):
        total += customers
        others = [names[pk] for pk in present if pk != group.pk]
        tier = next((other for other in others if other.kind == GroupKind.ALLOCATION), None)
        inside = group.pk in present
        if inside and (kind is MoveKind.ADD or not others):
            staying += customers
        elif kind is MoveKind.ADD and tier is not None and group.kind == GroupKind.ALLOCATION:
            refuse[tier.name] += customers
        else:
            come[", ".join(sorted(names[pk].name for pk in present)) or "No group"] += customers
            for other in others if kind is MoveKind.MOVE else ():
                leave[other.name] += customers
    changing = total - staying - sum(refuse.values())
    return MovePreview(total, changing, staying, _ranked(come), _ranked(leave), _ranked(refuse))


def move_progress(run: MoveRun) -> MoveProgress:
    """How far a run or its undoing is, in one statement."""
    counts = dict(run.rows.values_list("outcome").annotate(n=Count("id")))

    def count(outcome: MoveOutcome) -> int:
        return int(counts.get(outcome.value, 0))

    return MoveProgress(
        total=run.total,
        waiting=count(MoveOutcome.WAITING),
        changed=count(MoveOutcome.DONE),
        unchanged=count(MoveOutcome.UNCHANGED),
        refused=count(MoveOutcome.REFUSED),
        undone=count(MoveOutcome.UNDONE),
        left_alone=count(MoveOutcome.LEFT_ALONE),
    )


def state_before(
    run: MoveRun,
) -> Iterator[tuple[Customer, str, list[tuple[str, datetime]]]]:
    """The customers of a run with outcome and the groups (name, since) they had before it, for an export.

    A customer still waiting is shown with the groups of this moment.
    """
    names = dict(Group.objects.values_list("id", "name"))
    rows = run.rows.select_related("customer").order_by("id").iterator(chunk_size=BATCH)
    for batch in in_batches(rows, BATCH):
        waiting = [row.customer_id for row in batch if row.outcome == MoveOutcome.WAITING]
        present: dict[int, list[tuple[str, datetime]]] = {}
        for membership in Membership.objects.filter(customer_id__in=waiting):
            pair = (names[membership.group_id], membership.since)
            present.setdefault(membership.customer_id, []).append(pair)
        for row in batch:
            kept = [
                (names.get(pk, "deleted group"), datetime.fromisoformat(since)) for pk, since in row.before
            ]
            before = present.get(row.customer_id, []) if row.outcome == MoveOutcome.WAITING else kept
            yield row.customer, row.outcome, before


def group_counts() -> QuerySet[Group]:
    """Groups in the order staff see them, with ``members`` and ``active_members``."""
    return Group.objects.annotate(
        members=Count("memberships"),
        active_members=Count("memberships", filter=Q(memberships__customer__status="active")),
    ).order_by("kind", "rank", "name")


def allocation_group_of(customer: Customer) -> Group | None:
    """The one allocation group that a customer may be in."""
    return Group.objects.filter(
        memberships__customer=customer, memberships__kind=GroupKind.ALLOCATION.value
    ).first()


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` items at most, in order."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _ranked(counts: Counter[str]) -> list[MoveFrom]:
    return [
        MoveFrom(name, count) for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
