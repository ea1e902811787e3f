"""Where to go: areas by what a customer is worth there and how little of it is given back. Pure.

After the rule of thumb that a visit pays where the average customer value is high or growing and the refund ratio is
low already. Both are compared with everybody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tirage.insights.rules.areas import ELSEWHERE, AreaFigures, AreaKind, add_up
from tirage.insights.rules.metrics import METRICS, Metric, figure_of

#: An area is judged from so many customers who bought on.
FEWEST = METRICS[Metric.AVERAGE_VALUE].guard


class Quadrant(StrEnum):
    GO = "go"
    MEND = "mend"
    WIN = "win"
    WAIT = "wait"


QUADRANT_WORDS = {
    Quadrant.GO: "Go there",
    Quadrant.MEND: "Worth much, but much comes back",
    Quadrant.WIN: "Content, and could buy more",
    Quadrant.WAIT: "Not now",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An area on the plot. ``height`` is the average customer value in minor units, or its growth (0.25 is 25 %);
    ``extra_minor`` is what its customers bought beyond as many of the average.
    """

    area: AreaFigures
    height: float
    ratio: float
    value_minor: float
    growth: float | None
    quadrant: Quadrant
    extra_minor: float


@dataclass(frozen=True, slots=True)
class Plot:
    """``height`` and ``ratio`` are everybody's: the lines that part the quadrants. ``few``: areas not judged."""

    placed: tuple[Placed, ...]
    height: float
    ratio: float
    value_minor: float
    few: int

    @property
    def go(self) -> list[Placed]:
        """Where to go, the most extra first."""
        found = [one for one in self.placed if one.quadrant is Quadrant.GO]
        return sorted(found, key=lambda one: (-one.extra_minor, one.area.name))


def plot_of(areas: Sequence[AreaFigures], *, by_growth: bool = False) -> Plot:
    """Every area with customers enough; without a refund nothing was given back."""
    whole = AreaFigures(AreaKind.COUNTRY, "", "", add_up(one.sums for one in areas))
    value, ratio = _value(whole), _ratio(whole)
    height = (_growth(whole) or 0.0) if by_growth else value
    judged = [one for one in areas if one.key != ELSEWHERE and one.sums.active >= FEWEST]
    placed = list(_each(judged, value=value, height=height, ratio=ratio, by_growth=by_growth))
    known = sum(one.key != ELSEWHERE and one.sums.active > 0 for one in areas)
    return Plot(tuple(placed), height, ratio, value, known - len(placed))


def _each(
    areas: Iterable[AreaFigures], *, value: float, height: float, ratio: float, by_growth: bool
) -> Iterable[Placed]:
    for area in areas:
        mine, growth = _value(area), _growth(area)
        if by_growth and growth is None:
            continue
        stands = growth if by_growth and growth is not None else mine
        extra = (mine - value) * area.sums.active
        yield Placed(
            area,
            stands,
            _ratio(area),
            mine,
            growth,
            quadrant_of(stands >= height, _ratio(area) <= ratio),
            extra,
        )


def quadrant_of(is_high: bool, is_kept: bool) -> Quadrant:
    if is_high:
        return Quadrant.GO if is_kept else Quadrant.MEND
    return Quadrant.WIN if is_kept else Quadrant.WAIT


def _value(area: AreaFigures) -> float:
    return figure_of(Metric.AVERAGE_VALUE, area).value or 0.0


def _ratio(area: AreaFigures) -> float:
    return figure_of(Metric.REFUND_RATIO, area).value or 0.0


def _growth(area: AreaFigures) -> float | None:
    """Of areas with enough customers in both periods."""
    figure = figure_of(Metric.AVERAGE_GROWTH, area)
    return figure.value if figure.is_enough else None
