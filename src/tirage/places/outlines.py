"""Areas drawn by hand: corners in degrees, and what lies inside. Lines between corners are straight in degrees."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Latitude and longitude of each corner, the last joined to the first.
Outline = Sequence[tuple[float, float]]
FEWEST, MOST = 3, 80
_MILES_A_DEGREE = 69.0


@dataclass(frozen=True, slots=True)
class Edge:
    """Counts from ``south`` (included) to ``north`` (not), and is at ``east`` + (latitude − ``at``) × ``slope``."""

    south: float
    north: float
    east: float
    at: float
    slope: float


def edges_of(outline: Outline) -> Iterator[Edge]:
    """Its edges, those along a parallel aside, which no ray to the east crosses."""
    for (latitude, longitude), (other, across) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if latitude != other:
            slope = (across - longitude) / (other - latitude)
            yield Edge(min(latitude, other), max(latitude, other), longitude, latitude, slope)


def is_inside(outline: Outline, latitude: float, longitude: float) -> bool:
    """Whether a ray to the east leaves the area once more often than it enters."""
    crossed = sum(
        edge.south <= latitude < edge.north and longitude < edge.east + (latitude - edge.at) * edge.slope
        for edge in edges_of(outline)
    )
    return crossed % 2 == 1


def circle_around(
    latitude: float, longitude: float, miles: float, corners: int = 48
) -> list[tuple[float, float]]:
    """A circle as an outline, for a place that somebody names by its middle and a distance."""
    up = miles / _MILES_A_DEGREE
    across = up / max(0.1, math.cos(math.radians(latitude)))
    turns = (2 * math.pi * at / corners for at in range(corners))
    return [
        (round(latitude + up * math.sin(turn), 4), round(longitude + across * math.cos(turn), 4))
        for turn in turns
    ]


def is_drawn(outline: Outline) -> bool:
    """Corners enough, on earth, around something."""
    if not FEWEST <= len(outline) <= MOST:
        return False
    if not all(abs(one) <= 90 and abs(other) <= 180 for one, other in outline):
        return False
    following = [*outline[1:], outline[0]]
    twice = sum(a * d - b * c for (a, b), (c, d) in zip(outline, following, strict=True))
    return abs(twice) > 1e-6
