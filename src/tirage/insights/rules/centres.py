"""The most central place: where everybody's ways together, each times their weight, are shortest.

The weighted geometric median on the globe, by Weiszfeld's steps with Vardi and Zhang's care for a step that lands where
somebody lives. Places are put together in coarse squares first, so that the many steps are taken over few points and
the few last ones over all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tirage.insights.rules.sphere import (
    Direction,
    Spot,
    arc_between,
    arc_of_miles,
    direction_of,
    moved,
    point_of,
    unit,
)

#: Squares of this many degrees stand for their places in the first steps.
_SQUARE = 0.5
_MOST_STEPS = 200
#: A step shorter than this many miles ends the search.
_ENOUGH = 0.005
#: Nearer than this many miles is the same place.
_SAME = 0.0005


@dataclass(frozen=True, slots=True)
class _Pull:
    """Weights at directions, as one list each, for the sums."""

    xs: list[float]
    ys: list[float]
    zs: list[float]
    weights: list[float]

    def __len__(self) -> int:
        return len(self.weights)


def central_point(spots: Sequence[Spot]) -> tuple[float, float] | None:
    """Latitude and longitude of the weighted geometric median by ``value``; None where nobody has any.

    Of people all over the globe there may be several such places: the one found is the best seen from the middle of
    all and from the heaviest squares.
    """
    fine = _pull([spot for spot in spots if spot.value > 0])
    if not len(fine):
        return None
    coarse = _coarsened(fine)
    found = min(
        (_settled(start, coarse, arc_of_miles(1.0)) for start in _starts(coarse)),
        key=lambda centre: _ways(centre, coarse),
    )
    return point_of(_settled(found, fine, arc_of_miles(_ENOUGH)))


def ways_together(latitude: float, longitude: float, spots: Sequence[Spot]) -> float:
    """The sum over all spots of value × distance in radians; what ``central_point`` makes least."""
    centre = direction_of(latitude, longitude)
    return sum(
        spot.value * arc_between(centre, direction_of(spot.latitude, spot.longitude)) for spot in spots
    )


def _pull(spots: Sequence[Spot]) -> _Pull:
    directions = [direction_of(spot.latitude, spot.longitude) for spot in spots]
    return _Pull(
        [one[0] for one in directions],
        [one[1] for one in directions],
        [one[2] for one in directions],
        [float(spot.value) for spot in spots],
    )


def _coarsened(pull: _Pull) -> _Pull:
    """Each square's weight at the middle of its weights."""
    sums: dict[tuple[int, int], list[float]] = {}
    for x, y, z, weight in zip(pull.xs, pull.ys, pull.zs, pull.weights, strict=True):
        latitude, longitude = point_of((x, y, z))
        square = sums.setdefault((int(latitude // _SQUARE), int(longitude // _SQUARE)), [0.0, 0.0, 0.0, 0.0])
        square[0] += weight * x
        square[1] += weight * y
        square[2] += weight * z
        square[3] += weight
    middles = [unit(x, y, z) for x, y, z, _ in sums.values()]
    return _Pull(
        [one[0] for one in middles],
        [one[1] for one in middles],
        [one[2] for one in middles],
        [square[3] for square in sums.values()],
    )


def _starts(pull: _Pull) -> list[Direction]:
    """The middle of all, if there is one, and the heaviest squares."""
    heaviest = sorted(range(len(pull)), key=lambda at: -pull.weights[at])[:3]
    starts = [(pull.xs[at], pull.ys[at], pull.zs[at]) for at in heaviest]
    middle = [
        math.fsum(weight * part for weight, part in zip(pull.weights, parts, strict=True))
        for parts in (pull.xs, pull.ys, pull.zs)
    ]
    if math.hypot(*middle) > 1e-9 * math.fsum(pull.weights):
        starts.append(unit(*middle))
    return starts


def _settled(centre: Direction, pull: _Pull, enough: float) -> Direction:
    """Steps from ``centre`` until they are shorter than ``enough`` (radians)."""
    for _ in range(_MOST_STEPS):
        toward, length, here, stiffness = _drawn(centre, pull)
        # Who lives right here holds on with all their weight.
        strength = length - here
        if strength <= 0 or length <= 0 or stiffness <= 0:
            return centre
        step = min(strength / stiffness, math.pi / 4)
        centre = moved(centre, toward, step)
        if step < enough:
            return centre
    return centre


def _drawn(centre: Direction, pull: _Pull) -> tuple[Direction, float, float, float]:
    """Whereto and how strongly all draw, the weight right here, and how stiffly (the weights by their nearness)."""
    cx, cy, cz = centre
    gx = gy = gz = here = stiffness = 0.0
    same = arc_of_miles(_SAME)
    for x, y, z, weight in zip(pull.xs, pull.ys, pull.zs, pull.weights, strict=True):
        dx, dy, dz = x - cx, y - cy, z - cz
        chord = dx * dx + dy * dy + dz * dz
        if chord < same * same:
            here += weight
            continue
        # The part of the way there that is along the ground, and its length: sin of the angle.
        along = chord / 2
        sine = math.sqrt(max(chord * (1 - chord / 4), 1e-18))
        pulled = weight / sine
        gx += pulled * (dx + along * cx)
        gy += pulled * (dy + along * cy)
        gz += pulled * (dz + along * cz)
        stiffness += weight / (2 * math.asin(min(math.sqrt(chord) / 2, 1.0)))
    length = math.sqrt(gx * gx + gy * gy + gz * gz)
    toward = (gx / length, gy / length, gz / length) if length > 0 else (0.0, 0.0, 0.0)
    return toward, length, here, stiffness


def _ways(centre: Direction, pull: _Pull) -> float:
    return sum(
        weight * arc_between(centre, (x, y, z))
        for x, y, z, weight in zip(pull.xs, pull.ys, pull.zs, pull.weights, strict=True)
    )
