"""Cities of other countries, by the names on envelopes."""

from __future__ import annotations

import pytest

from tirage.places import City, find_city, miles_between


@pytest.mark.parametrize(
    ("country", "written", "name"),
    [
        ("DE", "München", "Munich"),
        ("de", "munich", "Munich"),
        ("DE", "KÖLN", "Köln"),
        ("DE", "Cologne", "Köln"),
        ("GB", "London", "London"),
        ("CA", "montreal", "Montréal"),
        ("CH", "Genève", "Geneva"),
        ("FR", "St.-Denis", None),
        ("DE", "London", None),
        ("GB", "", None),
        ("GB", "—", None),
    ],
)
def test_a_city_is_found_by_its_names_in_its_country(country: str, written: str, name: str | None) -> None:
    found = find_city(country, written)
    assert (found.name if found else None) == name


def test_cities_lie_where_they_are() -> None:
    """London to Paris are 214 miles, by any atlas."""
    london, paris = find_city("GB", "London"), find_city("FR", "Paris")
    assert isinstance(london, City) and isinstance(paris, City)
    distance = miles_between(london.latitude, london.longitude, paris.latitude, paris.longitude)
    assert distance == pytest.approx(213.5, rel=0.005)


def test_the_larger_of_two_keeps_the_name() -> None:
    """Newcastle upon Tyne is larger than Newcastle under Lyme; Frankfurt on the Main than the one on the Oder."""
    frankfurt = find_city("DE", "Frankfurt")
    assert frankfurt is not None and frankfurt.longitude == pytest.approx(8.68, abs=0.05)
