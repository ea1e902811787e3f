"""Distances and circles on the map that people know."""

from __future__ import annotations

import math

import pytest

from tirage.insights.rules.centres import central_point
from tirage.insights.rules.discs import best_disc
from tirage.insights.rules.reach import (
    expected_guests,
    miles_of_minutes,
    site_at,
    weighted_percentile,
    within,
)
from tirage.insights.rules.sphere import Spot, arc_between, direction_of, miles_of_arc, moved, point_of, unit
from tirage.places import all_zips, find_zip, miles_between

#: Miles along WGS 84's ellipsoid between well-known places (Vincenty's formulae).
KNOWN = [
    ((47.6062, -122.3321), (47.6101, -122.2015), 6.11),  # Seattle, Bellevue
    ((47.6062, -122.3321), (45.5152, -122.6784), 145.41),  # Seattle, Portland
    ((40.7128, -74.0060), (34.0522, -118.2437), 2450.98),  # New York, Los Angeles
    ((51.5074, -0.1278), (48.8566, 2.3522), 213.53),  # London, Paris
    ((-33.8688, 151.2093), (-36.8485, 174.7633), 1342.21),  # Sydney, Auckland
]


def spot(code: str, people: int = 1, value: int = 1) -> Spot:
    place = find_zip(code)
    assert place is not None and place.latitude is not None and place.longitude is not None
    return Spot(place.latitude, place.longitude, people, value, code, place.cbsa)


@pytest.mark.parametrize(("one", "other", "miles"), KNOWN)
def test_distances_are_within_half_a_percent(one, other, miles):
    assert miles_between(*one, *other) == pytest.approx(miles, rel=0.005)
    assert miles_of_arc(arc_between(direction_of(*one), direction_of(*other))) == pytest.approx(
        miles_between(*one, *other), abs=1e-6
    )


def test_twenty_miles_of_seattle_hold_bellevue_and_not_the_far_side_of_tacoma():
    seattle = spot("98101")
    near = {
        one.key
        for one in within(
            seattle.latitude,
            seattle.longitude,
            [spot(code) for code in ("98004", "98052", "98466", "98467", "98335")],
            20,
        )
    }
    assert near == {"98004", "98052"}


def test_a_point_is_found_back_from_its_direction():
    for place in ((0.0, 0.0), (47.6, -122.3), (-36.8, 174.8), (89.9, 10.0)):
        assert point_of(direction_of(*place)) == pytest.approx(place)


def test_a_quarter_of_the_globe_toward_the_north_is_the_pole():
    there = moved(direction_of(0, 30), unit(0, 0, 1), math.pi / 2)
    assert point_of(there)[0] == pytest.approx(90)


def test_the_best_circle_of_washington_is_around_seattle_when_everybody_counts_the_same():
    spots = [
        Spot(place.latitude, place.longitude, 1, 1, place.zip, place.cbsa)
        for place in all_zips()
        if place.state == "WA" and place.latitude is not None and place.longitude is not None
    ]
    found = best_disc(spots, 20)
    assert found is not None
    assert miles_between(found.latitude, found.longitude, 47.6062, -122.3321) < 15
    assert {"98004", "98101"} <= {spots[at].key for at in found.members}


def test_circles_reach_over_the_date_line():
    fiji = [Spot(-16.8, 179.9, 1, 1), Spot(-16.8, -179.9, 1, 1), Spot(-17.8, 178.0, 1, 1)]
    found = best_disc(fiji, 20)
    assert found is not None
    assert found.value == 2


def test_nobody_has_neither_a_centre_nor_a_circle():
    assert central_point([]) is None
    assert best_disc([], 20) is None
    assert central_point([Spot(1, 1, 3, 0)]) is None
    assert best_disc([Spot(1, 1, 3, 0)], 20) is None


def test_one_place_is_its_own_centre_and_circle():
    alone = spot("98101", people=3, value=5)
    centre, circle = central_point([alone]), best_disc([alone], 20)
    assert centre == pytest.approx((alone.latitude, alone.longitude))
    assert circle is not None
    assert (circle.latitude, circle.longitude) == pytest.approx((alone.latitude, alone.longitude))
    assert (circle.members, circle.value) == ((0,), 5)


def test_who_has_more_than_half_of_the_weight_is_the_centre():
    heavy, *light = spot("98101", value=10), spot("98466", value=4), spot("98004", value=5)
    assert central_point([*light, heavy]) == pytest.approx((heavy.latitude, heavy.longitude), abs=1e-3)


def test_a_site_counts_who_is_within_and_how_far_everybody_goes():
    here, near, far = spot("98101", 2, 20), spot("98004", 1, 5), spot("98466", 7, 100)
    site = site_at(here.latitude, here.longitude, [here, near, far], 20)
    assert (site.people, site.value) == (3, 25)
    away = miles_between(here.latitude, here.longitude, far.latitude, far.longitude)
    assert site.median == pytest.approx(away)
    assert site_at(47.0, -122.0, [], 20).median is None


def test_percentiles_go_by_weight():
    assert weighted_percentile([(1, 9), (100, 1)], 0.9) == 1
    assert weighted_percentile([(1, 8), (100, 2)], 0.9) == 100
    assert weighted_percentile([(5, 0)], 0.5) is None


def test_forty_five_minutes_at_thirty_five_miles_an_hour_are_twenty_miles():
    assert miles_of_minutes(45, 35) == pytest.approx(20.19, abs=0.01)


def test_guests_are_rounded_as_people_do():
    assert [expected_guests(10, percent) for percent in (0, 5, 14, 25, 100)] == [0, 1, 1, 3, 10]
