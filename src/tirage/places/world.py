"""Cities outside the United States, by the names that people write on an envelope.

Read on first use, by one thread; only for who asks for a foreign city.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tirage.places.reading import Once, read_rows


@dataclass(frozen=True, slots=True)
class City:
    """A city of 15,000 people or more; coordinates in degrees."""

    country: str
    name: str
    latitude: float
    longitude: float


def _letters(name: str) -> str:
    """Accents, case, blanks and punctuation aside."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if letter.isalnum())


def _read_cities() -> dict[tuple[str, str], City]:
    """The largest of a country comes first and keeps a name that several bear; its own name before another's second."""
    found: dict[tuple[str, str], City] = {}
    others: list[tuple[tuple[str, str], City]] = []
    for country, name, latitude, longitude, other_names in read_rows("world_city.csv.gz"):
        city = City(country, name, float(latitude), float(longitude))
        found.setdefault((country, _letters(name)), city)
        others += [((country, _letters(one)), city) for one in other_names.split("|") if one]
    for key, city in others:
        found.setdefault(key, city)
    return found


_cities = Once(_read_cities)


def find_city(country: str, name: str) -> City | None:
    """The city of a country (two letters) under any of its names ('Munich', 'München'); None of an unknown one."""
    letters = _letters(name)
    return _cities.get().get((country.strip().upper(), letters)) if letters else None
