"""Places as people type them: a ZIP, a city with its state or country, an address with a ZIP, two coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tirage.places import (
    ZipPlace,
    find_city,
    find_country,
    find_state,
    find_zip,
    read_country,
    zips_in_state,
    zips_within,
)
from tirage.places.countries import normalise_state

_DEGREES = re.compile(r"[-−]?[0-9]{1,3}(?:\.[0-9]+)?°?")
_ZIP_AT_END = re.compile(
    r"(?:^|[\s,])([0-9]{5})(?:-[0-9]{4})?(?:[\s,]+(?:USA?|United States))?\s*$", re.IGNORECASE
)
#: Farther away than this many miles, the nearest ZIP says nothing about where a point is.
_NEAR = 40


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """Where it is, in degrees, and what it is called: ``Seattle, WA 98101``."""

    name: str
    latitude: float
    longitude: float


def find_typed(text: str) -> TypedPlace | None:
    """The place that somebody typed; None where it isn't known. A street is as near as its ZIP."""
    return _at_point(text) or _at_zip(text) or _in_city(text)


def _at_point(text: str) -> TypedPlace | None:
    parts = text.replace(",", " ").replace(";", " ").replace(" °", "°").split()
    if len(parts) != 2 or not all(map(_DEGREES.fullmatch, parts)):
        return None
    latitude, longitude = (float(part.replace("−", "-").rstrip("°")) for part in parts)
    if abs(latitude) > 89 or abs(longitude) > 180:
        return None
    return TypedPlace(place_name(latitude, longitude), latitude, longitude)


def _at_zip(text: str) -> TypedPlace | None:
    found = _ZIP_AT_END.search(text)
    place = find_zip(found[1]) if found else None
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return TypedPlace(f"{place.city}, {place.state} {place.zip}", place.latitude, place.longitude)


def _in_city(text: str) -> TypedPlace | None:
    """``Seattle, WA``; ``Seattle, Washington``; ``Bern, Switzerland``; the last part is the larger."""
    city, comma, rest = (part.strip() for part in text.rpartition(","))
    if not comma or not city or not rest:
        return None
    city = city.rpartition(",")[2].strip()
    code = normalise_state("US", rest)
    if find_state(code) is not None:
        return _in_state(city, code)
    country, _ = read_country(rest)
    abroad = find_city(country, city) if country else None
    if abroad is None:
        return None
    known = find_country(country)
    return TypedPlace(f"{abroad.name}, {known.name if known else country}", abroad.latitude, abroad.longitude)


def _in_state(city: str, state: str) -> TypedPlace | None:
    """The middle of the ZIPs of a city."""
    points = [
        (place.latitude, place.longitude)
        for place in zips_in_state(state.upper())
        if place.city.casefold() == city.casefold()
        and place.latitude is not None
        and place.longitude is not None
    ]
    if not points:
        return None
    middle = [sum(part) / len(points) for part in zip(*points, strict=True)]
    return TypedPlace(f"{city.title()}, {state.upper()}", middle[0], middle[1])


def nearest_zip(latitude: float, longitude: float) -> ZipPlace | None:
    """The ZIP whose middle is nearest; None where none is near."""
    for miles in (5, _NEAR):
        found = zips_within(latitude, longitude, miles)
        if found:
            return found[0][1]
    return None


def place_name(latitude: float, longitude: float) -> str:
    """``Bellevue, WA 98004`` by the nearest ZIP; coordinates where there is none near."""
    near = nearest_zip(latitude, longitude)
    if near is not None:
        return f"{near.city}, {near.state} {near.zip}"
    north, east = ("S" if latitude < 0 else "N"), ("W" if longitude < 0 else "E")
    return f"{abs(latitude):.2f}° {north}, {abs(longitude):.2f}° {east}"
