"""Points on the globe as directions from its middle: distances, and moving from one to another.

A direction (x, y, z) of length 1 makes distances a product of three pairs, which is what searches over tens of
thousands of places live on; it knows neither poles nor a date line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tirage.places.us import EARTH_RADIUS_MILES

Direction = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """People who live at one place, usually the middle of a ZIP: how many, and what they are worth together.

    ``value`` is in whichever whole unit the question has (cents, bottles, people) and never negative. ``key`` is the
    caller's own, as ``area`` is: the metro area's code, or empty.
    """

    latitude: float
    longitude: float
    people: int
    value: int
    key: str = ""
    area: str = ""


def direction_of(latitude: float, longitude: float) -> Direction:
    """The direction of a point in degrees."""
    phi, turn = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(turn), math.cos(phi) * math.sin(turn), math.sin(phi)


def point_of(direction: Direction) -> tuple[float, float]:
    """Latitude and longitude in degrees of a direction of any length."""
    x, y, z = direction
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def unit(x: float, y: float, z: float) -> Direction:
    """The same direction with length 1; raises ZeroDivisionError for none at all."""
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def arc_between(one: Direction, other: Direction) -> float:
    """The angle between two directions in radians, exact for near ones too."""
    across = math.dist(one, other)
    return 2 * math.asin(min(across / 2, 1.0))


def miles_of_arc(arc: float) -> float:
    """The way along the ground of an angle at the middle of the globe."""
    return arc * EARTH_RADIUS_MILES


def arc_of_miles(miles: float) -> float:
    """The angle at the middle of the globe of a way along the ground."""
    return miles / EARTH_RADIUS_MILES


def nearness(arc: float) -> float:
    """The product of two directions that are so far from each other; larger means nearer."""
    return math.cos(arc)


def moved(start: Direction, toward: Direction, arc: float) -> Direction:
    """From ``start`` so far along ``toward``, a direction at a right angle to it, of length 1."""
    near, far = math.cos(arc), math.sin(arc)
    return unit(
        start[0] * near + toward[0] * far,
        start[1] * near + toward[1] * far,
        start[2] * near + toward[2] * far,
    )
