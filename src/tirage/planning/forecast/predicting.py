"""From what was learnt to pieces: draws of what each planned cell will take, and bands read off them.

A draw takes effects from what the fit leaves open, new effects for what was never seen (the coming release above all),
and then people: who comes is chance, too. Everything that cells share is drawn once, so that bands of sums are true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tirage.planning.forecast.cells import Cell
from tirage.planning.forecast.fitting import Fit, lumps

if TYPE_CHECKING:
    import numpy as np

DRAWS = 2_000
SEED = 1_855
#: The share of outcomes that a band is meant to hold.
BAND = 0.8
#: How much what one person takes of one wine goes with what the same person takes of another: who comes takes several.
TOGETHER = 0.4


@dataclass(frozen=True, slots=True)
class Band:
    """A number with its 80 % band: one outcome in ten lies below ``low``, one in ten above ``high``, unless the number
    itself does.
    """

    expected: float
    low: float
    high: float


def band_of(draws: np.ndarray) -> Band:
    """The band of one quantity's draws."""
    import numpy as np

    low, high = np.quantile(draws, [(1 - BAND) / 2, (1 + BAND) / 2])
    expected = float(draws.mean())
    return Band(expected, min(float(low), expected), max(float(high), expected))


@dataclass(frozen=True, slots=True)
class Prediction:
    """``rates`` and ``pieces`` are draws × planned cells, in the order of ``cells``: what the rate may be, and what is
    taken at it.
    """

    cells: tuple[Cell, ...]
    rates: np.ndarray
    pieces: np.ndarray

    def band(self, places: Sequence[int]) -> Band:
        """Pieces of these cells together."""
        return band_of(self.pieces[:, list(places)].sum(axis=1))

    def rate(self, place: int) -> Band:
        """Taken ÷ entitled of one cell, with who happens to come."""
        return band_of(self.pieces[:, place] / max(self.cells[place].entitled, 1))


def predict(fit: Fit, planned: Sequence[Cell], *, draws: int = DRAWS, seed: int = SEED) -> Prediction:
    """What the ``planned`` cells, the last of the fit's design, will take. The same seed gives the same draws."""
    import numpy as np

    chance = np.random.default_rng(seed)
    rates = _rates(fit, len(planned), draws, chance)
    entitled = np.array([cell.entitled for cell in planned], dtype=float)
    each = np.array([cell.each for cell in planned])
    noise = _together(planned, draws, chance)
    # On the scale of the arc sine a share varies alike wherever it lies, and never leaves 0 to 1.
    spread = np.sqrt(lumps(each, fit.alike) / (4 * np.maximum(entitled, 1)))
    angles = np.clip(np.arcsin(np.sqrt(rates)) + noise * spread, 0, np.pi / 2)
    return Prediction(tuple(planned), rates, np.rint(np.sin(angles) ** 2 * entitled))


def _rates(fit: Fit, planned: int, draws: int, chance: np.random.Generator) -> np.ndarray:
    import numpy as np

    matrix = fit.design.matrix[len(fit.design.matrix) - planned :]
    seen = fit.design.seen
    root = np.linalg.cholesky(fit.covariance[np.ix_(seen, seen)]) if seen.any() else np.zeros((0, 0))
    effects = np.empty((draws, len(fit.effects)))
    effects[:, seen] = fit.effects[seen] + chance.standard_normal((draws, int(seen.sum()))) @ root.T
    for column in np.flatnonzero(~seen):
        effects[:, column] = fit.effects[column] + np.sqrt(fit.covariance[column, column]) * (
            chance.standard_normal(draws)
        )
    # A spread that few releases taught is itself unsure: what is new varies by Student's distribution.
    for place, span in enumerate(fit.design.spans):
        new = np.zeros(len(seen), dtype=bool)
        new[span] = ~seen[span]
        effects[:, new] *= _unsure(fit.freedoms[place], draws, chance)
    cells = fit.spreads[-1] * _unsure(fit.freedoms[-1], draws, chance)
    line = effects @ matrix.T + cells * chance.standard_normal((draws, planned))
    found: np.ndarray = 1 / (1 + np.exp(-line))
    return found


def _unsure(freedom: float, draws: int, chance: np.random.Generator) -> np.ndarray:
    import numpy as np

    found: np.ndarray = np.sqrt(freedom / chance.chisquare(freedom, (draws, 1)))
    return found


def _together(planned: Sequence[Cell], draws: int, chance: np.random.Generator) -> np.ndarray:
    """Standard normal chance of each cell, shared in part by the wines of one group."""
    import numpy as np

    groups = {group: place for place, group in enumerate(dict.fromkeys(cell.group for cell in planned))}
    shared = chance.standard_normal((draws, len(groups)))[:, [groups[cell.group] for cell in planned]]
    own = chance.standard_normal((draws, len(planned)))
    found: np.ndarray = np.sqrt(TOGETHER) * shared + np.sqrt(1 - TOGETHER) * own
    return found
