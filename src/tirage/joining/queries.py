"""What the line looks like from inside, and who stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from tirage.customers.models import Customer
from tirage.joining.models import WaitingPlace
from tirage.joining.rules import PACE_DAYS, months_ahead, say_estimate
from tirage.joining.states import LIVE, PlaceState


@dataclass(frozen=True, slots=True)
class Standing:
    """A live place, ``number`` from the front (0 for who is invited), and how long it may take in words."""

    place: WaitingPlace
    number: int
    estimate: str

    @property
    def is_invited(self) -> bool:
        return self.place.state == PlaceState.INVITED

    @property
    def say_number(self) -> str:
        """``1,204``."""
        return f"{self.number:,}"


def standing_of(customer: Customer, now: datetime) -> Standing | None:
    """The customer's place in line or open invitation; three statements at most."""
    live = WaitingPlace.objects.select_related("group").filter(customer=customer)
    place = live.filter(state__in=[state.value for state in LIVE]).first()
    if place is None or (place.expires_at and place.expires_at <= now):
        return None
    if place.state == PlaceState.INVITED:
        return Standing(place, 0, "")
    number = number_of(place)
    return Standing(place, number, _estimate(number, now))


def number_of(place: WaitingPlace) -> int:
    """How far from the front, the first being 1; one statement."""
    ahead = Q(since__lt=place.since) | Q(since=place.since, pk__lt=place.pk)
    return WaitingPlace.objects.filter(ahead, state=PlaceState.WAITING.value).count() + 1


def _estimate(number: int, now: datetime) -> str:
    """By the invitations of the last year, or of the time since the first one."""
    recent = WaitingPlace.objects.filter(invited_at__gt=now - timedelta(days=PACE_DAYS))
    figures = recent.aggregate(invited=Count("pk"), first=Min("invited_at"))
    first = figures["first"]
    days = max((now - first).days, 30) if first else 0
    return say_estimate(months_ahead(number, invited=figures["invited"], days=days))


def next_in_line(count: int) -> list[str]:
    """References of the ``count`` who wait longest."""
    waiting = WaitingPlace.objects.filter(state=PlaceState.WAITING.value, customer__status="active")
    return list(waiting.order_by("since", "id").values_list("reference", flat=True)[:count])
