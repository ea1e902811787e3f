"""A plan lived through many times, portion by portion, so that memory stays small and whoever waits sees it move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tirage.planning.simulation.crowd import gather_crowd
from tirage.planning.simulation.draws import Dice, draw_visits
from tirage.planning.simulation.engine import play
from tirage.planning.simulation.plan import Plan
from tirage.planning.simulation.tallies import Tally, count, joined

#: Days × people × wines of a portion: each costs about seven bytes while it lasts. It is part of what a seed gives.
PORTION = 40_000_000
_MOST_DAYS = 500


def portion_of(plan: Plan) -> int:
    """How many days of the plan are lived at once, at most."""
    return max(1, min(_MOST_DAYS, PORTION // max(plan.people * len(plan.wines), 1)))


def simulate_portions(plan: Plan, *, days: int, seed: int) -> Iterator[Tally]:
    """So many days, a portion at a time; the same seed gives the same days."""
    crowd = gather_crowd(plan)
    stock = np.array([wine.stock for wine in plan.wines], np.int64)
    # Portions of about the same size: one of a few days takes as many steps as one of hundreds.
    size = -(-days // -(-days // portion_of(plan))) if days else 1
    for portion, first in enumerate(range(0, days, size)):
        visits = draw_visits(plan, crowd, Dice(seed, portion), min(size, days - first))
        yield count(plan, crowd, visits, play(crowd, stock, plan.cart, visits))


def simulate(plan: Plan, *, days: int, seed: int) -> Tally:
    """So many days of the plan."""
    return joined(list(simulate_portions(plan, days=days, seed=seed)))
