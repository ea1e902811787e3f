"""A piece of the map with people, circles and marks on it, as inline SVG: 640 units wide, whatever it shows.

The United States where everybody on it lives there, else the world; what is far away from all is cut off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tirage.insights.rules.sphere import Spot
from tirage.places import ShapeKind, place_in_us, place_in_world, shapes_of
from tirage.places.shapes import TENTHS

WIDE, HIGH = 640.0, 400.0
#: Dots drawn: of more the heaviest.
MOST_DOTS = 700
#: A window isn't narrower than so many miles, and its counties are drawn while it is narrower than so many.
_NARROWEST, _COUNTIES = 40.0, 700.0
_MILES_PER_DEGREE = 69.093

Point = tuple[float, float]
Place = Callable[[float, float], Point | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """A named place: ``sign`` stands on the mark, ``kind`` is its class; with ``miles`` it has a circle around it."""

    latitude: float
    longitude: float
    sign: str
    words: str
    kind: str = "mark"
    miles: float = 0.0


@dataclass(frozen=True, slots=True)
class _Window:
    """What is seen: a projection, the left upper corner in its units, and how many units of ours one of its is."""

    place: Place
    left: float
    top: float
    scale: float

    def at(self, latitude: float, longitude: float) -> Point | None:
        found = self.place(latitude, longitude)
        if found is None:
            return None
        return (found[0] - self.left) * self.scale, (found[1] - self.top) * self.scale

    def radii(self, latitude: float, longitude: float, miles: float) -> Point:
        """Half the width and the height of a circle on the ground there."""
        middle = self.at(latitude, longitude)
        up = self.at(latitude + miles / _MILES_PER_DEGREE, longitude)
        aside = self.at(
            latitude, longitude + miles / _MILES_PER_DEGREE / max(math.cos(math.radians(latitude)), 0.05)
        )
        if middle is None or up is None or aside is None:
            return 0.0, 0.0
        return math.dist(middle, aside), math.dist(middle, up)


def ground(
    spots: Sequence[Spot],
    marks: Sequence[Mark],
    *,
    title: str,
    way: Sequence[Point] = (),
    whole: bool = False,
) -> SafeString:
    """The drawing; ``title`` says it in words. ``way``: points joined by a line. ``whole``: all of the country."""
    dots = sorted((spot for spot in spots if spot.people), key=lambda spot: -spot.value)[:MOST_DOTS]
    points = [(spot.latitude, spot.longitude) for spot in spots] + [
        (one.latitude, one.longitude) for one in marks
    ]
    place = _projection([*points, *way])
    window = _whole(place) if whole else _window(place, dots, marks, way)
    return format_html(
        '<svg class="ground" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<g transform="scale({}) translate({} {})">{}</g>{}{}{}{}{}</svg>',
        f"{WIDE:g}",
        f"{HIGH:g}",
        title,
        f"{window.scale / TENTHS:.5f}",
        f"{-window.left * TENTHS:.1f}",
        f"{-window.top * TENTHS:.1f}",
        _land(window),
        _circles(window, marks),
        _dots(window, dots, 0.65 if whole else 1.0),
        _way(window, way),
        _marks(window, marks),
        "" if whole else _bar(window, points),
    )


def _projection(points: Sequence[Point]) -> Place:
    at_home = sum(place_in_us(*point) is not None for point in points)
    return place_in_us if at_home * 10 >= len(points) * 9 else place_in_world


def _whole(place: Place) -> _Window:
    scale = WIDE / 975
    return _Window(place, 0.0, 0.0, scale) if place is place_in_us else _Window(place, 0.0, -82.0, scale)


def _corners(dots: Sequence[Spot], marks: Sequence[Mark], way: Sequence[Point]) -> Iterator[Point]:
    for spot in dots:
        yield spot.latitude, spot.longitude
    for mark in marks:
        tall = max(mark.miles, _NARROWEST / 2) / _MILES_PER_DEGREE
        wide = tall / max(math.cos(math.radians(mark.latitude)), 0.05)
        yield from (
            (mark.latitude + up * tall, mark.longitude + over * wide) for up in (-1, 1) for over in (-1, 1)
        )
    yield from way


def _window(place: Place, dots: Sequence[Spot], marks: Sequence[Mark], way: Sequence[Point]) -> _Window:
    """Around all of it, with a little air."""
    seen = [found for point in _corners(dots, marks, way) if (found := place(*point)) is not None]
    if not seen:
        return _whole(place)
    left, right = min(x for x, _ in seen), max(x for x, _ in seen)
    top, bottom = min(y for _, y in seen), max(y for _, y in seen)
    units = max(right - left, (bottom - top) * WIDE / HIGH, 6.0) * 1.08
    scale = WIDE / units
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return _Window(place, middle_x - units / 2, middle_y - HIGH / scale / 2, scale)


def _land(window: _Window) -> SafeString:
    wide, high = WIDE / window.scale, HIGH / window.scale
    if window.place is place_in_us:
        kinds = [ShapeKind.STATE]
        if wide * 3.05 < _COUNTIES:
            kinds = [ShapeKind.STATE, ShapeKind.COUNTY]
    else:
        kinds = [ShapeKind.COUNTRY]
    found = [
        (f"ground-{kind.name.lower()}", shape.path)
        for kind in kinds
        for shape in shapes_of(kind).values()
        if shape.box[0] < window.left + wide
        and shape.box[2] > window.left
        and shape.box[1] < window.top + high
        and shape.box[3] > window.top
    ]
    return format_html_join("", '<path class="{}" d="{}"/>', found)


def _circles(window: _Window, marks: Sequence[Mark]) -> SafeString:
    found = []
    for mark in marks:
        middle = window.at(mark.latitude, mark.longitude)
        if middle is None or not mark.miles:
            continue
        wide, tall = window.radii(mark.latitude, mark.longitude, mark.miles)
        found.append((mark.kind, *(f"{one:.1f}" for one in (*middle, wide, tall))))
    return format_html_join(
        "", '<ellipse class="ground-circle is-{}" cx="{}" cy="{}" rx="{}" ry="{}"/>', found
    )


def _dots(window: _Window, dots: Sequence[Spot], size: float) -> SafeString:
    most = max((spot.value for spot in dots), default=0) or 1
    found = []
    for spot in dots:
        at = window.at(spot.latitude, spot.longitude)
        if at is not None and -20 < at[0] < WIDE + 20 and -20 < at[1] < HIGH + 20:
            radius = size * (1.8 + 7.2 * math.sqrt(max(spot.value, 0) / most))
            found.append((f"{at[0]:.1f}", f"{at[1]:.1f}", f"{radius:.1f}"))
    return format_html_join("", '<circle class="ground-dot" cx="{}" cy="{}" r="{}"/>', found)


def _way(window: _Window, way: Sequence[Point]) -> SafeString:
    seen = [at for point in way if (at := window.at(*point)) is not None]
    if len(seen) < 2:
        return SafeString("")
    return format_html(
        '<polyline class="ground-way" points="{}"/>', " ".join(f"{x:.1f},{y:.1f}" for x, y in seen)
    )


def _marks(window: _Window, marks: Sequence[Mark]) -> SafeString:
    found = []
    for mark in reversed(marks):
        at = window.at(mark.latitude, mark.longitude)
        if at is not None:
            found.append((mark.kind, f"{at[0]:.1f}", f"{at[1]:.1f}", mark.words, mark.sign))
    return format_html_join(
        "",
        '<g class="ground-mark is-{}" transform="translate({} {})"><title>{}</title><circle r="10"/>'
        '<text text-anchor="middle" dominant-baseline="central">{}</text></g>',
        found,
    )


def _bar(window: _Window, points: Sequence[Point]) -> SafeString:
    """How long so many miles are, in the middle of it all."""
    if not points:
        return SafeString("")
    latitude, longitude = points[0]
    per_mile = window.radii(latitude, longitude, 10.0)[0] / 10
    if not per_mile:
        return SafeString("")
    miles = next(
        (one for one in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000) if one * per_mile > 60), 5_000
    )
    return format_html(
        '<g class="ground-bar" transform="translate(16 {})"><path d="M0 -5V0H{}V-5"/>'
        '<text x="0" y="-10">{} mi</text></g>',
        f"{HIGH - 14:g}",
        f"{miles * per_mile:.1f}",
        f"{miles:,}",
    )
