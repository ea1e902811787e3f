"""Clusters: circles that hold the most of the customers worth most. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tirage.insights.gathering import Named, gather_spots, name_of, value_of_share
from tirage.insights.rules.discs import best_discs
from tirage.insights.rules.sphere import Spot
from tirage.insights.states import Weight
from tirage.segments.rules import Node

#: Circles that are looked for, and their radius in miles.
MOST_CLUSTERS = 12
LEAST_MILES, USUAL_MILES, MOST_MILES = 5, 20, 60


@dataclass(frozen=True, slots=True)
class Cluster:
    """``people`` who live within the radius of the middle, all of them worth enough, and in no other cluster."""

    named: Named
    latitude: float
    longitude: float
    people: int
    value: int
    spots: Sequence[Spot]


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters, the largest first; ``least_minor`` is what somebody must have spent to count."""

    found: Sequence[Cluster]
    spots: Sequence[Spot]
    least_minor: int

    @property
    def people(self) -> int:
        return sum(spot.people for spot in self.spots)

    @property
    def value(self) -> int:
        return sum(spot.value for spot in self.spots)


def find_clusters(
    node: Node | None, *, weight: Weight, share: float, miles: float, now: datetime, most: int = MOST_CLUSTERS
) -> Clusters:
    """Circle after circle, each the one that holds the most of who isn't in one before; a lone place is no cluster.

    ``share``: only so large a part of the customers, those who spent the most; 1 means everybody. Four or five
    statements. Raises DomainError ``circle``.
    """
    least = value_of_share(node, share, now) if share < 1 else 0
    spots = gather_spots(node, weight, now, least_minor=least)
    found = []
    for disc in islice(best_discs(spots, miles), most):
        held = [spots[at] for at in disc.members]
        people = sum(spot.people for spot in held)
        if people > 1:
            named = name_of(disc.latitude, disc.longitude, held)
            found.append(Cluster(named, disc.latitude, disc.longitude, people, disc.value, held))
    return Clusters(found, spots, least)
