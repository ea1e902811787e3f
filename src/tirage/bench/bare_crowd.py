"""The bare view under the shop's crowd: the same requests at once, the same wines wanted, the same measuring."""

from __future__ import annotations

import random
from typing import Any

from tirage.bench.load import WIDE_GROUPS, WINES_AN_OFFER
from tirage.bench.measure import measured
from tirage.bench.processes import Crowd

#: So many bare journeys for each of the shop's, and at least so many: one is short, and the kernel counts a process's
#: time in hundredths of a second.
TIMES_AS_MANY, LEAST = 3, 200


def bare_count(journeys: int) -> int:
    """Bare journeys beside so many of the shop's."""
    return max(TIMES_AS_MANY * journeys, LEAST)


def bare_people(count: int) -> dict[str, list[dict[str, int]]]:
    """Who takes which two wines of which offer, by scenario, as in the shop: *hot* the same two of one, *wide* any of
    forty offers' own. Wines are numbers of the limit's stock, from 1.
    """
    chance = random.Random(count)  # noqa: S311  # the same choices each time, no secret
    hot = [_person(number, 0, (0, 1)) for number in range(count)]
    wide = [
        _person(number, number % WIDE_GROUPS, chance.sample(range(WINES_AN_OFFER), 2))
        for number in range(count)
    ]
    return {"hot": hot, "wide": wide}


def _person(number: int, offer: int, positions: tuple[int, int] | list[int]) -> dict[str, int]:
    first = offer * WINES_AN_OFFER + 1
    one, two = sorted(first + position for position in positions)
    return {"holder": number, "first": first, "last": first + WINES_AN_OFFER - 1, "one": one, "two": two}


def measure_bare(
    crowd: Crowd, scenario: str, *, server: int, postmaster: int, warm_up: int, count: int
) -> dict[str, float]:
    """Journeys a second and processor ms a journey of so many after those who warm up, by the report's names."""
    crowd.tell_all(scenario, "bare", 0, warm_up)
    with measured(server, postmaster) as spent:
        done = crowd.tell_all(scenario, "bare", warm_up, warm_up + count)
    journeys = len(done["times"])
    return {
        "bare_per_s": round(journeys / done["seconds"], 2),
        "bare_ms": spent.ms_each(spent.all, journeys),
        "bare_ms_application": spent.ms_each(spent.application, journeys),
        "bare_ms_postgresql": spent.ms_each(spent.postgresql, journeys),
    }


def compare_with_bare(shop: dict[str, Any], bare: dict[str, float]) -> dict[str, float]:
    """The shop's figures as multiples of the bare view's: processor time (1 is as little), journeys (1 is as many)."""
    return {
        "times_bare": round(shop["cpu_ms_per_journey"] / bare["bare_ms"], 2),
        "of_bare": round(shop["journeys_per_s"] / bare["bare_per_s"], 3),
    }
