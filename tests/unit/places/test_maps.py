"""Drawn maps: a point stands where the atlas draws it, the way back finds it, and each known place has an outline."""

import re

import pytest

from tirage.places import (
    STATES,
    US_CANVAS,
    WORLD_CANVAS,
    ShapeKind,
    StateKind,
    all_zips,
    find_in_us,
    find_in_world,
    find_zip,
    miles_between,
    place_in_us,
    place_in_world,
    shapes_of,
)

#: Worked out by d3-geo 3.1.1: geoAlbersUsa().scale(1300).translate([487.5, 305]) and geoEqualEarth().scale(180).
BY_D3 = {
    (47.6, -122.33): (97.61786351834036, 46.461900680012604),
    (61.2, -149.9): (112.28746916946169, 544.421841061888),
    (21.3, -157.86): (266.9232373931075, 549.3457205460381),
}


@pytest.mark.parametrize(("degrees", "drawn"), BY_D3.items())
def test_points_stand_where_d3_draws_them(degrees: tuple[float, float], drawn: tuple[float, float]) -> None:
    assert place_in_us(*degrees) == pytest.approx(drawn)
    assert find_in_us(*drawn) == pytest.approx(degrees)


def test_the_world_stands_where_d3_draws_it() -> None:
    assert place_in_world(51.5, -0.1) == pytest.approx((487.27949127263406, 66.3016008648477))


@pytest.mark.parametrize(
    "degrees", [(51.5, -0.1), (-33.9, 151.2), (1.35, 103.8), (64.1, -21.9), (-54.8, -68.3)]
)
def test_the_way_back_from_the_world(degrees: tuple[float, float]) -> None:
    assert find_in_world(*place_in_world(*degrees)) == pytest.approx(degrees, abs=1e-6)


def test_every_zip_of_the_fifty_states_is_on_the_canvas_and_comes_back() -> None:
    drawn = {state.code for state in STATES.values() if state.kind in (StateKind.STATE, StateKind.DISTRICT)}
    places = [one for one in all_zips() if one.latitude is not None and one.state in drawn]
    missing = []
    for one in places[::7]:
        assert one.latitude is not None and one.longitude is not None
        point = place_in_us(one.latitude, one.longitude)
        if point is None:
            missing.append(one.zip)
            continue
        assert 0 <= point[0] <= US_CANVAS[0] and 0 <= point[1] <= US_CANVAS[1]
        assert miles_between(*find_in_us(*point), one.latitude, one.longitude) < 0.01
    assert missing == []


def test_places_that_are_not_drawn() -> None:
    assert place_in_us(18.4, -66.1) is None  # San Juan
    assert place_in_us(13.4, 144.8) is None  # Guam
    assert place_in_us(51.5, -0.1) is None


def test_every_state_has_an_outline_and_its_zips_lie_in_its_box() -> None:
    states = shapes_of(ShapeKind.STATE)
    assert set(states) == {
        state.code for state in STATES.values() if state.kind in (StateKind.STATE, StateKind.DISTRICT)
    }
    napa = find_zip("94558")
    assert napa and napa.latitude is not None and napa.longitude is not None
    x, y = place_in_us(napa.latitude, napa.longitude) or (0, 0)
    left, top, right, bottom = states["CA"].box
    assert left < x < right and top < y < bottom


@pytest.mark.parametrize(
    ("kind", "least", "some"),
    [
        (ShapeKind.COUNTY, 3_100, ("53033", "06055", "09190", "02020")),
        (ShapeKind.METRO, 900, ("42660", "34900", "35620", "46520")),
        (ShapeKind.COUNTRY, 230, ("US", "FR", "GB", "SG", "HK", "LI", "RU", "FJ")),
    ],
)
def test_known_places_have_outlines(kind: ShapeKind, least: int, some: tuple[str, ...]) -> None:
    found = shapes_of(kind)
    assert len(found) >= least
    assert set(some) <= set(found)


@pytest.mark.parametrize("kind", ShapeKind)
def test_outlines_lie_on_their_canvas_and_nothing_else_is_written_in_them(kind: ShapeKind) -> None:
    wide, high = WORLD_CANVAS if kind is ShapeKind.COUNTRY else US_CANVAS
    for shape in shapes_of(kind).values():
        left, top, right, bottom = shape.box
        assert left <= right and top <= bottom, shape.key
        # The atlas draws the last of the Aleutians over its left edge.
        assert left > -60 and right <= wide + 1 and top >= 0 and bottom <= high + 1, shape.key
        assert re.fullmatch(r"(M-?\d+,-?\d+l[-\d, ]+z)+", shape.path), shape.key


def test_countries_that_cross_the_date_line_are_drawn_in_one_piece() -> None:
    left, _, right, _ = shapes_of(ShapeKind.COUNTRY)["RU"].box
    assert right - left < 0.6 * WORLD_CANVAS[0]
