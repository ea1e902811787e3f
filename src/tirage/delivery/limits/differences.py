"""What limits that were read somewhere would change, before they are taken over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, QuerySet

from tirage.core.differences import RuleDifference
from tirage.delivery.days import ENDING, OLD, say_date
from tirage.delivery.limits.operations import LimitValues, limit_values
from tirage.delivery.limits.words import say_limit
from tirage.delivery.models import Destination, VolumeLimit
from tirage.delivery.reach import say_place


def say_whole(values: LimitValues) -> str:
    """``12 cases for one person in a year, from January 1, 2025 on``."""
    until = f"to {say_date(values.last_day)}" if values.last_day else "on"
    return f"{say_limit(values.limit)}, from {say_date(values.first_day)} {until}"


def differences(rows: Sequence[LimitValues]) -> list[RuleDifference[LimitValues]]:
    """Each row beside what stands; two statements."""
    places = set(Destination.objects.values_list("country", "state"))
    known = {
        values.key: values for values in map(limit_values, VolumeLimit.objects.select_related("destination"))
    }
    return [
        RuleDifference(values, known.get(values.key), say_place(*place), say_whole, has_place=place in places)
        for values, place in ((one, (one.country, one.state)) for one in rows)
    ]


def to_look_at(today: date) -> QuerySet[VolumeLimit]:
    """Limits in force or to come that end soon, or that nobody checked for a year."""
    lasting = VolumeLimit.objects.filter(Q(last_day__isnull=True) | Q(last_day__gte=today))
    is_old = Q(checked_on__isnull=True) | Q(checked_on__lte=today - OLD)
    return lasting.filter(is_old | Q(last_day__lte=today + ENDING))
