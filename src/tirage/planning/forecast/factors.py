"""What a take rate depends on: the factors of the model, how far each is believed to move it before anything is known.

Spreads are standard deviations on the scale of log odds: 0.25 moves a rate of 50 % to 44 or 56 %. They are what a
winery without a history starts from; ``BELIEF`` is how many observed levels they weigh as much as.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tirage.planning.forecast.cells import Cell

if TYPE_CHECKING:
    import numpy as np

BELIEF = 4.0
#: The rate of a winery about which nothing is known, and how unsure that is.
START_RATE, START_SPREAD = 0.4, 0.8


@dataclass(frozen=True, slots=True)
class Factor:
    """Levels that share one spread: each cell has the level ``of`` it."""

    name: str
    spread: float
    of: Callable[[Cell], Hashable]


@dataclass(frozen=True, slots=True)
class Slope:
    """A measure of a cell whose effect is ``mean`` a unit, give or take ``spread``, until history says otherwise."""

    name: str
    mean: float
    spread: float
    of: Callable[[Cell], float]


def price_step(cell: Cell) -> float:
    """The logarithm of the price by the price before; 0 for what was never offered or cost nothing."""
    if not cell.price_before or not cell.price_minor:
        return 0.0
    return max(-1.0, min(1.0, math.log(cell.price_minor / cell.price_before)))


def size_of_maximum(cell: Cell) -> float:
    """How much one person may take, as doublings of three pieces."""
    return math.log2(max(cell.each, 0.5) / 3)


#: From the coarse to the fine: what a cell has no history for, it has from those above.
FACTORS = (
    Factor("group", 0.6, lambda cell: cell.group),
    Factor("wine", 0.5, lambda cell: cell.wine),
    Factor("group and wine", 0.2, lambda cell: (cell.group, cell.wine)),
    Factor("format", 0.4, lambda cell: (cell.millilitres, cell.units)),
    Factor("vintage", 0.15, lambda cell: (cell.wine, cell.vintage)),
    Factor("release", 0.18, lambda cell: cell.release),
    Factor("group in a release", 0.1, lambda cell: (cell.group, cell.release)),
)
SLOPES = (
    Slope("price step", -1.5, 1.5, price_step),
    Slope("maximum", -0.4, 0.3, size_of_maximum),
)
#: What is left of a cell when all factors are known.
CELL_SPREAD = 0.1


@dataclass(frozen=True, slots=True)
class Design:
    """The matrix of cells × columns: the constant, the slopes, then the levels of each factor.

    ``spans`` are the columns of each factor, ``seen`` the columns that a cell of the history has.
    """

    matrix: np.ndarray
    spans: tuple[slice, ...]
    seen: np.ndarray


def lay_out(cells: Sequence[Cell], known: int) -> Design:
    """The design of ``cells``, of which the first ``known`` are history."""
    import numpy as np

    columns: list[dict[Hashable, int]] = []
    at = 1 + len(SLOPES)
    spans = []
    for factor in FACTORS:
        levels = {level: at + place for place, level in enumerate(dict.fromkeys(map(factor.of, cells)))}
        columns.append(levels)
        spans.append(slice(at, at + len(levels)))
        at += len(levels)
    matrix = np.zeros((len(cells), at))
    matrix[:, 0] = 1.0
    for place, slope in enumerate(SLOPES, start=1):
        matrix[:, place] = [slope.of(cell) for cell in cells]
    rows = np.arange(len(cells))
    for factor, levels in zip(FACTORS, columns, strict=True):
        matrix[rows, [levels[factor.of(cell)] for cell in cells]] = 1.0
    return Design(matrix, tuple(spans), np.any(matrix[:known] != 0, axis=0))
