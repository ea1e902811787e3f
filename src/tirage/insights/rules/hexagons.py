"""Hexagons over the United States: equal areas of a plane, so that one holds as many miles as another. Pure.

The plane is Albers’ equal-area conic (Snyder, *Map Projections*, 1987, chapter 14) between 29.5° and 45.5°, in miles
from 96° W, 37.5° N, as most maps of the forty-eight states have it.
Alaska and Hawaii lie on it too, a little stretched.
"""

from __future__ import annotations

import math
from functools import lru_cache

from tirage.places.us import EARTH_RADIUS_MILES

#: From the middle of a hexagon to each of its corners.
MILES = 60.0
_SOUTH, _NORTH = math.radians(29.5), math.radians(45.5)
_MIDDLE, _MERIDIAN = math.radians(37.5), math.radians(-96)
_N = (math.sin(_SOUTH) + math.sin(_NORTH)) / 2
_C = math.cos(_SOUTH) ** 2 + 2 * _N * math.sin(_SOUTH)


def _radius(phi: float) -> float:
    return EARTH_RADIUS_MILES * math.sqrt(_C - 2 * _N * math.sin(phi)) / _N


_RADIUS = _radius(_MIDDLE)


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Miles to the east and to the north of the plane's middle."""
    turn = math.radians(longitude) - _MERIDIAN
    theta = _N * ((turn + math.pi) % (2 * math.pi) - math.pi)
    rho = _radius(math.radians(latitude))
    return rho * math.sin(theta), _RADIUS - rho * math.cos(theta)


def unproject(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a point of the plane."""
    rho, theta = math.hypot(x, _RADIUS - y), math.atan2(x, _RADIUS - y)
    sine = (_C - (rho * _N / EARTH_RADIUS_MILES) ** 2) / (2 * _N)
    longitude = math.degrees(_MERIDIAN + theta / _N)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine)))), (longitude + 180) % 360 - 180


@lru_cache(20_000)
def hexagon_at(latitude: float, longitude: float, miles: float = MILES) -> str:
    """The key, ``column.row``, of the hexagon (a corner at its top) that a point lies in."""
    x, y = project(latitude, longitude)
    column, row = (math.sqrt(3) / 3 * x - y / 3) / miles, 2 / 3 * y / miles
    return ".".join(map(str, _rounded(column, row)))


def _rounded(column: float, row: float) -> tuple[int, int]:
    """The nearest hexagon of a point between several: the coordinate that was rounded most follows the others."""
    third = -column - row
    whole = [round(column), round(row), round(third)]
    off = [abs(whole[0] - column), abs(whole[1] - row), abs(whole[2] - third)]
    if off[0] > off[1] and off[0] > off[2]:
        whole[0] = -whole[1] - whole[2]
    elif off[1] > off[2]:
        whole[1] = -whole[0] - whole[2]
    return whole[0], whole[1]


def middle_of(key: str, miles: float = MILES) -> tuple[float, float]:
    """The middle of a hexagon on the plane, in miles."""
    column, row = (int(part) for part in key.split("."))
    return miles * math.sqrt(3) * (column + row / 2), miles * 1.5 * row


def corners_of(key: str, miles: float = MILES) -> list[tuple[float, float]]:
    """Its six corners on the plane, from the top clockwise, in miles."""
    x, y = middle_of(key, miles)
    angles = [math.radians(90 - 60 * corner) for corner in range(6)]
    return [(x + miles * math.cos(angle), y + miles * math.sin(angle)) for angle in angles]
