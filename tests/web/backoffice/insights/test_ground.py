"""The drawn piece of the map, of whatever is on it."""

from __future__ import annotations

import re

import pytest

from tirage.backoffice.insights.ground import HIGH, MOST_DOTS, WIDE, Mark, ground
from tirage.insights.rules.sphere import Spot
from tirage.places import miles_between

pytestmark = pytest.mark.once
SEATTLE, BELLEVUE, BERN = (47.611, -122.334), (47.615, -122.207), (46.948, 7.447)


def places(drawing: str) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for x, y in re.findall(r"ground-mark[^>]*translate\(([-\d.]+) ([-\d.]+)\)", drawing)
    ]


def test_a_region_is_drawn_to_scale() -> None:
    marks = [Mark(*SEATTLE, "1", "Seattle", miles=20), Mark(*BELLEVUE, "2", "Bellevue")]
    drawing = ground([Spot(*SEATTLE, 3, 10), Spot(*BELLEVUE, 1, 5)], marks, title="Two places")
    [bellevue, seattle] = places(drawing)
    found = re.search(r'<ellipse[^>]*rx="([\d.]+)" ry="([\d.]+)"', drawing)
    bar = re.search(r'd="M0 -5V0H([\d.]+)V-5"/><text[^>]*>([\d,]+) mi', drawing)
    assert found and bar
    per_mile = float(found[1]) / 20
    assert float(found[2]) == pytest.approx(float(found[1]), rel=0.02)
    apart = ((bellevue[0] - seattle[0]) ** 2 + (bellevue[1] - seattle[1]) ** 2) ** 0.5
    assert apart / per_mile == pytest.approx(miles_between(*SEATTLE, *BELLEVUE), rel=0.03)
    assert float(bar[1]) / int(bar[2].replace(",", "")) == pytest.approx(per_mile, rel=0.03)
    assert all(0 < x < WIDE and 0 < y < HIGH for x, y in (bellevue, seattle))
    assert "ground-county" in drawing and "ground-country" not in drawing


def test_foreigners_are_on_the_map_of_the_world() -> None:
    drawing = ground([Spot(*BERN, 1, 5)], [Mark(*BERN, "1", "Bern", miles=20)], title="Bern")
    assert "ground-country" in drawing and "ground-state" not in drawing
    [(x, y)] = places(drawing)
    assert (x, y) == pytest.approx((WIDE / 2, HIGH / 2), abs=15)


@pytest.mark.parametrize("whole", [True, False])
def test_nothing_is_a_map_too(whole: bool) -> None:
    assert "<svg" in ground([], [], title="Nothing", whole=whole)
    assert "<svg" in ground([Spot(*SEATTLE, 1, 0)], [], title="One who bought nothing", whole=whole)


def test_names_are_words_and_never_markup() -> None:
    drawing = ground([], [Mark(*SEATTLE, "1", "<b>&")], title='"<i>"')
    assert "<b>" not in drawing and "<i>" not in drawing


def test_of_very_many_the_heaviest_are_drawn() -> None:
    spots = [Spot(40 + at / 1000, -100, 1, at) for at in range(MOST_DOTS + 50)]
    assert ground(spots, [], title="Many").count("ground-dot") == MOST_DOTS
