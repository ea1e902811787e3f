"""The United States: states, ZIPs, metropolitan areas, distances.

The tables are read on first use, by one thread, and kept as parallel arrays (some five megabytes for 41,000
ZIPs), because a process that answers customers must stay small.
"""

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tirage.places.reading import Once, read_rows
from tirage.places.sameness import town_key
from tirage.places.states import STATES, State

EARTH_RADIUS_MILES = 3958.7613


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """A ZIP as the post knows it; county and area are codes, empty where there is none."""

    zip: str
    city: str
    state: str
    latitude: float | None
    longitude: float | None
    county_fips: str
    cbsa: str

    @property
    def is_located(self) -> bool:
        return self.latitude is not None


@dataclass(frozen=True, slots=True)
class MetroArea:
    """A core-based statistical area: 'metro' has a city of 50,000 or more, 'micro' one of 10,000 or more."""

    code: str
    name: str
    kind: Literal["metro", "micro"]


class _ZipTable:
    """One array per column, all in the order of the ZIPs; texts that repeat are kept once."""

    def __init__(self) -> None:
        self.codes, self.counties, self.areas, self.cities = array("I"), array("I"), array("I"), array("I")
        self.latitudes, self.longitudes = array("d"), array("d")
        self.states = array("B")
        self.state_codes: list[str] = []
        self.city_names: list[str] = []
        self._fill()

    def _fill(self) -> None:
        seen_cities: dict[str, int] = {}
        seen_states: dict[str, int] = {}
        for code, city, state, latitude, longitude, county, area in read_rows("us_zip.csv.gz"):
            self.codes.append(int(code))
            self.cities.append(seen_cities.setdefault(city, len(seen_cities)))
            self.states.append(seen_states.setdefault(state, len(seen_states)))
            self.latitudes.append(float(latitude) if latitude else math.nan)
            self.longitudes.append(float(longitude) if longitude else math.nan)
            self.counties.append(int(county or 0))
            self.areas.append(int(area or 0))
        self.city_names, self.state_codes = list(seen_cities), list(seen_states)

    def find(self, code: int) -> int | None:
        index = bisect_left(self.codes, code)
        return index if index < len(self.codes) and self.codes[index] == code else None

    def place(self, index: int) -> ZipPlace:
        latitude, longitude = self.latitudes[index], self.longitudes[index]
        located = not math.isnan(latitude)
        return ZipPlace(
            zip=f"{self.codes[index]:05}",
            city=self.city_names[self.cities[index]],
            state=self.state_codes[self.states[index]],
            latitude=latitude if located else None,
            longitude=longitude if located else None,
            county_fips=f"{self.counties[index]:05}" if self.counties[index] else "",
            cbsa=str(self.areas[index] or ""),
        )


def _read_areas() -> dict[str, MetroArea]:
    return {
        code: MetroArea(code, name, "metro" if kind == "metro" else "micro")
        for code, name, kind in read_rows("us_cbsa.csv.gz")
    }


def _read_populations() -> dict[str, int]:
    return {state: int(count) for state, count in read_rows("us_population_2020.csv")}


def _city_numbers() -> dict[str, list[int]]:
    """The table's numbers of the cities that are one name to a reader."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(_zips.get().city_names):
        found.setdefault(town_key(name), []).append(number)
    return found


class _Incomes:
    """Dollars a year in the order of their ZIPs."""

    def __init__(self) -> None:
        self.codes, self.dollars = array("I"), array("I")
        for code, dollars in read_rows("us_income.csv.gz"):
            self.codes.append(int(code))
            self.dollars.append(int(dollars))


def _read_counties() -> dict[str, str]:
    return {fips: name for fips, name, _ in read_rows("us_county.csv.gz")}


_zips = Once(_ZipTable)
_cities = Once(_city_numbers)
_incomes = Once(_Incomes)
_counties = Once(_read_counties)
_areas = Once(_read_areas)
_populations = Once(_read_populations)


def find_state(code: str) -> State | None:
    """The state of a two-letter code, any case."""
    return STATES.get(code.strip().upper())


def find_zip(code: str) -> ZipPlace | None:
    """The place of a ZIP or ZIP+4 in full ('01234', '01234-5678'); None when there is no such ZIP."""
    head, plus, tail = code.strip().partition("-")
    if len(head) != 5 or not (head.isascii() and head.isdigit()):
        return None
    if plus and not (len(tail) == 4 and tail.isascii() and tail.isdigit()):
        return None
    table = _zips.get()
    index = table.find(int(head))
    return None if index is None else table.place(index)


def state_of_zip(code: str) -> str | None:
    """The two-letter state of a ZIP; None when the ZIP is unknown."""
    place = find_zip(code)
    return place.state if place else None


def all_zips() -> Iterator[ZipPlace]:
    """Every ZIP in order; one object at a time."""
    table = _zips.get()
    return (table.place(index) for index in range(len(table.codes)))


def zips_in_state(state: str) -> list[ZipPlace]:
    """Every ZIP of a state in order; empty for an unknown state."""
    table = _zips.get()
    if state not in table.state_codes:
        return []
    wanted = table.state_codes.index(state)
    return [table.place(index) for index, number in enumerate(table.states) if number == wanted]


def zips_of_city(city: str, state: str = "") -> list[ZipPlace]:
    """The ZIPs that bear a city's name, however it is spelled short or long; in one state, or in all; in order."""
    table = _zips.get()
    numbers = set(_cities.get().get(town_key(city), ()))
    found = (table.place(index) for index, number in enumerate(table.cities) if number in numbers)
    return [place for place in found if state in ("", place.state)] if numbers else []


def zips_like(digits: str, most: int) -> list[ZipPlace]:
    """The first ZIPs that begin so, in order; none for what isn't one to five digits."""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
        return []
    table, rest = _zips.get(), 5 - len(digits)
    first = bisect_left(table.codes, int(digits) * 10**rest)
    end = bisect_left(table.codes, (int(digits) + 1) * 10**rest)
    return [table.place(index) for index in range(first, min(end, first + most))]


def cities_like(beginning: str, most: int) -> list[tuple[str, str]]:
    """City and state of those whose names begin so, the ones with most ZIPs first."""
    key = town_key(beginning)
    table = _zips.get()
    numbers = (
        {one for name, ones in _cities.get().items() if name.startswith(key) for one in ones}
        if key
        else set()
    )
    counts = Counter(
        (number, state) for number, state in zip(table.cities, table.states, strict=True) if number in numbers
    )
    best = sorted(counts, key=lambda one: (-counts[one], table.city_names[one[0]], one[1]))
    return [(table.city_names[number], table.state_codes[state]) for number, state in best[:most]]


def find_metro_area(code: str) -> MetroArea | None:
    """The metropolitan or micropolitan area of a five-digit code."""
    return _areas.get().get(code)


def metro_areas() -> list[MetroArea]:
    """All of them, by name."""
    return sorted(_areas.get().values(), key=lambda area: area.name)


def county_name(fips: str) -> str:
    """'King County' of a county's five-digit code; '' of an unknown one."""
    return _counties.get().get(fips, "")


def income_of_zip(code: str) -> int | None:
    """What the household in the middle of a ZIP earns, in dollars a year; None where the Census gives nothing."""
    place = find_zip(code)
    if place is None:
        return None
    table = _incomes.get()
    index = bisect_left(table.codes, int(place.zip))
    is_known = index < len(table.codes) and table.codes[index] == int(place.zip)
    return table.dollars[index] if is_known else None


def population_of(state: str) -> int | None:
    """Residents on 1 April 2020 (Census); None for military posts and territories but Puerto Rico."""
    return _populations.get().get(state)


def miles_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in miles between two points in degrees (haversine: within 0.5 %)."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    rise = math.sin((other_phi - phi) / 2)
    turn = math.sin(math.radians(other_longitude - longitude) / 2)
    chord = rise * rise + math.cos(phi) * math.cos(other_phi) * turn * turn
    return 2 * EARTH_RADIUS_MILES * math.asin(math.sqrt(min(1.0, chord)))


def zips_within(latitude: float, longitude: float, miles: float) -> list[tuple[float, ZipPlace]]:
    """The ZIPs whose centre lies within so many miles of a point, with their distance, nearest first."""
    table = _zips.get()
    band = miles / 69.0 * 1.01  # degrees of latitude, a little wide: a cheap first sieve
    near = []
    for index, candidate in enumerate(table.latitudes):
        if abs(candidate - latitude) <= band:
            distance = miles_between(latitude, longitude, candidate, table.longitudes[index])
            if distance <= miles:
                near.append((distance, index))
    return [(distance, table.place(index)) for distance, index in sorted(near)]
