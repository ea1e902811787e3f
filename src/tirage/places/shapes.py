"""The outlines of states, counties, metropolitan areas and countries, as paths on the canvases of ``projecting``.

Read on first use, by one thread; only for who draws a map. Built by ``tools/build_maps.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tirage.places.reading import Once, read_rows

#: Paths count in tenths of a unit of the canvas.
TENTHS = 10


class ShapeKind(StrEnum):
    STATE = "us_state"
    COUNTY = "us_county"
    METRO = "us_metro"
    COUNTRY = "world"


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline: its middle and its box (left, top, right, bottom) in units of the canvas, its path in tenths."""

    key: str
    x: float
    y: float
    box: tuple[float, float, float, float]
    path: str


def _read(kind: ShapeKind) -> dict[str, Shape]:
    found = {}
    for key, *figures, path in read_rows(f"{kind}_shapes.csv.gz"):
        x, y, left, top, right, bottom = (float(figure) for figure in figures)
        found[key] = Shape(key, x, y, (left, top, right, bottom), path)
    return found


def _once(kind: ShapeKind) -> Once[dict[str, Shape]]:
    return Once(lambda: _read(kind))


_shapes = {kind: _once(kind) for kind in ShapeKind}


def shapes_of(kind: ShapeKind) -> dict[str, Shape]:
    """Every outline of a kind by its key: two letters of a state or country, five figures of a county or metro area."""
    return _shapes[kind].get()
