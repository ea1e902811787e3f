"""What limits that were read somewhere would change, before they are taken over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from django.db.models import Q, QuerySet

from tirage.delivery.days import ENDING, OLD, say_date
from tirage.delivery.limits.operations import LimitValues, limit_values
from tirage.delivery.limits.words import say_limit
from tirage.delivery.models import Destination, VolumeLimit
from tirage.delivery.reach import say_place


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that was read, with what stands where it would be written: None where it would be new."""

    values: LimitValues
    stands: LimitValues | None
    #: Whether its place is there to be limited.
    has_place: bool

    @property
    def is_same(self) -> bool:
        return self.values == self.stands

    @property
    def place(self) -> str:
        return say_place(self.values.country, self.values.state)

    @property
    def becomes(self) -> str:
        return say_whole(self.values)

    @property
    def was(self) -> str:
        return say_whole(self.stands) if self.stands else ""

    @property
    def changed(self) -> list[str]:
        """The names of what becomes another."""
        if self.stands is None:
            return []
        return [
            one.name
            for one in fields(self.values)
            if getattr(self.values, one.name) != getattr(self.stands, one.name)
        ]


def say_whole(values: LimitValues) -> str:
    """``12 cases for one person in a year, from January 1, 2025 on``."""
    until = f"to {say_date(values.last_day)}" if values.last_day else "on"
    return f"{say_limit(values.limit)}, from {say_date(values.first_day)} {until}"


def differences(rows: Sequence[LimitValues]) -> list[Difference]:
    """Each row beside what stands; two statements."""
    places = set(Destination.objects.values_list("country", "state"))
    known = {
        values.key: values for values in map(limit_values, VolumeLimit.objects.select_related("destination"))
    }
    return [
        Difference(values, known.get(values.key), (values.country, values.state) in places) for values in rows
    ]


def to_look_at(today: date) -> QuerySet[VolumeLimit]:
    """Limits in force or to come that end soon, or that nobody checked for a year."""
    lasting = VolumeLimit.objects.filter(Q(last_day__isnull=True) | Q(last_day__gte=today))
    is_old = Q(checked_on__isnull=True) | Q(checked_on__lte=today - OLD)
    return lasting.filter(is_old | Q(last_day__lte=today + ENDING))
