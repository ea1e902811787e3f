"""Circles, centres and tours against trying everything."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from tirage.insights.rules import stops as module
from tirage.insights.rules.centres import central_point, ways_together
from tirage.insights.rules.discs import RIM_MILES, Near, best_disc, best_discs
from tirage.insights.rules.reach import weighted_percentile
from tirage.insights.rules.sphere import Spot, arc_of_miles
from tirage.insights.rules.stops import choose_stops, shortest_way, way_length
from tirage.places import miles_between

pytestmark = pytest.mark.once

#: Corners of the world: cities, the date line, the far north, and the middle of nowhere.
MIDDLES = ((47.6, -122.3), (40.7, -74.0), (-17.0, 179.95), (64.1, -21.9), (0.0, 0.0))


@st.composite
def crowds(draw: st.DrawFn, least: int = 1, most: int = 14) -> list[Spot]:
    """People within some fifty miles of a place; some on a grid, so that many are equally far."""
    latitude, longitude = draw(st.sampled_from(MIDDLES))
    offset = st.one_of(st.floats(-0.6, 0.6), st.sampled_from((-0.4, -0.2, 0.0, 0.2, 0.4)))
    places = draw(st.lists(st.tuples(offset, offset), min_size=least, max_size=most, unique=True))
    return [
        Spot(latitude + up, (longitude + over + 180) % 360 - 180, 1, draw(st.integers(0, 9)), str(at))
        for at, (up, over) in enumerate(places)
    ]


def held(latitude: float, longitude: float, spots: list[Spot], miles: float) -> int:
    return sum(
        spot.value
        for spot in spots
        if miles_between(latitude, longitude, spot.latitude, spot.longitude) <= miles + RIM_MILES
    )


def rims(one: Spot, other: Spot, miles: float) -> list[tuple[float, float]]:
    """The middles of both circles that have the two on their rim, in a plane that bends little here."""
    shrink = math.cos(math.radians((one.latitude + other.latitude) / 2))
    over = (other.longitude - one.longitude + 180) % 360 - 180
    x, y = over * shrink * 69.0934, (other.latitude - one.latitude) * 69.0934
    apart = math.hypot(x, y)
    if not 0 < apart < 2 * miles:
        return []
    aside = math.sqrt(miles * miles - apart * apart / 4)
    return [
        (
            one.latitude + (y / 2 + side * aside * x / apart) / 69.0934,
            one.longitude + (x / 2 - side * aside * y / apart) / 69.0934 / shrink,
        )
        for side in (-1, 1)
    ]


@given(crowds(), st.sampled_from((5, 10, 20, 30)))
def test_no_circle_holds_more_than_the_best(spots: list[Spot], miles: int):
    found = best_disc(spots, miles)
    if found is None:
        assert not any(spot.value for spot in spots)
        return
    assert found.value == sum(spots[at].value for at in found.members)
    for at in found.members:
        assert (
            miles_between(found.latitude, found.longitude, spots[at].latitude, spots[at].longitude)
            <= miles + 2 * RIM_MILES
        )
    tried = [(spot.latitude, spot.longitude) for spot in spots]
    tried += [middle for one, other in combinations(spots, 2) for middle in rims(one, other, miles * 0.9995)]
    assert found.value >= max(held(*middle, spots, miles * 0.999) for middle in tried)


@given(crowds(least=3), st.sampled_from((5, 20)))
def test_circles_share_nobody_and_come_in_order_until_nobody_is_left(spots: list[Spot], miles: int):
    found = list(best_discs(spots, miles))
    everybody = [at for disc in found for at in disc.members]
    assert sorted(everybody) == [at for at, spot in enumerate(spots) if spot.value]
    values = [disc.value for disc in found]
    assert values == sorted(values, reverse=True)
    # Each is what a search among those left finds.
    left = list(spots)
    for disc in found:
        again = best_disc(left, miles)
        assert again is not None and again.value == disc.value
        for at in disc.members:
            left[at] = Spot(left[at].latitude, left[at].longitude, 1, 0, left[at].key)


@given(crowds(most=30), st.sampled_from(MIDDLES), st.floats(1, 400))
def test_who_is_around_a_point_is_found_without_looking_at_all(
    spots: list[Spot], point: tuple[float, float], miles: float
):
    near = Near(spots, 0.3)
    found = {at for _, at in near.around(*point, arc_of_miles(miles))}
    for at, spot in enumerate(spots):
        away = miles_between(*point, spot.latitude, spot.longitude)
        if abs(away - miles) > 0.001:
            assert (at in found) == (away < miles)
    assert near.most(*point, arc_of_miles(miles)) >= sum(spots[at].value for at in found)


@given(crowds(least=2))
def test_no_place_is_more_central(spots: list[Spot]):
    assume(any(spot.value for spot in spots))
    centre = central_point(spots)
    assert centre is not None
    least = ways_together(*centre, spots)
    tried = [(spot.latitude, spot.longitude) for spot in spots if spot.value]
    for reach in (0.5, 0.1, 0.02, 0.004):
        tried += [
            (centre[0] + reach * math.sin(turn), centre[1] + reach * math.cos(turn))
            for turn in (step * math.tau / 12 for step in range(12))
        ]
    slack = sum(spot.value for spot in spots) * arc_of_miles(0.02)
    assert least <= min(ways_together(*one, spots) for one in tried) + slack


COVERS = st.lists(st.frozensets(st.integers(0, 11), max_size=6), min_size=1, max_size=9)


@given(COVERS, st.lists(st.integers(0, 50), min_size=12, max_size=12), st.integers(1, 4))
def test_few_stops_are_the_best_there_are(covers: list[frozenset[int]], worth: list[int], count: int):
    found = choose_stops(covers, worth, count)

    def value(stops):
        return sum(worth[one] for one in frozenset[int]().union(*(covers[stop] for stop in stops)))

    best = max(value(some) for some in combinations(range(len(covers)), min(count, len(covers))))
    assert found.is_exact
    assert found.value == value(found.stops) == sum(found.gains) == best == found.possible
    assert len(found.stops) <= count and found.share == 1
    assert list(found.gains) == sorted(found.gains, reverse=True)


@given(COVERS, st.lists(st.integers(0, 50), min_size=12, max_size=12), st.integers(1, 6))
def test_without_the_time_to_look_the_choice_keeps_its_word(covers, worth, count):
    def value(stops):
        return sum(worth[one] for one in frozenset[int]().union(*(covers[stop] for stop in stops)))

    best = max(value(some) for some in combinations(range(len(covers)), min(count, len(covers))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_LOOKS", 0)
        found = choose_stops(covers, worth, count)
    assert found.value <= best <= found.possible
    assert found.value >= best * (1 - 1 / math.e)
    assert found.value >= best * found.share - 1e-6


POINTS = st.lists(st.tuples(st.floats(30, 45), st.floats(-120, -75)), min_size=1, max_size=6)


@given(POINTS, st.booleans())
def test_no_order_is_shorter(points: list[tuple[float, float]], begins_at_home: bool):
    start = (38.5, -122.8) if begins_at_home else None
    found = shortest_way(points, start)
    ways = [[miles_between(*one, *other) for other in points] for one in points]
    begins = [miles_between(*start, *one) if start else 0.0 for one in points]
    assert sorted(found) == list(range(len(points)))
    best = min(way_length(order, ways, begins) for order in permutations(range(len(points))))
    assert way_length(found, ways, begins) == pytest.approx(best)


@given(st.lists(st.tuples(st.floats(30, 45), st.floats(-120, -75)), min_size=10, max_size=14))
def test_a_long_way_meets_every_stop_once(points):
    assert sorted(shortest_way(points, (38.5, -122.8))) == list(range(len(points)))


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=12),
    st.sampled_from((0.1, 0.5, 0.9, 1.0)),
)
def test_a_percentile_is_that_of_everybody_written_out(values, share):
    everybody = sorted(value for value, weight in values for _ in range(weight))
    found = weighted_percentile(values, share)
    if not everybody:
        assert found is None
        return
    assert found == everybody[max(math.ceil(share * len(everybody) - 1e-9), 1) - 1]
