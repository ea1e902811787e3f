"""Learning take rates from what was taken: a logistic model that pulls factors to their mean where history is thin.

The log odds of a cell's rate are a constant, slopes of the price step and of the maximum, and an effect of each level
of each factor (``factors``). Effects of one factor come from a normal distribution around 0 whose spread is learnt with
them (empirical Bayes), so that a group × wine seen once is mostly its group's and its wine's, and one seen ten times
its own. Found by penalised quasi-likelihood (Breslow and Clayton, Approximate inference in generalized linear mixed
models, 1993): least squares on the working response, and spreads by expectation and maximisation, in turn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tirage.planning.forecast.cells import Cell, Taken
from tirage.planning.forecast.factors import (
    BELIEF,
    CELL_SPREAD,
    FACTORS,
    SLOPES,
    START_RATE,
    START_SPREAD,
    Design,
    lay_out,
)

if TYPE_CHECKING:
    import numpy as np

_ROUNDS = 60
#: Rates are kept off the ends, where log odds are infinite.
_EDGE = 0.002
#: No factor spreads further, and no rate counts as more extreme: one strange wine must not make all uncertain.
_MOST_SPREAD, _EXTREME = 0.8, 0.02
#: How alike the pieces of one person are before anybody was seen, and how many people that weighs as much as.
_ALIKE, _ALIKE_PEOPLE = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Effects of the columns of ``design`` with their covariance; ``spreads`` of each factor and, last, of cells.

    ``freedoms`` are how many levels each spread rests on, belief included. ``alike`` is how much pieces of one person
    go together: 0 when each is taken for itself, 1 when everybody takes all or nothing.
    """

    design: Design
    effects: np.ndarray
    covariance: np.ndarray
    spreads: np.ndarray
    freedoms: np.ndarray
    alike: float


def learn(history: Sequence[Taken], planned: Sequence[Cell]) -> Fit:
    """The model of ``history``, with a place in its design for each of the ``planned`` cells, after those of history.

    Cells that entitled nobody to anything say nothing and have no place.
    """
    import numpy as np

    told = [one for one in history if one.cell.entitled > 0]
    design = lay_out([*(one.cell for one in told), *planned], len(told))
    alike = _alike(told)
    start = np.zeros(design.matrix.shape[1])
    start[0] = math.log(START_RATE / (1 - START_RATE))
    start[1 : 1 + len(SLOPES)] = [slope.mean for slope in SLOPES]
    believed = np.array([*(factor.spread for factor in FACTORS), CELL_SPREAD])
    levels = np.array([*(int(design.seen[span].sum()) for span in design.spans), len(told)])
    known = _Known(told, design.matrix[: len(told)], alike)
    spreads, effects = believed.copy(), start.copy()
    covariance = np.diag(1 / _pulls(design, spreads))
    for _ in range(_ROUNDS if told else 0):
        response, variance = known.response(effects, spreads[-1])
        weights = 1 / (variance + spreads[-1] ** 2)
        pulls = _pulls(design, spreads)
        weighed = known.matrix * weights[:, None]
        covariance = np.linalg.inv(known.matrix.T @ weighed + np.diag(pulls))
        effects = covariance @ (weighed.T @ response + pulls * start)
        before = spreads
        spreads = _spreads(
            design, effects, covariance, known.matrix, response, variance, before, believed, levels
        )
        if np.abs(spreads - before).max() < 1e-3:
            break
    return Fit(design, effects, covariance, spreads, levels + BELIEF, alike)


class _Known:
    """The history as arrays."""

    def __init__(self, told: Sequence[Taken], matrix: np.ndarray, alike: float) -> None:
        import numpy as np

        self.matrix = matrix
        self.gone = np.array([one.gone for one in told], dtype=bool)
        each = np.array([one.cell.each for one in told])
        self.pieces = np.array([one.cell.entitled for one in told]) / lumps(each, alike)
        # Half a person more who took all, and half who took nothing: a rate of 0 or 1 isn't certain.
        rates = np.clip([one.rate for one in told], _EXTREME, 1 - _EXTREME)
        self.rate = (rates * self.pieces + 0.5) / (self.pieces + 1)

    def response(self, effects: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
        """The working response of each cell, and its variance from who happens to take what."""
        import numpy as np

        line = self.matrix @ effects
        rate = np.clip(1 / (1 + np.exp(-line)), _EDGE, 1 - _EDGE)
        slope = rate * (1 - rate)
        variance = 1 / (self.pieces * slope)
        response = line + np.clip((self.rate - rate) / slope, -4, 4)
        # What ran out is put where it may have been, and weighs the less the further that is from what was seen.
        meant = np.where(self.gone, _at_least(response, line, np.sqrt(variance + spread**2)), response)
        return meant, variance + (meant - response) ** 2


def lumps(each: np.ndarray, alike: float) -> np.ndarray:
    """How many times more the pieces of a cell vary than if each were taken for itself (beta-binomial)."""
    import numpy as np

    found: np.ndarray = 1 + alike * np.maximum(each - 1, 0)
    return found


def _at_least(seen: np.ndarray, line: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The mean of what lies beyond ``seen`` when it varies around ``line``: for wines that ran out."""
    import numpy as np
    from scipy.special import log_ndtr

    beyond = (seen - line) / spread
    hazard = np.exp(-(beyond**2) / 2 - 0.5 * math.log(2 * math.pi) - log_ndtr(-beyond))
    found: np.ndarray = np.maximum(line + spread * hazard, seen)
    return found


def _alike(told: Sequence[Taken]) -> float:
    """From the squares of what people took: how far they vary beyond pieces taken each for itself."""
    each_for_itself = beyond = seen = 0.0
    for one in told:
        people, each, rate = one.cell.people, one.cell.each, one.rate
        if people < 2 or each <= 1:
            continue
        plain = (people - 1) * each * rate * (1 - rate)
        seen += one.squares - one.taken**2 / people
        each_for_itself += plain
        beyond += plain * (each - 1)
    belief = _ALIKE_PEOPLE * 0.25
    found = (seen - each_for_itself + _ALIKE * belief) / (beyond + belief)
    return min(max(found, 0.0), 1.0)


def _pulls(design: Design, spreads: np.ndarray) -> np.ndarray:
    """How strongly each column is held to where it starts: one by its variance."""
    import numpy as np

    pulls = np.empty(design.matrix.shape[1])
    pulls[0] = START_SPREAD**-2
    pulls[1 : 1 + len(SLOPES)] = [slope.spread**-2 for slope in SLOPES]
    for span, spread in zip(design.spans, spreads, strict=False):
        pulls[span] = spread**-2
    return pulls


def _spreads(
    design: Design,
    effects: np.ndarray,
    covariance: np.ndarray,
    matrix: np.ndarray,
    response: np.ndarray,
    variance: np.ndarray,
    before: np.ndarray,
    believed: np.ndarray,
    levels: np.ndarray,
) -> np.ndarray:
    """Each factor's spread given its effects, and the cells' given what the factors leave of them."""
    import numpy as np

    sums = np.empty(len(before))
    squares = effects**2 + np.diag(covariance)
    for place, span in enumerate(design.spans):
        sums[place] = squares[span][design.seen[span]].sum()
    share = before[-1] ** 2 / (before[-1] ** 2 + variance)
    left = response - matrix @ effects
    unsure = np.einsum("ij,jk,ik->i", matrix, covariance, matrix)
    sums[-1] = ((share * left) ** 2 + share * variance + share**2 * unsure).sum()
    found: np.ndarray = np.minimum(np.sqrt((sums + BELIEF * believed**2) / (levels + BELIEF)), _MOST_SPREAD)
    return found
