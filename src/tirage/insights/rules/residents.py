"""How many people live in an area, where that is known. Pure."""

from __future__ import annotations

from functools import cache

from tirage.insights.rules.areas import AreaKind
from tirage.places import STATES, StateKind, population_of


def residents_of(kind: AreaKind, key: str) -> int | None:
    """Residents at the census of 2020; None where the tables don't say."""
    if kind is AreaKind.STATE:
        return population_of(key)
    if kind is AreaKind.COUNTRY and key == "US":
        return _of_the_country()
    return None


@cache
def _of_the_country() -> int:
    counted = (population_of(code) for code, state in STATES.items() if state.kind is not StateKind.TERRITORY)
    return sum(count or 0 for count in counted)
