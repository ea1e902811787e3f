"""Slips in an address: said with what may be meant, and never where letters arrive."""

import pytest

from tirage.places import Doubt, all_zips, cities_like, find_doubt, zips_of_city


def doubt(city: str, state: str, code: str, country: str = "US") -> Doubt | None:
    return find_doubt(country=country, city=city, state=state, postal_code=code)


@pytest.mark.parametrize(
    ("city", "state", "code", "country"),
    [
        ("Seattle", "WA", "98109", "US"),
        ("St. Helena", "CA", "94574", "US"),
        ("Saint Helena", "CA", "94574-1234", "US"),
        ("Hollywood", "CA", "90028", "US"),  # a part of the city that people do write
        ("Medina", "WA", "98039", "US"),
        ("APO", "AE", "09021", "US"),
        ("Ottawa", "ON", "K1A 0B1", "CA"),
        ("Madrid", "Madrid", "28001", "ES"),
        ("Paris", "", "75001", "FR"),
        ("", "", "", "US"),
        ("Nowhere", "XX", "1", "ZZ"),
    ],
)
def test_nothing_is_said_of_what_may_well_be_so(city: str, state: str, code: str, country: str) -> None:
    assert doubt(city, state, code, country) is None


@pytest.mark.parametrize(
    ("city", "state", "code", "field", "words"),
    [
        ("San Fransisco", "CA", "94110", "city", ["San Francisco, California 94110"]),
        ("Spokane", "WA", "98109", "city", ["Seattle, Washington 98109"]),
        ("Seattle", "OR", "98109", "state", ["Seattle, Washington 98109"]),
        ("Seattle", "", "98109", "state", ["Seattle, Washington 98109"]),
        ("Saint Helena", "CA", "00000", "postal_code", ["Saint Helena, California 94574"]),
    ],
)
def test_a_slip_is_said_with_what_may_be_meant(city, state, code, field, words) -> None:
    found = doubt(city, state, code)
    assert found is not None and found.field == field
    assert [one.words for one in found.suggestions] == words


def test_what_is_suggested_leaves_no_doubt() -> None:
    for city, state, code in (("Spokane", "WA", "98109"), ("Seattle", "OR", "98109"), ("X", "CA", "10001")):
        found = doubt(city, state, code)
        assert found is not None
        for one in found.suggestions:
            parts = {"country": "US", "city": city, "state": state, "postal_code": code} | dict(one.changes)
            assert find_doubt(**parts) is None


def test_a_zip_that_is_one_of_the_other_state_is_suggested_too() -> None:
    found = doubt("Saint Helena", "CA", "98109")
    assert found is not None
    assert [one.words for one in found.suggestions] == [
        "Seattle, Washington 98109",
        "Saint Helena, California 94574",
    ]


def test_elsewhere_the_beginning_of_the_code_tells() -> None:
    found = doubt("Madrid", "Barcelona", "28001", "ES")
    assert found is not None and found.field == "state"
    assert found.suggestions[0].changes == (("state", "Madrid"),)
    assert doubt("Madrid", "Somewhere of their own", "28001", "ES") is None


def test_no_zip_doubts_its_own_city() -> None:
    for place in list(all_zips())[::53]:
        assert doubt(place.city, place.state, place.zip) is None


def test_cities_are_found_by_their_beginning_and_lead_to_their_zips() -> None:
    assert cities_like("san fran", 3)[0] == ("San Francisco", "CA")
    assert cities_like("", 3) == []
    assert [place.zip for place in zips_of_city("St Helena", "CA")] == ["94574"]
    assert {place.state for place in zips_of_city("Springfield")} >= {"IL", "MA", "MO"}
