"""What a rehearsal comes to, in medians, bands and chances, as plain numbers that are kept as JSON.

A band is (low, middle, high): a tenth of the days were below it, half below the middle, a tenth above. Chances and
shares are 0 to 1, moments milliseconds since the plan's origin, amounts minor units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tirage.planning.simulation.plan import Plan
from tirage.planning.simulation.tallies import Tally

_BAND = (0.1, 0.5, 0.9)


def figures_of(plan: Plan, tally: Tally) -> dict[str, Any]:
    """All that a page shows of a rehearsal."""
    return {
        "days": len(tally.came),
        "wines": [_wine(plan, tally, place) for place in range(len(plan.wines))],
        "groups": [_group(plan, tally, place) for place in range(len(plan.groups))],
        "money": _band(tally.spent.sum(axis=1)),
        "money_by_day": _by_day(plan, tally),
        "carts": {
            name: _band(getattr(tally, name)) for name in ("carts", "orders", "lapsed", "came_back", "lost")
        },
    }


def _band(values: NDArray[Any]) -> list[int]:
    return [round(float(value)) for value in np.quantile(values, _BAND)]


def _share(part: NDArray[Any], whole: NDArray[Any]) -> float:
    total = float(whole.sum())
    return round(float(part.sum()) / total, 4) if total else 0.0


def _wine(plan: Plan, tally: Tally, place: int) -> dict[str, Any]:
    wine = plan.wines[place]
    gone_at = tally.gone_at[:, place]
    gone = gone_at[gone_at >= 0]
    sold = np.concatenate(
        [np.zeros((len(gone_at), 1)), np.cumsum(tally.by_span[:, :, place], axis=1)], axis=1
    )
    left = np.quantile(wine.stock - sold, _BAND, axis=0).round().astype(int)
    return {
        "sku": wine.sku,
        "name": wine.name,
        "stock": wine.stock,
        "sold": _band(tally.sold[:, :, place].sum(axis=1)),
        "wanted": _band(tally.wanted[:, :, place].sum(axis=1)),
        "sells_out": round(len(gone) / len(gone_at), 4),
        "gone_at": _band(gone) if gone.size else None,
        "left": left.T.tolist(),
    }


def _group(plan: Plan, tally: Tally, place: int) -> dict[str, Any]:
    group = plan.groups[place]
    came = tally.came[:, place]
    return {
        "group": group.group,
        "name": group.name,
        "people": group.people,
        "came": _band(came),
        "sold": _band(tally.sold[:, place].sum(axis=1)),
        "met_gone": _share(tally.met_gone[:, place], came),
        "met_short": _share(tally.met_short[:, place], came),
        "nobody_gone": round(float((tally.met_gone[:, place] == 0).mean()), 4),
        "nobody_short": round(float((tally.met_short[:, place] == 0).mean()), 4),
        "gone": [_share(tally.gone[:, place, wine], came) for wine in range(len(plan.wines))],
    }


def _by_day(plan: Plan, tally: Tally) -> list[list[int]]:
    """The band of each of the winery's days, the first one's part after the opening included."""
    day = np.searchsorted(plan.midnights, plan.edges[:-1], side="right")
    days = int(day.max(initial=0)) + 1
    sums = np.stack([tally.spent[:, day == number].sum(axis=1) for number in range(days)], axis=1)
    return [_band(sums[:, number]) for number in range(days)]
