"""What lies inside an area drawn by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tirage.places import circle_around, is_drawn, is_inside, miles_between

SQUARE = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0)]
#: An arrowhead: what lies in its notch is outside.
ARROW = [(0.0, 0.0), (10.0, 5.0), (0.0, 10.0), (3.0, 5.0)]


@given(st.floats(-5, 15), st.floats(-5, 15))
def test_a_square_holds_what_lies_between_its_sides(latitude: float, longitude: float) -> None:
    assert is_inside(SQUARE, latitude, longitude) is (0 <= latitude < 10 and 0 <= longitude < 10)


def test_a_notch_is_outside() -> None:
    assert is_inside(ARROW, 5, 5) and not is_inside(ARROW, 1, 5)


@given(st.integers(0, 3), st.floats(-5, 15), st.floats(-5, 15))
def test_it_doesnt_matter_where_somebody_begins_to_draw(
    first: int, latitude: float, longitude: float
) -> None:
    turned = ARROW[first:] + ARROW[:first]
    assert is_inside(turned, latitude, longitude) is is_inside(ARROW, latitude, longitude)


@given(st.floats(-60, 65), st.floats(-170, 170), st.floats(0, 40), st.floats(0, 360))
def test_a_circle_holds_what_is_that_near(
    latitude: float, longitude: float, away: float, turn: float
) -> None:
    ring = circle_around(latitude, longitude, 20)
    distances = [miles_between(latitude, longitude, *corner) for corner in ring]
    assert min(distances) > 19.5 and max(distances) < 20.5
    assert is_drawn(ring) and is_inside(ring, latitude, longitude)


def test_what_is_no_area() -> None:
    assert (
        not is_drawn(SQUARE[:2])
        and not is_drawn([(1.0, 1.0)] * 5)
        and not is_drawn([(0.0, 0.0), (91.0, 0.0), (1.0, 1.0)])
    )
    assert not is_drawn([(at / 10, at % 7) for at in range(81)])
