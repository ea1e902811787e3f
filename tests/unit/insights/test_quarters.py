"""Empty quarters: found where they were made, and by the same neighbors as a search of all finds."""

from __future__ import annotations

from dataclasses import replace
from math import dist
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tirage.insights.rules.quarters import (
    LIKE,
    EmptyQuarter,
    Quarter,
    _features,
    _most_alike,
    best_of,
    empty_quarters,
    unmet_nearby,
    zips_around,
)
from tirage.places import all_zips, income_of_zip, miles_between

pytestmark = pytest.mark.once
NAPA = (38.3, -122.3)


def rich_and_plain(seed: int = 1) -> list[Quarter]:
    """Sixty rich ZIPs along one coast with seven customers each or so, and two hundred plain ones with hardly any."""
    chance = Random(seed)
    rich = [
        Quarter(
            f"9{at:04}", 36 + at * 0.1, -121.0, 150_000 + chance.randrange(9_000), chance.randint(5, 9), 2
        )
        for at in range(60)
    ]
    plain = [
        Quarter(f"1{at:04}", 36 + (at % 50) * 0.1, -119.5 - at // 50 * 0.1, 42_000 + chance.randrange(3_000))
        for at in range(200)
    ]
    return [*rich, *plain]


def test_a_rich_zip_without_customers_is_found_and_plain_ones_are_not() -> None:
    quarters = rich_and_plain()
    quarters[30] = replace(quarters[30], customers=0)
    found = empty_quarters(quarters, winery=NAPA)
    assert [one.zip for one in found] == [quarters[30].zip]
    assert 4 <= found[0].expected <= 9
    assert found[0].best_like > LIKE // 3
    assert found[0].unmet > 0 and found[0].miles is not None
    assert quarters[30].zip not in found[0].alike and len(found[0].alike) == 3
    assert EmptyQuarter.from_json(found[0].to_json()) == found[0]


def test_where_nothing_is_wished_nothing_is_told() -> None:
    quarters = [replace(one, unmet=0) for one in rich_and_plain()]
    quarters[30] = replace(quarters[30], customers=0)
    assert empty_quarters(quarters, winery=NAPA) == []


def test_lists_that_say_nothing() -> None:
    one = Quarter("98101", 47.6, -122.3, 90_000, 3, 5)
    assert empty_quarters([], winery=NAPA) == []
    assert empty_quarters([one], winery=None) == []
    assert empty_quarters([replace(each, customers=0) for each in rich_and_plain()], winery=NAPA) == []


def test_without_a_place_of_the_winery_it_goes_by_income_and_closeness() -> None:
    quarters = rich_and_plain()
    quarters[30] = replace(quarters[30], customers=0)
    found = empty_quarters(quarters, winery=None)
    assert [(one.zip, one.miles) for one in found] == [(quarters[30].zip, None)]


def test_what_chance_says_of_it_is_honest() -> None:
    """Where customers are dealt by chance, hardly more than a share of p of the rich ZIPs has p or less."""
    chances = []
    for seed in range(40):
        chance = Random(seed)
        dealt = [
            replace(one, customers=sum(chance.random() < 0.06 for _ in range(100)) if one.unmet else 0)
            for one in rich_and_plain(seed)
        ]
        chances += [one.p for one in empty_quarters(dealt, winery=NAPA)]
    rich = 60 * 40
    for level in (0.01, 0.05, 0.1):
        assert sum(p <= level for p in chances) <= 1.6 * level * rich


places = st.builds(
    lambda at, latitude, longitude, income, customers, unmet: Quarter(
        f"{at:05}", latitude, longitude, income, customers, unmet
    ),
    st.integers(0, 99_999),
    st.floats(25, 49),
    st.floats(-124, -67),
    st.integers(10_000, 250_000),
    st.integers(0, 9),
    st.integers(0, 3),
)


@settings(max_examples=20)
@given(st.lists(places, min_size=LIKE + 2, max_size=LIKE + 20, unique_by=lambda one: one.zip))
def test_the_most_alike_are_those_that_looking_at_all_finds(quarters: list[Quarter]) -> None:
    features = _features(quarters, zips_around(quarters), NAPA)
    for at, near in _most_alike(features, range(len(quarters))).items():
        slow = sorted(dist(features[at], features[one]) for one in range(len(quarters)) if one != at)[:LIKE]
        assert [round(dist(features[at], features[one]), 9) for one in near] == [
            round(one, 9) for one in slow
        ]


@given(st.lists(places, max_size=40, unique_by=lambda one: one.zip))
def test_what_is_nearby_is_what_measuring_all_finds(quarters: list[Quarter]) -> None:
    def near(one: Quarter, miles: float) -> list[Quarter]:
        return [
            other
            for other in quarters
            if other.zip != one.zip
            and miles_between(one.latitude, one.longitude, other.latitude, other.longitude) <= miles
        ]

    assert zips_around(quarters) == [len(near(one, 10)) for one in quarters]
    assert unmet_nearby(quarters) == [
        one.unmet + sum(other.unmet for other in near(one, 25)) for one in quarters
    ]


def test_the_best_hold_half() -> None:
    quarters = [Quarter(f"{at:05}", 40, -100, 1, customers) for at, customers in enumerate((1, 9, 4, 4))]
    assert best_of(quarters) == {1}
    assert best_of(quarters[:1] + quarters[2:]) == {1, 2}
    assert best_of([]) == set()


def test_the_country_as_it_is() -> None:
    """Every ZIP with an income: where the rich of Seattle and the Bay hold twelve each, Mercer Island has none."""
    seattle, bay, wished = (47.6, -122.3), (37.5, -122.2), "98004"
    quarters = []
    for one in all_zips():
        if one.latitude is None or one.longitude is None or not (income := income_of_zip(one.zip)):
            continue
        nearest = min(miles_between(one.latitude, one.longitude, *city) for city in (seattle, bay))
        held = 12 if income > 120_000 and nearest < 35 and one.zip != "98040" else 0
        quarters.append(Quarter(one.zip, one.latitude, one.longitude, income, held, int(one.zip == wished)))
    assert len(quarters) > 30_000
    found = empty_quarters(quarters, winery=NAPA)
    assert found[0].zip == "98040"
    assert all(one.zip.startswith("98") for one in found)
    assert found[0].expected > 3
    assert 600 < (found[0].miles or 0) < 720
