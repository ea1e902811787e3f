"""Areas as shapes on the canvas: outlines, hexagons, circles of clustered points. Tenths of a unit, as paths count."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tirage.backoffice.insights.asked import Asked, Layer, View
from tirage.insights.queries import Spot
from tirage.insights.rules import hexagons
from tirage.insights.rules.areas import ELSEWHERE, AreaFigures, AreaKind, Sums, add_up, area_name
from tirage.insights.rules.residents import residents_of
from tirage.places import ShapeKind, find_zip, place_in_us, place_in_world, shapes_of
from tirage.places.shapes import TENTHS

SHAPES = {
    Layer.STATES: ShapeKind.STATE,
    Layer.METROS: ShapeKind.METRO,
    Layer.COUNTIES: ShapeKind.COUNTY,
    Layer.COUNTRIES: ShapeKind.COUNTRY,
}
#: Miles from the middle of a hexagon to its corners, by the width of what is seen at least.
_HEXAGONS = ((650.0, 60.0), (330.0, 30.0), (140.0, 15.0), (0.0, 8.0))
#: Cells across what is seen, into which points are put together.
_CELLS = 30
#: A circle's radius: the smallest, and what the largest has more, of the width that is seen.
_SMALLEST, _LARGEST = 0.0055, 0.017
#: The two cells' worth around what is seen that is drawn, too, so that a small step shows no hole.
_MARGIN = 0.25


@dataclass(frozen=True, slots=True)
class Outline:
    """A path, or a circle where ``radius`` isn't nought; ``box`` is what to look at to see it whole, in units."""

    path: str
    x: float
    y: float
    radius: float
    box: View

    @property
    def corners(self) -> str:
        """Of a path without curves, in units: ``x,y x,y …``, as a drawn place is read."""
        pairs = (pair.split(",") for pair in self.path.strip("Mz").split())
        return " ".join(",".join(f"{int(part) / TENTHS:g}" for part in pair) for pair in pairs)


@cache
def land(shape: ShapeKind) -> str:
    """Everything of the canvas that is land, as one path."""
    return "".join(one.path for one in shapes_of(shape).values())


def land_of(layer: Layer) -> str:
    return land(ShapeKind.COUNTRY if layer.is_world else ShapeKind.STATE)


def hexagon_miles(asked: Asked) -> float:
    return next(miles for width, miles in _HEXAGONS if asked.seen.width >= width)


def outline_of(asked: Asked, area: AreaFigures) -> Outline | None:
    """How an area is drawn; None where nothing says where it is, or it lies outside what is seen."""
    if area.key == ELSEWHERE:
        return None
    if area.kind is AreaKind.HEXAGON:
        return _hexagon(asked, area.key)
    shape = shapes_of(SHAPES[asked.layer]).get(area.key)
    if shape is not None:
        left, top, right, bottom = shape.box
        return Outline(
            shape.path, shape.x * TENTHS, shape.y * TENTHS, 0, _around(asked, left, top, right, bottom)
        )
    return _circle(asked, area, 1.0)


def _around(asked: Asked, left: float, top: float, right: float, bottom: float) -> View:
    """A box with air around it, in the canvas' proportions."""
    wide, high = asked.layer.canvas
    width = max(right - left, (bottom - top) * wide / high, 6.0) * 1.5
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return View(middle_x - width / 2, middle_y - width * high / wide / 2, width)


def _point(asked: Asked, latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    if latitude is None or longitude is None:
        return None
    if asked.layer.is_world:
        return place_in_world(latitude, longitude)
    return place_in_us(latitude, longitude)


def _circle(asked: Asked, area: AreaFigures, share: float) -> Outline | None:
    found = _point(asked, area.latitude, area.longitude)
    if found is None or not _is_seen(asked, *found):
        return None
    x, y = found
    radius = asked.seen.width * (_SMALLEST + _LARGEST * math.sqrt(share))
    around = _around(asked, x - radius * 3, y - radius * 3, x + radius * 3, y + radius * 3)
    return Outline("", x * TENTHS, y * TENTHS, radius * TENTHS, around)


def _is_seen(asked: Asked, x: float, y: float) -> bool:
    seen, (wide, high) = asked.seen, asked.layer.canvas
    air, height = seen.width * _MARGIN, seen.width * high / wide
    return -air <= x - seen.left <= seen.width + air and -air <= y - seen.top <= height + air


def _hexagon(asked: Asked, key: str) -> Outline | None:
    miles = hexagon_miles(asked)
    middle = place_in_us(*hexagons.unproject(*hexagons.middle_of(key, miles)))
    corners = [place_in_us(*hexagons.unproject(*corner)) for corner in hexagons.corners_of(key, miles)]
    if middle is None or not _is_seen(asked, *middle):
        return None
    drawn = [corner for corner in corners if corner is not None]
    if len(drawn) < len(corners):
        return None
    steps = " ".join(f"{round(x * TENTHS)},{round(y * TENTHS)}" for x, y in drawn)
    xs, ys = [x for x, _ in drawn], [y for _, y in drawn]
    return Outline(
        f"M{steps}z",
        middle[0] * TENTHS,
        middle[1] * TENTHS,
        0,
        _around(asked, min(xs), min(ys), max(xs), max(ys)),
    )


@dataclass(frozen=True, slots=True)
class Cluster:
    """Spots close together as one area, whose key is that of the one ZIP (empty of several), and its circle."""

    area: AreaFigures
    outline: Outline
    zips: int


def clusters_of(asked: Asked, spots: Mapping[Spot, Sums]) -> list[Cluster]:
    """Points put together by cells of what is seen, so that no map has more circles than it has room for."""
    size = asked.seen.width / _CELLS
    cells: dict[tuple[int, int], list[tuple[Spot, Sums]]] = defaultdict(list)
    for spot, sums in spots.items():
        found = _point(asked, spot.latitude, spot.longitude)
        if found is not None and _is_seen(asked, *found):
            cells[int(found[0] // size), int(found[1] // size)].append((spot, sums))
    areas = [(_cluster_area(some), len(some)) for some in cells.values()]
    most = max((area.sums.customers for area, _ in areas), default=1) or 1
    drawn = ((area, _circle(asked, area, area.sums.customers / most), count) for area, count in areas)
    clusters = [Cluster(area, outline, count) for area, outline, count in drawn if outline is not None]
    # Small circles stand on large ones, where both can be pointed at.
    return sorted(clusters, key=lambda one: -one.outline.radius)


def _cluster_area(some: list[tuple[Spot, Sums]]) -> AreaFigures:
    largest = max(some, key=lambda one: one[1].customers)[0]
    sums = add_up(one for _, one in some)
    weight = sum(max(one.customers, 1) for _, one in some)
    latitude, longitude = (
        sum((getattr(spot, name) or 0.0) * max(one.customers, 1) for spot, one in some) / weight
        for name in ("latitude", "longitude")
    )
    key = largest.zip_code if len(some) == 1 else ELSEWHERE
    name = _spot_name(largest) if len(some) == 1 else f"{_spot_name(largest)} and around"
    residents = residents_of(AreaKind.ZIP, key) if key else None
    return AreaFigures(AreaKind.ZIP, key, name, sums, residents, latitude, longitude)


def _spot_name(spot: Spot) -> str:
    place = find_zip(spot.zip_code) if spot.zip_code else None
    if place is None:
        return area_name(AreaKind.COUNTRY, spot.country)
    return f"{place.zip} {place.city}, {place.state}"


def only_points(spots: Mapping[Spot, Sums], layer: Layer) -> dict[Spot, Sums]:
    """Those that the layer shows as points."""
    return {
        spot: sums
        for spot, sums in spots.items()
        if spot.is_point and (layer.is_world or spot.country == "US")
    }


def is_outside(spot: Spot, asked: Asked) -> bool:
    """It has a point, but none on this canvas."""
    return spot.is_point and _point(asked, spot.latitude, spot.longitude) is None
