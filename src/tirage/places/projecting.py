"""From degrees to the places of a drawn map and back: the United States as people know them, and the world.

The United States are Albers’ equal-area cones, Alaska (at 35 %) and Hawaii moved to the lower left; the world is
*Equal Earth* (Šavrič, Patterson and Jenny, 2018), on which countries keep their sizes, too. Both canvases are 975 units
wide, y downwards. The shapes in ``data`` are drawn on the same canvases (``tools/build_maps.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

Point = tuple[float, float]
#: Width and height of the two canvases.
US_CANVAS = (975.0, 610.0)
WORLD_CANVAS = (975.0, 444.0)
_US_SCALE, _US_MIDDLE = 1300.0, (487.5, 305.0)
#: A map has the same some thousand ZIPs again and again.
_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class _Cone:
    """One equal-area cone: its meridian, its two standard parallels, what lies in its middle, and where that stands."""

    meridian: float
    parallels: tuple[float, float]
    middle: Point
    scale: float
    stands: Point

    def _constants(self) -> tuple[float, float, float]:
        sine, other = (math.sin(math.radians(one)) for one in self.parallels)
        n = (sine + other) / 2
        c = 1 + sine * (2 * n - sine)
        return n, c, math.sqrt(c) / n

    def _raw(self, turn: float, latitude: float) -> Point:
        n, c, around = self._constants()
        reach = math.sqrt(max(0.0, c - 2 * n * math.sin(math.radians(latitude)))) / n
        angle = math.radians(turn) * n
        return reach * math.sin(angle), around - reach * math.cos(angle)

    def place(self, latitude: float, longitude: float) -> Point:
        x, y = self._raw((longitude + self.meridian + 180) % 360 - 180, latitude)
        middle_x, middle_y = self._raw(*self.middle)
        return self.stands[0] + self.scale * (x - middle_x), self.stands[1] - self.scale * (y - middle_y)

    def find(self, x: float, y: float) -> Point:
        n, c, around = self._constants()
        middle_x, middle_y = self._raw(*self.middle)
        raw_x = (x - self.stands[0]) / self.scale + middle_x
        raw_y = around - ((self.stands[1] - y) / self.scale + middle_y)
        sine = (c - (raw_x * raw_x + raw_y * raw_y) * n * n) / (2 * n)
        longitude = math.degrees(math.atan2(raw_x, raw_y) / n) - self.meridian
        return math.degrees(math.asin(max(-1.0, min(1.0, sine)))), (longitude + 180) % 360 - 180


def _stands(right: float, down: float) -> Point:
    return _US_MIDDLE[0] + right * _US_SCALE, _US_MIDDLE[1] + down * _US_SCALE


_MAINLAND = _Cone(96, (29.5, 45.5), (-0.6, 38.7), _US_SCALE, _US_MIDDLE)
_ALASKA = _Cone(154, (55, 65), (-2, 58.5), _US_SCALE * 0.35, _stands(-0.307, 0.201))
_HAWAII = _Cone(157, (8, 18), (-3, 19.9), _US_SCALE, _stands(-0.205, 0.212))


@lru_cache(_KEPT)
def place_in_us(latitude: float, longitude: float) -> Point | None:
    """Where a point of the fifty states stands on ``US_CANVAS``; None of anywhere else, Puerto Rico and Guam too."""
    if 24 <= latitude <= 49.6 and -125.5 <= longitude <= -66:
        return _MAINLAND.place(latitude, longitude)
    if latitude >= 50.5 and (longitude <= -129 or longitude >= 172):
        return _ALASKA.place(latitude, longitude)
    if 18 <= latitude <= 23 and -161 <= longitude <= -154:
        return _HAWAII.place(latitude, longitude)
    return None


def find_in_us(x: float, y: float) -> Point:
    """The latitude and longitude of a place of ``US_CANVAS``; what lies in the insets belongs to them."""
    left, top = _stands(-0.425, 0.120), _stands(-0.214, 0.166)
    if x < top[0] and y > left[1]:
        return _ALASKA.find(x, y)
    if x < _stands(-0.115, 0)[0] and y > top[1]:
        return _HAWAII.find(x, y)
    return _MAINLAND.find(x, y)


_A = (1.340264, -0.081106, 0.000893, 0.003796)
_HALF_ROOT = math.sqrt(3) / 2
_WORLD_SCALE = 180.0
#: Where the equator and the meridian of Greenwich cross.
_WORLD_MIDDLE = (487.5, 240.0)


def _height(angle: float) -> float:
    square = angle * angle
    return angle * (_A[0] + _A[1] * square + square**3 * (_A[2] + _A[3] * square))


def _steepness(angle: float) -> float:
    square = angle * angle
    return _A[0] + 3 * _A[1] * square + square**3 * (7 * _A[2] + 9 * _A[3] * square)


@lru_cache(_KEPT)
def place_in_world(latitude: float, longitude: float) -> Point:
    """Where a point stands on ``WORLD_CANVAS``; what lies south of the canvas has a ``y`` beyond it."""
    angle = math.asin(_HALF_ROOT * math.sin(math.radians(latitude)))
    x = math.radians(longitude) * math.cos(angle) / (_HALF_ROOT * _steepness(angle))
    return _WORLD_MIDDLE[0] + _WORLD_SCALE * x, _WORLD_MIDDLE[1] - _WORLD_SCALE * _height(angle)


def find_in_world(x: float, y: float) -> Point:
    """The latitude and longitude of a place of ``WORLD_CANVAS``, by Newton's steps; beyond the edges the nearest."""
    height = (_WORLD_MIDDLE[1] - y) / _WORLD_SCALE
    angle = height / _A[0]
    for _ in range(12):
        angle -= (_height(angle) - height) / _steepness(angle)
    angle = max(-math.pi / 3, min(math.pi / 3, angle))
    across = (x - _WORLD_MIDDLE[0]) / _WORLD_SCALE * _HALF_ROOT * _steepness(angle) / math.cos(angle)
    latitude = math.degrees(math.asin(max(-1.0, min(1.0, math.sin(angle) / _HALF_ROOT))))
    return latitude, max(-180.0, min(180.0, math.degrees(across)))
