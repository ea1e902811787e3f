"""Towns and ZIPs of the United States that what somebody is typing may become, from the shipped table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tirage.places.states import STATES
from tirage.places.us import cities_like, zips_like, zips_of_city

#: More would be a list to search in.
MOST_OFFERED = 8
#: A single letter is half of the country.
_SHORTEST = 2
#: Towns that begin so in all states, of which those of one are chosen.
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """``words`` say all that is taken over by it; the ZIP is empty for a town as a whole."""

    words: str
    city: str
    state: str
    postal_code: str = ""


@lru_cache(maxsize=1_000)
def towns_that_begin(text: str, state: str = "") -> tuple[Offered, ...]:
    """Those whose names begin so, the ones with most ZIPs first; of one state where it is told."""
    if len(text.strip()) < _SHORTEST:
        return ()
    found = cities_like(text, _LOOKED_AT)
    here = [(city, at) for city, at in found if state in ("", at)]
    return tuple(
        Offered(f"{city}, {STATES[at].name}", city, at) for city, at in (here or found)[:MOST_OFFERED]
    )


@lru_cache(maxsize=1_000)
def zips_that_begin(digits: str, city: str = "", state: str = "") -> tuple[Offered, ...]:
    """The ZIPs that begin so, those of the town where one is told; with no digits those of the town alone."""
    own = zips_of_city(city, state if state in STATES else "") if city.strip() else []
    found = [place for place in own if place.zip.startswith(digits)]
    if not found and len(digits) >= _SHORTEST:
        found = zips_like(digits, MOST_OFFERED)
    return tuple(
        Offered(f"{one.zip} {one.city}, {STATES[one.state].name}", one.city, one.state, one.zip)
        for one in found[:MOST_OFFERED]
    )
