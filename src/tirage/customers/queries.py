"""Reads of the list used by more than one caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import CharField, Count, DateTimeField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tirage.customers.models import Customer, FormerCustomer, Group, Membership, MoveRun, PastMembership
from tirage.customers.rules import identity_email
from tirage.customers.statements import Combination, combinations_of_run
from tirage.customers.states import GroupKind, MoveKind, MoveOutcome, MoveSource

T = TypeVar("T")

BATCH = 500


@dataclass(frozen=True, slots=True)
class MoveFrom:
    """``count`` customers who come from ``names``: their present groups in words, or "No group". ``to``: where they
    go, of a run that has several groups.
    """

    names: str
    count: int
    to: str = ""


@dataclass(frozen=True, slots=True)
class MovePreview:
    """What a bulk act would do, counted now.

    ``leaving``: memberships that end, by group. ``staying``: already exactly there. ``refused``: customers whom
    adding would give a second allocation group, by the one they have. ``pinned`` and ``overtaken``: whom a tiering
    leaves where they are, since they are pinned or were moved since it was drafted.
    """

    total: int
    changing: int
    staying: int
    coming_from: list[MoveFrom]
    leaving: list[MoveFrom]
    refused: list[MoveFrom]
    pinned: int = 0
    overtaken: int = 0

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
    pinned: int = 0
    overtaken: int = 0

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


#: Where somebody goes who leaves the allocation group.
NO_GROUP = "No group"


def preview_run(run: MoveRun) -> MovePreview:
    """Who would move from where, for a run that hasn't started; two statements, however many."""
    names = {found.pk: found for found in Group.objects.all()}
    come: Counter[tuple[str, str]] = Counter()
    leave: Counter[tuple[str, str]] = Counter()
    refuse: Counter[tuple[str, str]] = Counter()
    counts: Counter[MoveOutcome] = Counter()
    for one in combinations_of_run(run):
        outcome, gone, tier = _foreseen(run, one, names)
        counts[outcome] += one.customers
        if outcome is MoveOutcome.REFUSED and tier is not None:
            refuse[tier.name, ""] += one.customers
        if outcome is not MoveOutcome.DONE:
            continue
        to = "" if run.group_id else names[one.target].name if one.target else NO_GROUP
        come[", ".join(sorted(names[pk].name for pk in one.groups)) or NO_GROUP, to] += one.customers
        for other in gone:
            leave[other.name, ""] += one.customers
    return MovePreview(
        total=sum(counts.values()),
        changing=counts[MoveOutcome.DONE],
        staying=counts[MoveOutcome.UNCHANGED],
        coming_from=_ranked(come),
        leaving=_ranked(leave),
        refused=_ranked(refuse),
        pinned=counts[MoveOutcome.PINNED],
        overtaken=counts[MoveOutcome.OVERTAKEN],
    )


def _foreseen(
    run: MoveRun, one: Combination, names: dict[int, Group]
) -> tuple[MoveOutcome, list[Group], Group | None]:
    """What would become of these customers as they are now, which groups they would leave, and their tier."""
    kind, inside = MoveKind(run.kind), one.target in one.groups
    others = [names[pk] for pk in one.groups if pk != one.target]
    tiers = [other for other in others if other.kind == GroupKind.ALLOCATION]
    tier = tiers[0] if tiers else None
    if kind is MoveKind.LEAVE:
        gone = [names[one.target]] if one.target and inside else []
        return (MoveOutcome.DONE if gone else MoveOutcome.UNCHANGED), gone, tier
    if kind is MoveKind.TIER:
        if not tiers and (inside or one.target is None):
            return MoveOutcome.UNCHANGED, [], tier
        if run.source == MoveSource.TIERING and one.pinned:
            return MoveOutcome.PINNED, [], tier
        present = one.target if inside else tier.pk if tier else None
        if run.source == MoveSource.TIERING and present != one.origin:
            return MoveOutcome.OVERTAKEN, [], tier
        return MoveOutcome.DONE, tiers, tier
    if inside and (kind is MoveKind.ADD or not others):
        return MoveOutcome.UNCHANGED, [], tier
    is_tier = one.target is not None and names[one.target].kind == GroupKind.ALLOCATION
    if kind is MoveKind.ADD and tier is not None and is_tier:
        return MoveOutcome.REFUSED, [], tier
    return MoveOutcome.DONE, (others if kind is MoveKind.MOVE else []), tier


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
        pinned=count(MoveOutcome.PINNED),
        overtaken=count(MoveOutcome.OVERTAKEN),
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


def memberships_over_time(
    *, customer: Customer | None = None, group: Group | None = None
) -> QuerySet[Any, dict[str, Any]]:
    """Each time that somebody was in a group, of one customer or one group, the latest first: ``customer_id``,
    ``group_id``, ``since``, ``until`` (None while it lasts), and by whom and why it began and ended.
    """
    where = {key: value for key, value in (("customer", customer), ("group", group)) if value is not None}
    nothing = Value("", output_field=CharField())
    present = Membership.objects.filter(**where).annotate(
        until=Value(None, output_field=DateTimeField()), left_by=nothing, left_why=nothing
    )
    past = PastMembership.objects.filter(**where)
    rows = present.values(*_OVER_TIME).union(past.values(*_OVER_TIME), all=True)
    return rows.order_by("-since", "-until")


_OVER_TIME = (
    "customer_id",
    "group_id",
    "since",
    "joined_by",
    "joined_why",
    "until",
    "left_by",
    "left_why",
)


def discounting_groups(customer_id: int, at: datetime) -> list[Group]:
    """The groups with a discount that somebody was in at that moment, the highest discount first; one statement."""
    present = Membership.objects.filter(customer=customer_id, since__lte=at).values("group")
    past = PastMembership.objects.filter(customer=customer_id, since__lte=at, until__gt=at).values("group")
    inside = Group.objects.filter(Q(pk__in=present) | Q(pk__in=past), discount_bp__gt=0)
    return list(inside.order_by("-discount_bp", "rank", "name"))


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


def orders_tests(customer_id: int) -> bool:
    """Whether what the customer orders of their group's offer is a test order; one statement."""
    return Membership.objects.filter(
        customer=customer_id, kind=GroupKind.ALLOCATION.value, group__is_test=True
    ).exists()


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` items at most, in order."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _ranked(counts: Counter[tuple[str, str]]) -> list[MoveFrom]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [MoveFrom(name, count, to) for (name, to), count in ranked]


def find_by_mailbox(email: str) -> Customer | None:
    """Whose mailbox it is, in its identifying spelling: the customer's own, or that of an account that was merged into
    theirs, where the team let it sign in still."""
    own = Customer.objects.filter(email=email).values("pk")[:1]
    former = (
        FormerCustomer.objects.filter(also_signs_in=email).exclude(also_signs_in="").values("customer")[:1]
    )
    # One statement whoever has the address, so that nobody learns from its time whether somebody does.
    return Customer.objects.filter(pk=Coalesce(Subquery(own), Subquery(former))).first()


def find_as_written(text: str) -> Customer | None:
    """Whom the team means by an e-mail address or a reference, be it that of an account that was merged into theirs."""
    email, reference = identity_email(text), text.strip().upper()
    own = Customer.objects.filter(email=email).first() or Customer.objects.filter(reference=reference).first()
    if own is not None:
        return own
    merged = merged_into([email], [reference])
    return merged.get(email) or merged.get(reference)


def merged_into(emails: Sequence[str], references: Sequence[str] = ()) -> dict[str, Customer]:
    """Who accounts became that were merged, by those of these addresses and references that were theirs.

    Who has one of the addresses now isn't asked. The last merge counts.
    """
    rows = FormerCustomer.objects.select_related("customer").order_by("pk")
    found = rows.filter(Q(other_email__in=[one for one in emails if one]) | Q(reference__in=references))
    return {key: one.customer for one in found for key in (one.other_email, one.reference) if key}
