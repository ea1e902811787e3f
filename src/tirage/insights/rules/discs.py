"""Circles of one size that hold the most: the best, and after it the best of what is left.

Exact. Where a circle's middle may be is cut into squares, best first: a square can't hold more than what lies within
the circle's radius and the square's half diagonal of its middle, and one that can't beat the best found is never
looked into. In the end the best circle has somebody on its rim: around each place near the rim of a small square the
circles through it are gone round once (``_Search.turned``). What was held once is never held again, so that what
bounded a square before bounds it still, and each next circle costs little.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tirage.insights.rules.sphere import (
    Direction,
    Spot,
    arc_between,
    arc_of_miles,
    direction_of,
    point_of,
    unit,
)

#: Five feet: who lives on the rim is within it.
RIM_MILES = 0.001
#: A square with so few places near its rim, or of so small a part of the radius, is settled place by place.
_FEW, _SMALL = 8, 1 / 200


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle: its middle, whom it holds (places in the spots given) and what they are worth."""

    latitude: float
    longitude: float
    members: tuple[int, ...]
    value: int


def best_disc(spots: Sequence[Spot], miles: float) -> Disc | None:
    """The circle of so many miles around its middle that holds the most value; None where nobody has any."""
    return next(best_discs(spots, miles), None)


def best_discs(spots: Sequence[Spot], miles: float) -> Iterator[Disc]:
    """Circle after circle, each the best of who isn't in one before it, until nobody is left."""
    search = _Search(spots, arc_of_miles(miles + RIM_MILES))
    while True:
        found = search.next_disc()
        if found is None:
            return
        yield found


class Near:
    """The spots in bands of latitude, each by longitude: those around a point are found without looking at all."""

    def __init__(self, spots: Sequence[Spot], height: float) -> None:
        self.height = max(height, 0.01)
        self.directions = [direction_of(spot.latitude, spot.longitude) for spot in spots]
        self.bands: dict[int, tuple[list[float], list[int], list[int]]] = {}
        by_band: dict[int, list[tuple[float, int]]] = {}
        for at, spot in enumerate(spots):
            by_band.setdefault(self._band(spot.latitude), []).append((spot.longitude, at))
        for band, found in by_band.items():
            found.sort()
            sums = [0]
            for _, at in found:
                sums.append(sums[-1] + spots[at].value)
            self.bands[band] = ([one for one, _ in found], [at for _, at in found], sums)

    def _band(self, latitude: float) -> int:
        return math.floor(latitude / self.height)

    def _slices(self, latitude: float, longitude: float, arc: float) -> Iterator[tuple[int, int, int]]:
        """Band, from, to: everything within ``arc`` radians of the point lies in these, and little more."""
        tall = math.degrees(arc)
        top = min(abs(latitude) + tall, 89.0)
        # The widest turn of the globe that a circle reaches to either side.
        reach = math.sin(arc) / math.cos(math.radians(latitude)) if top < 89.0 else 2.0
        wide = math.degrees(math.asin(reach)) + 1e-9 if reach < 1 else 181.0
        for band in range(self._band(latitude - tall), self._band(latitude + tall) + 1):
            if band not in self.bands:
                continue
            turns = self.bands[band][0]
            for turn in _turns(longitude, wide):
                low, high = bisect_left(turns, turn - wide), bisect_right(turns, turn + wide)
                if low < high:
                    yield band, low, high

    def most(self, latitude: float, longitude: float, arc: float) -> int:
        """Never less than the value within ``arc`` of the point; found by subtraction alone."""
        return sum(
            self.bands[band][2][high] - self.bands[band][2][low]
            for band, low, high in self._slices(latitude, longitude, arc)
        )

    def around(self, latitude: float, longitude: float, arc: float) -> list[tuple[float, int]]:
        """(nearness, place) of the spots within ``arc`` of the point, in no order."""
        x, y, z = direction_of(latitude, longitude)
        least, directions, found = math.cos(min(arc, math.pi)), self.directions, []
        for band, low, high in self._slices(latitude, longitude, arc):
            for at in self.bands[band][1][low:high]:
                other = directions[at]
                near = x * other[0] + y * other[1] + z * other[2]
                if near >= least:
                    found.append((near, at))
        return found


def _turns(longitude: float, wide: float) -> tuple[float, ...]:
    """The longitude, and once more on the other side of the date line where a circle reaches over it."""
    if wide >= 180:
        return (0.0,)
    if longitude + wide > 180:
        return longitude, longitude - 360
    if longitude - wide < -180:
        return longitude, longitude + 360
    return (longitude,)


@dataclass(frozen=True, slots=True)
class _Square:
    """Where a middle may be: within so many degrees of a point; ``settled`` once every circle in it was gone round."""

    latitude: float
    longitude: float
    tall: float
    wide: float
    settled: bool = False

    @property
    def half_diagonal(self) -> float:
        """In radians, to the corner nearer the equator, which is the farther one."""
        low = max(abs(self.latitude) - self.tall, 0.0)
        corner = direction_of(math.copysign(low, self.latitude), self.longitude + self.wide)
        middle = direction_of(self.latitude, self.longitude)
        other = direction_of(
            math.copysign(abs(self.latitude) + self.tall, self.latitude), self.longitude + self.wide
        )
        return max(arc_between(middle, corner), arc_between(middle, other))

    def quarters(self) -> list[_Square]:
        tall, wide = self.tall / 2, self.wide / 2
        return [
            _Square(self.latitude + up * tall, self.longitude + over * wide, tall, wide)
            for up in (-1, 1)
            for over in (-1, 1)
        ]


class _Search:
    """Keeps the squares, each with what it can hold at most, from one circle to the next."""

    def __init__(self, spots: Sequence[Spot], arc: float) -> None:
        self.arc, self.least = arc, math.cos(arc)
        self.values = [max(spot.value, 0) for spot in spots]
        self.left = sum(self.values)
        self.near = Near(spots, math.degrees(arc))
        self.spots = spots
        self.turned: dict[int, tuple[int, Direction]] = {}
        #: (what it can hold at most, negative; a number that breaks ties; the square)
        self.squares: list[tuple[int, int, _Square]] = []
        self.count = 0
        self.best = (0, (0.0, 0.0, 1.0))
        for square in self._first_squares():
            most = self.near.most(square.latitude, square.longitude, self.arc + square.half_diagonal)
            self._push(most, square)

    def _first_squares(self) -> set[_Square]:
        """All squares that can have the middle of a circle that holds anybody; each as wide as a circle."""
        tall, found = math.degrees(self.arc), set[_Square]()
        for spot, value in zip(self.spots, self.values, strict=True):
            if not value:
                continue
            row = math.floor(spot.latitude / (2 * tall))
            for band in (row - 1, row, row + 1):
                far = min((abs(band + 0.5) + 0.5) * 2 * tall, 85.0)
                wide = min(tall / math.cos(math.radians(far)), 90.0)
                column = math.floor(spot.longitude / (2 * wide))
                # A square is as wide as a circle at its end nearer the pole: no middle lies beyond the next one.
                found |= {
                    _Square((band + 0.5) * 2 * tall, (column + over + 0.5) * 2 * wide, tall, wide)
                    for over in (-1, 0, 1)
                }
        return found

    def _push(self, most: int, square: _Square) -> None:
        if most > 0:
            self.count += 1
            heapq.heappush(self.squares, (-most, self.count, square))

    def next_disc(self) -> Disc | None:
        """The best of who is left; they are then taken out."""
        if self.left <= 0:
            return None
        self.best, self.turned = (0, (0.0, 0.0, 1.0)), {}
        while self.squares and -self.squares[0][0] > self.best[0]:
            most, _, square = heapq.heappop(self.squares)
            self._look_into(-most, square)
        return self._taken(self.best[1]) if self.best[0] else None

    def _look_into(self, most: int, square: _Square) -> None:
        half = square.half_diagonal
        around = self.near.around(square.latitude, square.longitude, self.arc + half)
        now = sum(self.values[at] for _, at in around)
        if now < most and now <= self.best[0]:
            self._push(now, square)  # it holds less than it did; perhaps it is the best of a later turn
            return
        self._try(square, around)
        inner = math.cos(max(self.arc - half, 0.0)) if half < self.arc else 2.0
        rim = [at for near, at in around if near < inner and self.values[at]]
        if square.settled or len(rim) <= _FEW or half <= self.arc * _SMALL:
            self._settle(square, around, rim)
            return
        for quarter in square.quarters():
            bound = self.near.most(quarter.latitude, quarter.longitude, self.arc + quarter.half_diagonal)
            self._push(min(now, bound), quarter)

    def _try(self, square: _Square, around: list[tuple[float, int]]) -> int:
        """A circle around the middle of the square."""
        held = sum(self.values[at] for near, at in around if near >= self.least)
        self._hold(held, direction_of(square.latitude, square.longitude))
        return held

    def _hold(self, value: int, middle: Direction) -> None:
        if value > self.best[0]:
            self.best = (value, middle)

    def _settle(self, square: _Square, around: list[tuple[float, int]], rim: list[int]) -> None:
        """Every circle of this square is either like the one around its middle or has one of ``rim`` on its rim."""
        most = self._try(square, around)
        for at in rim:
            if at not in self.turned:
                self.turned[at] = self._turn(at)
                self._hold(*self.turned[at])
            most = max(most, self.turned[at][0])
        self._push(most, _Square(square.latitude, square.longitude, square.tall, square.wide, settled=True))

    def _turn(self, at: int) -> tuple[int, Direction]:
        """The best circle that has this place on its rim.

        From the place, the middles of such circles lie all around at the radius; another place at an arc d from it, in
        direction a, is held by those within acos(tan(d / 2) / tan(radius)) of a.
        """
        spot, pole = self.spots[at], self.near.directions[at]
        east, north = _ground(pole)
        always, events = self.values[at], list[tuple[float, int]]()
        tangent = math.tan(self.arc)
        for _, other in self.near.around(spot.latitude, spot.longitude, 2 * self.arc):
            value = self.values[other]
            if other == at or not value:
                continue
            way = self.near.directions[other]
            across = math.dist(way, pole)
            if across < 1e-12:
                always += value
                continue
            opening = across / math.sqrt(4 - across * across) / tangent
            if opening > 1:
                continue
            middle = math.atan2(_product(way, north), _product(way, east))
            spread = math.acos(opening) + 1e-9
            events += _opened(middle - spread, middle + spread, value)
        gained, angle = _fullest(events)
        toward = tuple(math.cos(angle) * e + math.sin(angle) * n for e, n in zip(east, north, strict=True))
        near, far = math.cos(self.arc), math.sin(self.arc)
        middle_way = unit(*(near * p + far * t for p, t in zip(pole, toward, strict=True)))
        return always + gained, middle_way

    def _taken(self, middle: Direction) -> Disc:
        """The circle around this middle, moved to where its rim is farthest from those whom it holds."""
        latitude, longitude = point_of(middle)
        found = self.near.around(latitude, longitude, self.arc + 1e-9)
        held = sorted(at for _, at in found if self.values[at])
        value = sum(self.values[at] for at in held)
        centred = point_of(_centred(middle, [self.near.directions[at] for at in held]))
        for at in held:
            self.values[at] = 0
        self.left -= value
        return Disc(centred[0], centred[1], tuple(held), value)


def _product(one: Direction, other: Direction) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _ground(pole: Direction) -> tuple[Direction, Direction]:
    """Two directions along the ground at a right angle to each other."""
    x, y, z = pole
    east = unit(-y, x, 0.0) if math.hypot(x, y) > 1e-9 else (1.0, 0.0, 0.0)
    return east, (
        y * east[2] - z * east[1],
        z * east[0] - x * east[2],
        x * east[1] - y * east[0],
    )


def _opened(begins: float, ends: float, value: int) -> list[tuple[float, int]]:
    """An arc as what begins (positive) and ends; one that goes over the end of the turn is in two parts."""
    begins, ends = begins % math.tau, ends % math.tau
    parts = [(begins, ends)] if begins <= ends else [(begins, math.tau), (0.0, ends)]
    return [event for first, last in parts for event in ((first, value), (last, -value))]


def _fullest(events: list[tuple[float, int]]) -> tuple[int, float]:
    """The largest sum of arcs that are open at once, and the middle of where they are."""
    events.sort(key=lambda event: (event[0], -event[1]))
    best, where, now = 0, 0.0, 0
    for place, (angle, value) in enumerate(events):
        now += value
        if now > best:
            best = now
            until = events[place + 1][0] if place + 1 < len(events) else angle
            where = (angle + until) / 2
    return best, where


def _centred(middle: Direction, held: Sequence[Direction]) -> Direction:
    """Step by step nearer the farthest: the middle of the smallest circle that holds them all, or nearly."""
    best, farthest = middle, max(arc_between(middle, one) for one in held)
    if len(held) == 1:
        return held[0]
    walked = middle
    for step in range(1, 120):
        far = max(held, key=lambda one: math.dist(walked, one))
        share = 1 / (step + 1)
        walked = unit(*(w + (f - w) * share for w, f in zip(walked, far, strict=True)))
        reach = max(arc_between(walked, one) for one in held)
        if reach < farthest:
            best, farthest = walked, reach
    return best
