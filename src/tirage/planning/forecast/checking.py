"""Whether bands keep what they say: each past release forecast from those before it, and compared with what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tirage.planning.forecast.cells import Taken
from tirage.planning.forecast.fitting import learn
from tirage.planning.forecast.predicting import Band, predict


@dataclass(frozen=True, slots=True)
class Tried:
    """A cell of the past beside the band that the releases before it give."""

    outcome: Taken
    band: Band

    @property
    def is_inside(self) -> bool:
        return self.band.low <= self.outcome.taken <= self.band.high


def try_on_past(releases: Sequence[Sequence[Taken]]) -> list[Tried]:
    """Every outcome of each release but the first, forecast from the releases before; ``releases`` by time.

    Wines that ran out are left out: what would have been taken is not known.
    """
    found = []
    for place in range(1, len(releases)):
        before = [one for release in releases[:place] for one in release]
        asked = [one for one in releases[place] if one.cell.entitled and not one.gone]
        cells = [one.cell for one in asked]
        if not cells:
            continue
        prediction = predict(learn(before, cells), cells)
        found += [Tried(one, prediction.band([at])) for at, one in enumerate(asked)]
    return found


def cover(tried: Sequence[Tried]) -> float:
    """The share of outcomes inside their bands, 0 to 1; 0 of none."""
    return sum(one.is_inside for one in tried) / len(tried) if tried else 0.0
