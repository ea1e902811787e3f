"""What the table of ZIPs suggests for what somebody is typing."""

from __future__ import annotations

import pytest

from tirage.places import towns_that_begin, zips_that_begin
from tirage.places.suggesting import MOST_OFFERED
from tirage.places.us import zips_like


def test_a_town_comes_with_its_state_the_larger_one_first() -> None:
    found = [one.words for one in towns_that_begin("Spring")]
    assert found[0] == "Springfield, Illinois" and len(found) == MOST_OFFERED
    assert [one.words for one in towns_that_begin("springfield", "IL")][:1] == ["Springfield, Illinois"]


def test_a_state_that_has_no_such_town_hides_nothing() -> None:
    assert towns_that_begin("Seattle", "FL")[0].state == "WA"


@pytest.mark.parametrize("text", ["", " ", "s", "qqqq", "%", "\u0000\u0000"])
def test_too_little_and_nonsense_suggest_nothing(text: str) -> None:
    assert towns_that_begin(text) == ()


def test_a_zip_says_where_it_is_and_a_beginning_is_enough() -> None:
    assert [one.words for one in zips_that_begin("94558")] == ["94558 Napa, California"]
    assert all(one.postal_code.startswith("945") for one in zips_that_begin("945"))
    assert zips_that_begin("9") == ()


def test_a_town_has_its_zips_and_its_own_come_first() -> None:
    assert {one.city for one in zips_that_begin("", "Napa", "CA")} == {"Napa"}
    assert zips_that_begin("981", "Seattle", "WA")[0].words == "98101 Seattle, Washington"
    assert zips_that_begin("98109", "Napa", "CA")[0].city == "Seattle"


@pytest.mark.parametrize("digits", ["", "94558-1234", "x", "٩٤٥", "-1", "999999"])
def test_what_is_no_beginning_of_a_zip(digits: str) -> None:
    assert zips_like(digits, 5) == []


def test_the_last_zips_are_found_too() -> None:
    assert zips_like("99", 1_000)[-1].zip == zips_like("999", 1_000)[-1].zip
