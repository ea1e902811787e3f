"""Colour scales of maps: classes that hold for equal, few, negative and very unlike values. Pure.

A scale has at most five classes (three on each side of nought), cut at round figures so that each has fewer areas than
the one before: one large city doesn't leave the rest of a map in one colour, and the strongest is kept for the largest.
Nought is a class of its own. Every value lies in exactly one class, and no class is empty.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Classes of a scale, and of each side of one around nought.
CLASSES, SIDE = 5, 3
#: Which share of the areas lies below each cut.
_SHARES = {5: (0.35, 0.65, 0.85, 0.95), 3: (0.45, 0.8)}


@dataclass(frozen=True, slots=True)
class ColourClass:
    """``low`` to ``high`` are the least and the largest value in it; ``tone`` names its colour: ``up-1`` (pale) to
    ``up-5``, ``down-1`` to ``down-3`` below nought, ``nought``.
    """

    low: float
    high: float
    tone: str
    count: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes from the least value to the largest; none where there are no values."""

    classes: tuple[ColourClass, ...]
    _lows: tuple[float, ...]

    def tone(self, value: float | None) -> str:
        """The colour of a value; ``none`` of what has none, and of everything on a map without values."""
        if value is None or not self.classes or math.isnan(value):
            return "none"
        return self.classes[max(0, bisect_right(self._lows, value) - 1)].tone


def scale_of(values: Iterable[float | None], *, diverges: bool = False) -> Scale:
    """The scale of a map's values. ``diverges``: nought means something (no growth), as it does to negative values."""
    found = sorted(float(one) for one in values if one is not None and math.isfinite(one))
    if diverges or (found and found[0] < 0):
        classes = _around_nought(found, SIDE)
    else:
        classes = _around_nought(found, CLASSES)
    return Scale(tuple(classes), tuple(one.low for one in classes))


def _around_nought(found: Sequence[float], most: int) -> list[ColourClass]:
    below, noughts, above = (
        [one for one in found if test(one)] for test in (_is_below, _is_nought, _is_above)
    )
    low = _side([-one for one in reversed(below)], "down", SIDE)
    classes = [ColourClass(-one.high, -one.low, one.tone, one.count) for one in reversed(low)]
    if noughts:
        classes.append(ColourClass(0.0, 0.0, "nought", len(noughts)))
    return classes + _side(above, "up", most)


def _is_below(value: float) -> bool:
    return value < 0


def _is_nought(value: float) -> bool:
    return value == 0


def _is_above(value: float) -> bool:
    return value > 0


def _side(found: Sequence[float], word: str, most: int) -> list[ColourClass]:
    """Classes of values in order, the strongest tone for the largest whatever their number."""
    cuts = _cuts(found, most)
    groups: list[list[float]] = [[] for _ in range(len(cuts) + 1)]
    for value in found:
        groups[bisect_right(cuts, value)].append(value)
    filled = [group for group in groups if group]
    tones = _tones(len(filled), most)
    return [
        ColourClass(group[0], group[-1], f"{word}-{tone}", len(group))
        for group, tone in zip(filled, tones, strict=True)
    ]


def _tones(count: int, most: int) -> list[int]:
    """Spread over the scale: one class alone is in its middle, two are its ends but the palest."""
    if count <= 1:
        return [(most + 1) // 2] * count
    return [round(1 + (most - 1) * at / (count - 1)) for at in range(count)]


def _cuts(found: Sequence[float], most: int) -> list[float]:
    """Where one class ends and the next begins: each value for itself while there are few, else by shares."""
    distinct = sorted(set(found))
    if len(distinct) <= most:
        return distinct[1:]
    places = [found[int(len(found) * share)] for share in _SHARES[most]]
    cuts = sorted({_rounded(place) for place in places})
    inside = [cut for cut in cuts if distinct[0] < cut <= distinct[-1]]
    return inside or [distinct[len(distinct) // 2]]


def _rounded(value: float) -> float:
    """To two figures: 12,345 becomes 12,000."""
    if value == 0:
        return 0.0
    power = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    return round(value / power) * power
