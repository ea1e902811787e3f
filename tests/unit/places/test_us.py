"""ZIPs, states, areas and distances of the United States."""

import threading
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.places import (
    STATES,
    StateKind,
    all_zips,
    county_name,
    find_metro_area,
    find_state,
    find_zip,
    income_of_zip,
    miles_between,
    population_of,
    state_of_zip,
    zips_in_state,
    zips_within,
)
from tirage.places import us as us_module
from tirage.places.reading import Once

NAPA = (38.2975, -122.2869)
MANHATTAN = (40.7831, -73.9712)
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def test_a_zip_tells_its_city_state_county_area_and_place() -> None:
    napa = find_zip("94558")
    assert napa is not None
    assert (napa.city, napa.state, napa.county_fips, napa.cbsa) == ("Napa", "CA", "06055", "34900")
    assert napa.latitude is not None and napa.longitude is not None
    assert miles_between(napa.latitude, napa.longitude, *NAPA) < 15


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00501", "NY"),
        ("00907", "PR"),
        ("01234-5678", None),
        ("02139-4307", "MA"),
        ("99501", "AK"),
        ("20500", "DC"),
    ],
)
def test_zips_keep_their_leading_zeros(code: str, state: str | None) -> None:
    assert state_of_zip(code) == state


@pytest.mark.parametrize(("code", "state"), [("09012", "AE"), ("34002", "AA"), ("96201", "AP")])
def test_military_posts_have_a_state_and_no_county(code: str, state: str) -> None:
    place = find_zip(code)
    assert place is not None
    assert (place.state, place.county_fips, place.cbsa) == (state, "", "")
    assert place.city in {"APO", "FPO", "DPO"}


@pytest.mark.parametrize(
    "code",
    ["", "00000", "9455", "945580", "94558-1", "94558-", "ABCDE", "\uff19\uff14\uff15\uff15\uff18", "1234.0"],
)
def test_what_is_no_zip_is_not_found(code: str) -> None:
    assert find_zip(code) is None


def test_every_zip_lies_in_a_known_state_and_area_inside_the_country() -> None:
    for place in all_zips():
        assert place.state in STATES, place
        assert not place.cbsa or find_metro_area(place.cbsa), place
        assert find_zip(place.zip) == place
        if place.is_located and STATES[place.state].kind is StateKind.STATE:
            assert place.latitude is not None and 18 < place.latitude < 72, place


def test_counties_lie_in_the_state_of_their_zip() -> None:
    """A few post offices just across a state line deliver for the other side: HUD's own data, not ours."""
    crossing = [
        place
        for place in all_zips()
        if place.county_fips and not place.county_fips.startswith(STATES[place.state].fips)
    ]
    assert len(crossing) < 0.003 * 41_000


def test_the_table_is_complete_enough() -> None:
    places = list(all_zips())
    assert len(places) > 41_000
    assert sum(place.is_located for place in places) > 0.998 * len(places)
    assert 0.7 < sum(bool(place.cbsa) for place in places) / len(places) < 0.85


def test_metro_and_micro_areas_are_told_apart() -> None:
    napa, ukiah = find_metro_area("34900"), find_metro_area("46380")
    assert napa is not None and napa.kind == "metro" and napa.name == "Napa, CA"
    assert ukiah is not None and ukiah.kind == "micro"
    assert find_metro_area("99999") is None


def test_populations_add_up_to_the_published_total() -> None:
    counted = [code for code in STATES if population_of(code) is not None]
    assert len(counted) == 52
    assert sum(population_of(code) or 0 for code in counted if code != "PR") == 331_449_281
    assert population_of("GU") is None


def test_populations_are_plausible_beside_the_zips() -> None:
    """A slip of a digit in the typed table would put its state far off what the number of its ZIPs allows."""
    per_state = Counter(place.state for place in all_zips())
    for code, state in STATES.items():
        people = population_of(code)
        if people is not None and state.kind is StateKind.STATE:
            assert 1_400 < people / per_state[code] < 18_000, code


def test_states_have_distinct_names_and_fips() -> None:
    numbered = [state.fips for state in STATES.values() if state.fips]
    assert len(set(numbered)) == len(numbered) == 59
    assert len({state.name for state in STATES.values()}) == len(STATES) == 62
    assert Counter(state.kind for state in STATES.values())[StateKind.STATE] == 50
    california = find_state(" ca ")
    assert california is not None and california.name == "California"
    assert find_state("XX") is None


def test_zips_of_a_state() -> None:
    island = zips_in_state("RI")
    assert {place.state for place in island} == {"RI"} and len(island) > 80
    assert zips_in_state("XX") == []


def test_a_known_distance() -> None:
    assert miles_between(*NAPA, *MANHATTAN) == pytest.approx(2561, rel=0.01)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distances_are_symmetric_and_never_past_half_the_globe(
    a: float, b: float, c: float, d: float
) -> None:
    there = miles_between(a, b, c, d)
    assert there == pytest.approx(miles_between(c, d, a, b), abs=1e-6)
    assert 0 <= there <= 12_440


@given(latitudes, longitudes)
def test_a_place_is_no_distance_from_itself(a: float, b: float) -> None:
    assert miles_between(a, b, a, b) == 0


def test_zips_within_finds_exactly_what_measuring_each_one_finds() -> None:
    near = zips_within(*NAPA, 25)
    by_hand = {
        place.zip
        for place in all_zips()
        if place.latitude is not None
        and place.longitude is not None
        and miles_between(*NAPA, place.latitude, place.longitude) <= 25
    }
    assert {place.zip for _, place in near} == by_hand and "94558" in by_hand
    assert [distance for distance, _ in near] == sorted(distance for distance, _ in near)


def test_the_table_is_light_and_read_once_whatever_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = []

    def read() -> us_module._ZipTable:
        reads.append(1)
        return us_module._ZipTable()

    monkeypatch.setattr(us_module, "_zips", Once(read))
    tracemalloc.start()
    try:
        threads = [threading.Thread(target=find_zip, args=("94558",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(reads) == 1
    assert kept < 15_000_000 and peak < 20_000_000


def test_counties_have_names() -> None:
    assert [county_name(fips) for fips in ("06055", "53033", "36061", "00000", "")] == [
        "Napa County",
        "King County",
        "New York County",
        "",
        "",
    ]


def test_every_county_of_a_zip_has_a_name() -> None:
    """But for territories in the Pacific, which are no states' counties."""
    fips = {place.county_fips for place in all_zips() if place.county_fips}
    assert {one for one in fips if not county_name(one)} == {"00060", "00064", "00068", "00070"}


def test_incomes_are_known_of_most_zips_where_people_live() -> None:
    rich, nobody = income_of_zip("94301"), income_of_zip("00501")
    assert rich is not None and rich > 150_000 and nobody is None
    assert income_of_zip("94301-1234") == rich and income_of_zip("no ZIP") is None
    incomes = [income for place in all_zips() if (income := income_of_zip(place.zip)) is not None]
    assert len(incomes) > 30_000 and min(incomes) > 5_000 and max(incomes) <= 250_001
    assert 60_000 < sorted(incomes)[len(incomes) // 2] < 90_000
