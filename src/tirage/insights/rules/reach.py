"""Who is within reach of a place, and how far everybody has to go there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tirage.insights.rules.discs import RIM_MILES
from tirage.insights.rules.sphere import Spot
from tirage.places.us import miles_between

#: Roads are longer than the way of a crow: of trips within American metro areas by about this much.
DETOUR = 1.3
#: What a reach may be: a ZIP's middle says nothing about fewer miles, and farther away nobody drives for an evening.
LEAST_MILES, MOST_MILES = 5, 300
LEAST_MINUTES, MOST_MINUTES = 10, 360


def miles_of_minutes(minutes: float, miles_per_hour: float) -> float:
    """How far a crow flies in the time that a car takes, at a stated speed on roads longer by ``DETOUR``."""
    return minutes / 60 * miles_per_hour / DETOUR


@dataclass(frozen=True, slots=True)
class Site:
    """A place for an event, with who can come; distances are of everybody asked about, each person once.

    ``median`` and ``ninetieth`` are miles; None where nobody lives anywhere. ``value`` is in the spots' unit.
    """

    latitude: float
    longitude: float
    people: int
    value: int
    median: float | None
    ninetieth: float | None


def site_at(latitude: float, longitude: float, spots: Sequence[Spot], miles: float) -> Site:
    """How a place does for these people."""
    ways = [
        (miles_between(latitude, longitude, spot.latitude, spot.longitude), spot)
        for spot in spots
        if spot.people
    ]
    near = [spot for way, spot in ways if way <= miles + RIM_MILES]
    counted = [(way, spot.people) for way, spot in ways]
    return Site(
        latitude,
        longitude,
        people=sum(spot.people for spot in near),
        value=sum(spot.value for spot in near),
        median=weighted_percentile(counted, 0.5),
        ninetieth=weighted_percentile(counted, 0.9),
    )


def within(latitude: float, longitude: float, spots: Iterable[Spot], miles: float) -> list[Spot]:
    """The spots that lie within so many miles, those on the rim too."""
    return [
        spot
        for spot in spots
        if miles_between(latitude, longitude, spot.latitude, spot.longitude) <= miles + RIM_MILES
    ]


def weighted_percentile(values: Iterable[tuple[float, int]], share: float) -> float | None:
    """The least value that at least ``share`` of all weights don't exceed; None without any weight.

    >>> weighted_percentile([(10.0, 1), (20.0, 1), (30.0, 2)], 0.5)
    20.0
    """
    ordered = sorted((value, weight) for value, weight in values if weight > 0)
    wanted, seen = share * sum(weight for _, weight in ordered), 0
    for value, weight in ordered:
        seen += weight
        if seen >= wanted - 1e-9:
            return value
    return None


def expected_guests(invited: int, percent: int) -> int:
    """How many come if so many of a hundred do; half a person is one."""
    return math.floor(invited * percent / 100 + 0.5)
