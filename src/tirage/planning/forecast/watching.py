"""While an offer is open: what was taken so far narrows what was expected, of this wine and of all that go with it.

So many pieces were taken when, in past offers, such a share of orders had come: the draws are moved to where both agree
(an ensemble Kalman update of the logarithms of pieces), and wines that vary together move together, also those of
groups whose turn is still to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tirage.planning.forecast.fitting import lumps
from tirage.planning.forecast.predicting import SEED, Prediction

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class SoFar:
    """What is known of a cell by now: pieces ``taken`` by ``share`` of those who come at all, give or take ``spread``.

    A share of 0 has not begun, of 1 is over.
    """

    taken: int
    share: float
    spread: float = 0.0


#: The least that is open of a share, so that nothing is divided by nought.
_SHARE_AT_LEAST = 0.02


def share_so_far(seen: Sequence[tuple[int, int]], elapsed: float) -> tuple[float, float]:
    """Which share of orders comes by now, and its spread, from (early, all) of past offers.

    Without a past it is guessed from how much of the window has ``elapsed``, 0 to 1: the first hours bring the most.
    """
    guess, unsure = elapsed**0.35, 0.15
    shares = [early / orders for early, orders in seen if orders]
    if not shares:
        return guess, unsure
    weight = 1.0
    mean = (weight * guess + sum(shares)) / (weight + len(shares))
    squares = weight * unsure**2 + sum((share - mean) ** 2 for share in shares)
    return min(max(mean, _SHARE_AT_LEAST), 1.0), max((squares / (weight + len(shares))) ** 0.5, 0.02)


def narrow(prediction: Prediction, known: Sequence[SoFar], alike: float, *, seed: int = SEED) -> Prediction:
    """The prediction given what each of its cells has taken so far; never less than that, never beyond entitled."""
    import numpy as np

    chance = np.random.default_rng(seed)
    taken = np.array([one.taken for one in known], dtype=float)
    entitled = np.array([cell.entitled for cell in prediction.cells], dtype=float)
    running = np.array([_SHARE_AT_LEAST <= one.share < 1 for one in known])
    over = np.array([one.share >= 1 for one in known])
    pieces = prediction.pieces.copy()
    if running.any():
        logs = np.log(pieces + 0.5)
        seen = _as_seen(prediction, known, alike, running, logs, chance)
        told = np.log(taken[running] + 0.5)
        gain = _gain(logs, seen)
        pieces = np.rint(np.exp(logs + (told - seen) @ gain.T) - 0.5)
    pieces = np.clip(pieces, taken, np.maximum(entitled, taken))
    pieces[:, over] = taken[over]
    return replace(prediction, pieces=pieces)


def _as_seen(
    prediction: Prediction,
    known: Sequence[SoFar],
    alike: float,
    running: np.ndarray,
    logs: np.ndarray,
    chance: np.random.Generator,
) -> np.ndarray:
    """What each draw would show by now of the running cells, as logarithms."""
    import numpy as np

    groups = [cell.group for cell in prediction.cells]
    shared = {group: chance.standard_normal(len(logs)) for group in dict.fromkeys(groups)}
    each = np.array([cell.each for cell in prediction.cells])
    found = []
    for place in map(int, np.flatnonzero(running)):
        one = known[place]
        share = np.clip(one.share + one.spread * shared[groups[place]], _SHARE_AT_LEAST, 1.0)
        expected = np.exp(logs[:, place]) * share
        wobble = np.sqrt(
            lumps(each[place : place + 1], alike) * np.maximum(1 - share, 0.02) / (expected + 0.5)
        )
        found.append(np.log(expected + 0.5) + wobble * chance.standard_normal(len(logs)))
    return np.stack(found, axis=1)


def _gain(state: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How far each cell moves for what is seen of each running one: their covariance by the variance of the seen."""
    import numpy as np

    away, off = state - state.mean(axis=0), seen - seen.mean(axis=0)
    both = off.T @ off / len(off)
    both[np.diag_indices_from(both)] += 1e-6
    found: np.ndarray = np.linalg.solve(both, off.T @ away / len(off)).T
    return found
