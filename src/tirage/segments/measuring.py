"""How large segments are from day to day, and who entered and left."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import transaction

from tirage.core.errors import DomainError
from tirage.core.locks import lock_row
from tirage.core.winery import local_time
from tirage.customers.queries import in_batches
from tirage.segments.models import Segment, SegmentDay, SegmentMember, SegmentMove
from tirage.segments.queries import find_ids
from tirage.segments.rules import parse

_BATCH = 1_000
logger = logging.getLogger("tirage.segments")


def measure_segments(*, now: datetime) -> int:
    """Counts every segment that hasn't been counted on this day of the winery's; how many were."""
    today = local_time(now).date()
    uncounted = Segment.objects.exclude(days__day=today).order_by("pk")
    return sum(measure_segment(segment, today, now) for segment in uncounted)


def measure_segment(segment: Segment, today: date, now: datetime) -> bool:
    """Counts one segment for a day; False when that day was counted already, or its definition can't be read.

    Locks the segment: two workers at once count once.
    """
    with transaction.atomic():
        locked = lock_row(Segment.objects.filter(pk=segment.pk))
        if locked is None or locked.days.filter(day=today).exists():
            return False
        try:
            found = set(find_ids(parse(locked.definition), now))
        except DomainError:
            logger.exception("segment %s can't be counted", locked.reference)
            return False
        _keep(locked, today, found, now)
    return True


def _keep(segment: Segment, today: date, found: set[int], now: datetime) -> None:
    last = segment.days.order_by("-day").first()
    before = set(segment.members.values_list("customer_id", flat=True))
    entered, left = found - before, before - found
    redefined = last is not None and segment.definitions.filter(at__gt=last.counted_at).exists()
    day = SegmentDay.objects.create(
        segment=segment,
        day=today,
        counted_at=now,
        size=len(found),
        # On its first day nobody has entered: there was no segment to enter.
        entered=len(entered) if last else 0,
        left=len(left) if last else 0,
        redefined=redefined,
    )
    if last:
        SegmentMove.objects.bulk_create(
            (SegmentMove(day=day, customer_id=one, entered=one in entered) for one in sorted(entered | left)),
            batch_size=_BATCH,
        )
    for some in in_batches(sorted(left), _BATCH):
        segment.members.filter(customer_id__in=some).delete()
    SegmentMember.objects.bulk_create(
        (SegmentMember(segment=segment, customer_id=one) for one in sorted(entered)), batch_size=_BATCH
    )
