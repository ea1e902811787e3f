"""When people come to an offer, whatever its window: by the hours after it opened and before it closes. Pure.

Orders of past releases say it, on a scale that fits every window: 0 to 1 are the hours of the first day, 1 to 2 the
days between, 2 to 3 the hours of the last day. In windows shorter than three days each part is a third.
"""

from __future__ import annotations

from collections.abc import Sequence

from tirage.planning.simulation.plan import DAY

#: Quantiles that a curve is kept as.
POINTS = 65
#: Fewer orders than this say nothing about when people come.
ENOUGH = 60


def _usual() -> tuple[float, ...]:
    """Where nothing is known: two in five within the first hour, three in five on the first day, one in eight on the
    last. (share of people, place on the scale)
    """
    known = [(0.0, 0.0), (0.16, 0.2 / 24), (0.30, 0.5 / 24), (0.40, 1 / 24), (0.48, 3 / 24), (0.55, 8 / 24)]
    known += [(0.62, 1.0), (0.74, 1.3), (0.82, 1.65), (0.88, 2.0), (0.92, 2.5), (0.97, 2.85), (1.0, 3.0)]
    return _quantiles(known)


def _quantiles(known: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(
        interpolate(number / (POINTS - 1), [share for share, _ in known], [place for _, place in known])
        for number in range(POINTS)
    )


def interpolate(value: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """The height at ``value`` of the line through the points; flat outside of them.

    >>> interpolate(1.5, [1, 2], [10, 20])
    15.0
    """
    if value <= xs[0]:
        return float(ys[0])
    for left, right, low, high in zip(xs, xs[1:], ys, ys[1:], strict=False):
        if value <= right:
            return float(high) if right == left else low + (high - low) * (value - left) / (right - left)
    return float(ys[-1])


def _joints(opens: int, closes: int) -> list[float]:
    """The four moments that 0, 1, 2 and 3 stand for."""
    edge = min(DAY, (closes - opens) / 3)
    return [opens, opens + edge, closes - edge, closes]


def place_of(moment: int, *, opens: int, closes: int) -> float:
    """Where a moment of a window lies on the scale."""
    return interpolate(moment, _joints(opens, closes), [0, 1, 2, 3])


def moment_of(place: float, *, opens: int, closes: int) -> float:
    """The moment of a window that a place on the scale stands for."""
    return interpolate(place, [0, 1, 2, 3], _joints(opens, closes))


def curve_of(places: Sequence[float]) -> tuple[float, ...]:
    """The curve of people who came at these places on the scale; the usual one when they are too few."""
    if len(places) < ENOUGH:
        return USUAL
    known = sorted(places)
    last = len(known) - 1
    inner = [(number / last, place) for number, place in enumerate(known)]
    return _quantiles(inner)


def come_by(curve: Sequence[float], place: float) -> float:
    """The share of those who come that has come by a place on the scale."""
    return interpolate(place, list(curve), [number / (len(curve) - 1) for number in range(len(curve))])


USUAL = _usual()
