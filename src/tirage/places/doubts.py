"""What in an address may be a slip, and how it could be meant: said to the person, who decides. Nothing is corrected.

In the United States by the table of ZIPs, elsewhere by how postal codes begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from tirage.places.countries import find_country, regions, states_of_postal_code
from tirage.places.sameness import town_key
from tirage.places.states import STATES, StateKind
from tirage.places.us import ZipPlace, find_zip, miles_between, zips_of_city

#: A town so far from the ZIP isn't one that letters of that ZIP are also written to.
FAR_MILES = 25
#: How alike two names are of which one is the other, mistyped.
_ALIKE = 0.8
#: More would be a list to search in, and no suggestion.
MOST = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``changes`` by column; ``words`` say what the address would have: ``Seattle, Washington 98109``."""

    words: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    field: str
    message: str
    suggestions: tuple[Suggestion, ...]


def find_doubt(*, country: str, city: str, state: str, postal_code: str) -> Doubt | None:
    """The likeliest slip of normalised parts, with what may be meant; None where everything agrees, or nobody knows."""
    if country == "US":
        return _us_doubt(city, state, postal_code)
    return _doubt_elsewhere(country, state, postal_code)


def _us_doubt(city: str, state: str, code: str) -> Doubt | None:
    place = find_zip(code)
    if place is None:
        found = zips_of_city(city, state) if city and state in STATES else []
        asked = tuple(_of_zip(one) for one in found) if len(found) <= MOST else ()
        return Doubt("postal_code", f"There is no ZIP {code[:5]}.", asked) if asked and code else None
    if STATES[place.state].kind is StateKind.MILITARY:
        return None
    if state != place.state:
        others = zips_of_city(city, state) if city and state in STATES else []
        more = tuple(map(_of_zip, others)) if len(others) < MOST else ()
        words = f"ZIP {place.zip} is in {place.city}, {STATES[place.state].name}."
        return Doubt("state", words, (_of_place(place), *more))
    return _city_doubt(city, place)


def _city_doubt(city: str, place: ZipPlace) -> Doubt | None:
    given, known = town_key(city), town_key(place.city)
    if not given or given == known or not (_is_slip(given, known, place) or _is_far(city, place)):
        return None
    words = f"ZIP {place.zip} is in {place.city}. The address says {city}."
    return Doubt("city", words, (_of_place(place),))


def _is_slip(given: str, known: str, place: ZipPlace) -> bool:
    alike = SequenceMatcher(None, given, known).ratio() >= _ALIKE
    return alike and not zips_of_city(given, place.state)


def _is_far(city: str, place: ZipPlace) -> bool:
    """Whether the town that was written is a known one of that state, and all of it far away."""
    near = [one for one in zips_of_city(city, place.state) if one.is_located]
    if not near or place.latitude is None or place.longitude is None:
        return False
    return all(
        miles_between(place.latitude, place.longitude, one.latitude or 0, one.longitude or 0) > FAR_MILES
        for one in near
    )


def _of_place(place: ZipPlace) -> Suggestion:
    """Its city and state; the ZIP stays as it was typed, with its four digits more."""
    return Suggestion(
        f"{place.city}, {STATES[place.state].name} {place.zip}",
        (("city", place.city), ("state", place.state)),
    )


def _of_zip(place: ZipPlace) -> Suggestion:
    return Suggestion(
        f"{place.city}, {STATES[place.state].name} {place.zip}",
        (("city", place.city), ("state", place.state), ("postal_code", place.zip)),
    )


def _doubt_elsewhere(country: str, state: str, code: str) -> Doubt | None:
    known, names = find_country(country), regions(country)
    told = states_of_postal_code(country, code)
    if known is None or not told or len(told) > MOST or state in told or (state and state not in names):
        return None
    found = " or ".join(names[one] for one in told)
    return Doubt(
        "state",
        f"{known.format.postal_label} {code} is in {found}.",
        tuple(Suggestion(names[one], (("state", one),)) for one in told),
    )
