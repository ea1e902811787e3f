"""How often something was tried, counted in the database for all processes: where thieves would test cards or guess."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import Count, Q, QuerySet

from tirage.core.actors import Actor
from tirage.core.audit import record_event
from tirage.core.errors import Conflict
from tirage.core.events import EventName
from tirage.core.models import Event, Try
from tirage.core.states import TryKind, TryOutcome

WINDOW = timedelta(hours=1)
_log = structlog.get_logger(__name__)


def count_one_try(
    name: EventName, subject: str, subject_id: int, *, most: int, text: str, actor: Actor, now: datetime
) -> None:
    """Records one more try; who holds the subject's lock counts exactly.

    Raises Conflict ``too_many_tries``, with nothing recorded, once there were ``most`` within ``WINDOW``.
    """
    tried = Event.objects.filter(
        subject_kind=subject, subject_id=subject_id, name=name.value, at__gt=now - WINDOW
    )
    if tried.count() >= most:
        raise Conflict(
            "too_many_tries", "Too many cards were tried. Wait an hour, or write to us: we help you."
        )
    record_event(name, subject, subject_id, text=text, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many rows within so long; ``name`` is what the log calls it."""

    name: str
    most: int
    window: timedelta


#: New cards of one customer, whatever came of them; refused ones of one network (an office or a tasting room shares
#: one address) and of the whole shop, where they are also more than half of all: a release day has many, few refused.
CARDS_OF_CUSTOMER = Limit("customer", 10, WINDOW)
CARDS_OF_NETWORK = Limit("network", 20, WINDOW)
CARDS_OF_ALL = Limit("shop", 120, timedelta(minutes=10))
#: Refusals from so many addresses within an hour are no mistakes any more.
GUESSES, ADDRESSES = 20, 5
#: For how long tries are kept.
KEPT = timedelta(days=30)

_UNSURE = [TryOutcome.REFUSED.value, TryOutcome.BEGUN.value, TryOutcome.ASKING.value]


def begin_card_fields(*, customer_reference: str, network: str, now: datetime) -> None:
    """Counts that a customer is about to give a new card straight to its gateway. Raises as ``begin_card``."""
    _begin(TryOutcome.BEGUN, customer_reference, network, now)


def begin_card(*, customer_reference: str, network: str, now: datetime) -> int:
    """Counts one more new card before anybody is asked about it, or takes up what ``begin_card_fields`` counted.

    Written and committed before it is counted, so that however many come at once, from however many processes, no more
    than the limits pass. Cards that are saved go on whatever was tried.
    Raises Conflict ``too_many_tries``, which says when to come again.
    """
    mine = Try.objects.filter(
        kind=TryKind.CARD.value, customer_reference=customer_reference, at__gt=now - WINDOW
    )
    for pk in mine.filter(outcome=TryOutcome.BEGUN.value).order_by("-id").values_list("pk", flat=True)[:5]:
        taken = mine.filter(pk=pk, outcome=TryOutcome.BEGUN.value)
        if taken.update(outcome=TryOutcome.ASKING.value):
            return int(pk)
    return _begin(TryOutcome.ASKING, customer_reference, network, now)


def _begin(outcome: TryOutcome, customer_reference: str, network: str, now: datetime) -> int:
    row = Try.objects.create(
        kind=TryKind.CARD.value,
        outcome=outcome.value,
        customer_reference=customer_reference,
        network=network,
        at=now,
    )
    for limit, others in _counted(row):
        if (count := others.count()) >= limit.most:
            Try.objects.filter(pk=row.pk).update(outcome=TryOutcome.HELD.value)
            _log.warning("card_try_held", limit=limit.name, network=network, customer=customer_reference)
            raise _too_many(limit, others, count, now)
    return row.pk


def _counted(row: Try) -> Iterator[tuple[Limit, QuerySet[Try]]]:
    others = Try.objects.filter(kind=TryKind.CARD.value).exclude(pk=row.pk)
    others = others.exclude(outcome=TryOutcome.HELD.value)
    own = others.filter(customer_reference=row.customer_reference, at__gt=row.at - CARDS_OF_CUSTOMER.window)
    yield CARDS_OF_CUSTOMER, own
    unsure = others.filter(outcome__in=_UNSURE)
    if row.network:
        near = unsure.filter(network=row.network, at__gt=row.at - CARDS_OF_NETWORK.window)
        yield CARDS_OF_NETWORK, near
    recent = unsure.filter(at__gt=row.at - CARDS_OF_ALL.window)
    passed = others.filter(outcome=TryOutcome.PASSED.value, at__gt=row.at - CARDS_OF_ALL.window)
    if passed.count() < recent.count():
        yield CARDS_OF_ALL, recent


def _too_many(limit: Limit, others: QuerySet[Try], count: int, now: datetime) -> Conflict:
    """Who waits as long as it says is let in: so many of the oldest will be too old by then."""
    place = count - limit.most
    # None where others at the same moment have been held off meanwhile: then the next try may pass.
    at = next(iter(others.order_by("at", "id").values_list("at", flat=True)[place : place + 1]), None)
    minutes = max(math.ceil((at + limit.window - now) / timedelta(minutes=1)), 1) if at else 1
    when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return Conflict(
        "too_many_tries",
        f"Many new cards were tried here just now, so we wait before the next. Use a card that is saved, or try {when}."
        " Or write to us: we help you.",
    )


def end_card(try_id: int, *, card_reference: str, refused: bool) -> None:
    """What became of a new card: kept, or refused by its bank."""
    outcome = TryOutcome.REFUSED if refused else TryOutcome.PASSED
    Try.objects.filter(pk=try_id).update(outcome=outcome.value, card_reference=card_reference)


def refuse_card(card_reference: str) -> bool:
    """A new card that was kept is declined at its first payment: it counts as refused. False when it is none."""
    tried = Try.objects.filter(card_reference=card_reference, outcome=TryOutcome.PASSED.value)
    return bool(card_reference) and bool(tried.update(outcome=TryOutcome.REFUSED.value))


def note_refusal(kind: TryKind, *, network: str, customer_reference: str = "", now: datetime) -> None:
    """Counts a wrong guess."""
    Try.objects.create(
        kind=kind.value,
        outcome=TryOutcome.REFUSED.value,
        customer_reference=customer_reference,
        network=network,
        at=now,
    )


def note_held(kind: TryKind, *, network: str, now: datetime) -> None:
    """Counts guesses that nobody looked at, since the one before was too recent: one a minute of each network."""
    held = Try.objects.filter(kind=kind.value, outcome=TryOutcome.HELD.value, network=network)
    if not held.filter(at__gt=now - timedelta(minutes=1)).exists():
        Try.objects.create(kind=kind.value, outcome=TryOutcome.HELD.value, network=network, at=now)


@dataclass(frozen=True, slots=True)
class Tally:
    """Refusals and held tries of one kind since a moment, from how many addresses."""

    refused: int
    held: int
    addresses: int

    @property
    def is_guessing(self) -> bool:
        """More, and from more places, than people make by mistake."""
        return self.refused + self.held >= GUESSES and self.addresses >= ADDRESSES


def tallies(*, since: datetime) -> dict[TryKind, Tally]:
    """Of every kind; one statement."""
    counted = (
        Try.objects.filter(at__gt=since, outcome__in=[TryOutcome.REFUSED.value, TryOutcome.HELD.value])
        .values("kind")
        .annotate(
            refused=Count("pk", filter=Q(outcome=TryOutcome.REFUSED.value)),
            held=Count("pk", filter=Q(outcome=TryOutcome.HELD.value)),
            addresses=Count("network", distinct=True),
        )
        .order_by()
    )
    found = {row.pop("kind"): Tally(**row) for row in counted}
    return {kind: found.get(kind.value, Tally(0, 0, 0)) for kind in TryKind}


def forget_old_tries(*, now: datetime) -> int:
    """Drops what no limit and no page counts any more; how many."""
    gone, _ = Try.objects.filter(at__lt=now - KEPT).delete()
    return gone
