"""Two spellings of one place are one, two places are two."""

import pytest

from tirage.places import address_key

HOME = ("1 Valencia Street", "Apt. 4", "San Francisco", "CA", "94110", "US")


@pytest.mark.parametrize(
    "other",
    [
        ("1 VALENCIA ST.", "apt 4", "san francisco", "ca", "94110-1234", "us"),
        ("1 Valencia St, #4", "", "San  Francisco", "CA", " 94110 ", "US"),
        ("1 Valencia Street Unit 4", "", "San Francisco", "CA", "94110", "US"),
        ("1 Valência street", "Apartment 4", "San Francisco", "CA", "94110", "US"),
    ],
)
def test_one_place_however_it_is_written(other: tuple[str, ...]) -> None:
    assert address_key(*other) == address_key(*HOME)


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (0, "11 Valencia Street"),
        (0, "1 Valencia Avenue"),
        (1, "Apt. 5"),
        (1, ""),
        (2, "Oakland"),
        (4, "94111"),
    ],
)
def test_another_place_is_another(place: int, other: str) -> None:
    parts = list(HOME)
    parts[place] = other
    assert address_key(*parts) != address_key(*HOME)


def test_points_of_the_compass_saints_and_foreign_codes() -> None:
    north = address_key("12 North Saint James Road", "Suite B", "Mount Eden", "NY", "10001", "US")
    assert north == address_key("12 N. St James Rd", "Ste b", "Mt. Eden", "NY", "10001-0001", "US")
    london = address_key("1 High Street", "", "London", "", "SW1A 1AA", "GB")
    assert london == address_key("1 High St", "", "london", "", "sw1a1aa", "GB")
    assert address_key("", "", "London", "", "", "GB")[0] == ""
