"""Segments that a team would keep, counted every day for a year, and a list for a tasting."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

from tirage.core.actors import Actor
from tirage.core.winery import local_time, start_of_day
from tirage.customers.models import Customer, Group
from tirage.customers.states import GroupKind
from tirage.orders.models import Order
from tirage.orders.states import BOUGHT
from tirage.segments.models import Segment, SegmentDay, SegmentDefinition, SegmentMember, SegmentMove
from tirage.segments.naming import say_filter
from tirage.segments.operations import freeze_list, save_segment
from tirage.segments.queries import find_ids, having_ids
from tirage.segments.rules import Span, Unit, parse

_YEAR = 365
#: Days ago that the collectors were narrowed to those who may be written to, and what they were before.
_REDEFINED, _BEFORE = 40, "spent(from:5000)"
_WRITTEN_TO = "Collectors to write to"
_QUIET = "Gone quiet"
_SILENCE = Span(12, Unit.MONTHS)
_BATCH = 1_000

#: Somebody's time in a segment: the first day in it and the first one out of it again, both counted from a year ago.
Spell = tuple[int, int]
_FOR_GOOD = _YEAR + 1


def keep_segments(now: datetime, actor: Actor) -> None:
    """Saves them as a member of the team would, then tells of the days before."""
    best = Group.objects.filter(kind=GroupKind.ALLOCATION.value, is_test=False).order_by("rank", "pk")[0]
    near = "near(zip:95404,miles:60)"
    for name, note, definition in (
        (_WRITTEN_TO, "For letters about the library.", f"all({_BEFORE},opted_in())"),
        (_QUIET, "A call from the tasting room.", "all(orders(from:2),not(last_order(last:12months)))"),
        ("A day trip away", "For tastings and pickup.", f"all({near},orders(from:1))"),
        (f"Next for {best.name}", "", f"all(spent(from:3000),tier(),not(group(group:{best.reference})))"),
    ):
        segment = save_segment(
            segment=None, name=name, note=note, definition=definition, actor=actor, now=now
        )
        _tell_of_days(segment, actor, now)
    freeze_list(name="Autumn tasting", definition=f"all({near},opted_in())", actor=actor, now=now)


def _tell_of_days(segment: Segment, actor: Actor, now: datetime) -> None:
    today = local_time(now).date()
    first = today - timedelta(days=_YEAR)
    found = set(find_ids(parse(segment.definition), now))
    spells: dict[int, list[Spell]] = _quiet_spells(first) if segment.name == _QUIET else _coming(found, first)
    changed = None
    if segment.name == _WRITTEN_TO:
        changed = _YEAR - _REDEFINED + 1
        others = set(find_ids(parse(_BEFORE), now)) - found
        before = {pk: came for pk, [(came, _)] in _coming(others, first).items() if came < changed}
        spells |= {pk: [(came, changed)] for pk, came in before.items()}
    _write_days(segment, spells, first, changed, now)
    SegmentMember.objects.bulk_create(
        (SegmentMember(segment=segment, customer_id=pk) for pk in sorted(found)), batch_size=_BATCH
    )
    _date_back(segment, first, actor)


def _coming(people: set[int], first: date) -> dict[int, list[Spell]]:
    """Each came on the day of the first order, or of the sign-up, and stayed."""
    rows = having_ids(Customer.objects.all(), sorted(people)).order_by("pk")
    came = {one.pk: one.first_order_at or one.signed_up_at for one in rows}
    days = {pk: (local_time(at).date() - first).days for pk, at in came.items()}
    return {pk: [(max(day, 0), _FOR_GOOD)] for pk, day in days.items()}


def _quiet_spells(first: date) -> dict[int, list[Spell]]:
    """Who had ordered twice went quiet a year after an order, until the next one."""
    since = [_SILENCE.before(first + timedelta(days=number)) for number in range(_YEAR + 1)]
    ordered: dict[int, list[date]] = defaultdict(list)
    standing = Order.objects.filter(state__in=[state.value for state in BOUGHT])
    for pk, at in standing.order_by("placed_at", "pk").values_list("customer", "placed_at"):
        if at:
            ordered[pk].append(local_time(at).date())
    spells = {}
    for pk, days in ordered.items():
        ends = [max((day - first).days, 0) for day in days[2:]] + [_FOR_GOOD]
        begins = (bisect_right(since, day) for day in days[1:])
        if found := [(begin, end) for begin, end in zip(begins, ends, strict=False) if begin < end]:
            spells[pk] = found
    return spells


def _write_days(
    segment: Segment, spells: dict[int, list[Spell]], first: date, changed: int | None, now: datetime
) -> None:
    moves = [
        (number, pk, entered)
        for pk, some in spells.items()
        for spell in some
        for number, entered in zip(spell, (True, False), strict=True)
        if number <= _YEAR
    ]
    entering, leaving = (Counter(number for number, _, came in moves if came is way) for way in (True, False))
    days, size = [], 0
    for number in range(_YEAR + 1):
        day = first + timedelta(days=number)
        size += entering[number] - leaving[number]
        days.append(
            SegmentDay(
                segment=segment,
                day=day,
                counted_at=min(start_of_day(day) + timedelta(minutes=20), now),
                size=size,
                # On its first day nobody has entered: there was no segment to enter.
                entered=entering[number] if number else 0,
                left=leaving[number],
                redefined=number == changed,
            )
        )
    SegmentDay.objects.bulk_create(days, batch_size=_BATCH)
    kept = dict(SegmentDay.objects.filter(segment=segment).values_list("day", "pk"))
    SegmentMove.objects.bulk_create(
        (
            SegmentMove(day_id=kept[first + timedelta(days=number)], customer_id=pk, entered=entered)
            for number, pk, entered in sorted(moves)
            if number
        ),
        batch_size=_BATCH,
    )


def _date_back(segment: Segment, first: date, actor: Actor) -> None:
    """It is a year old; the collectors were defined otherwise until a few weeks ago."""
    begun = start_of_day(first) + timedelta(minutes=10)
    changed = begun
    if segment.name == _WRITTEN_TO:
        changed = start_of_day(first + timedelta(days=_YEAR - _REDEFINED)) + timedelta(hours=15)
        SegmentDefinition.objects.create(
            segment=segment,
            at=begun,
            definition=_BEFORE,
            said=say_filter(parse(_BEFORE)),
            actor_label=actor.label,
        )
    segment.definitions.filter(definition=segment.definition).update(at=changed)
    Segment.objects.filter(pk=segment.pk).update(made_at=begun, changed_at=changed)
