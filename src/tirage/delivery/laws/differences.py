"""What laws that were read somewhere would change, before they are taken over; and those to look at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from tirage.core.differences import RuleDifference
from tirage.delivery.days import ENDING, OLD
from tirage.delivery.laws.operations import LawValues, but_labels, law_values, same_law
from tirage.delivery.laws.words import say_days, say_law
from tirage.delivery.models import Destination, LabelRegistration, Law
from tirage.delivery.reach import say_place
from tirage.delivery.states import LawKind

#: A report that is due within so long is spoken of.
REPORT_SOON = timedelta(days=14)


def say_whole(values: LawValues) -> str:
    """``no wine stronger than 16 %, from January 1, 2025 on``."""
    return f"{say_law(values.law)}, {say_days(values.law)}"


def differences(rows: Sequence[LawValues]) -> list[RuleDifference[LawValues]]:
    """Each row beside what stands; labels aside, which no row names."""
    places = {(place.country, place.state): place for place in Destination.objects.all()}
    found = []
    for values in rows:
        place = places.get((values.country, values.state))
        law = same_law(values, place) if place else None
        stands = but_labels(law_values(law)) if law else None
        name = say_place(values.country, values.state)
        found.append(RuleDifference(values, stands, name, say_whole, place is not None))
    return found


def laws_to_look_at(today: date) -> QuerySet[Law]:
    """Those that end soon, permits above all, or that nobody checked for a year, of what is or comes into force."""
    ending = LabelRegistration.objects.filter(law=OuterRef("pk"), last_day__lt=today + ENDING)
    asks = (
        Q(last_day__lt=today + ENDING) | Q(checked_on=None) | Q(checked_on__lt=today - OLD) | Exists(ending)
    )
    return Law.objects.filter(Q(last_day=None) | Q(last_day__gte=today)).filter(asks)


def reports_due(today: date) -> QuerySet[Law]:
    """Duties to report whose next day comes within two weeks, or is over."""
    due = Law.objects.filter(kind=LawKind.REPORTING.value, due_on__lte=today + REPORT_SOON)
    return due.filter(Q(last_day=None) | Q(last_day__gte=today))
