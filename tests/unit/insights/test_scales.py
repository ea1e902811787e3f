"""Colour scales: every value has a colour of its class, whatever the values are."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tirage.insights.rules.scales import CLASSES, SIDE, scale_of

FIGURES = st.one_of(
    st.floats(-1e9, 1e9, allow_nan=False), st.integers(-5, 5).map(float), st.just(0.0), st.just(7.0)
)


@given(st.lists(st.one_of(FIGURES, st.none()), max_size=80), st.booleans())
def test_every_value_lies_in_one_class_and_no_class_is_empty(
    values: list[float | None], diverges: bool
) -> None:
    scale = scale_of(values, diverges=diverges)
    known = [one for one in values if one is not None]
    assert sum(one.count for one in scale.classes) == len(known)
    assert all(one.count for one in scale.classes)
    assert len(scale.classes) <= max(CLASSES, 2 * SIDE + 1)
    for value in known:
        (mine,) = [one for one in scale.classes if one.low <= value <= one.high]
        assert scale.tone(value) == mine.tone
    tones = [one.tone for one in scale.classes]
    assert len(set(tones)) == len(tones)


@given(st.lists(FIGURES, min_size=1, max_size=80))
def test_classes_follow_one_another_and_larger_is_never_paler(values: list[float]) -> None:
    scale = scale_of(values)
    for one, following in zip(scale.classes, scale.classes[1:], strict=False):
        assert one.high < following.low
    ups = [int(one.tone[3:]) for one in scale.classes if one.tone.startswith("up")]
    downs = [int(one.tone[5:]) for one in scale.classes if one.tone.startswith("down")]
    assert ups == sorted(ups) and downs == sorted(downs, reverse=True)


@given(st.lists(FIGURES, min_size=1, max_size=40))
def test_the_sign_of_a_value_is_the_side_of_its_colour(values: list[float]) -> None:
    scale = scale_of(values, diverges=True)
    for value in values:
        tone = scale.tone(value)
        assert (
            tone.startswith("up") if value > 0 else tone.startswith("down") if value < 0 else tone == "nought"
        )


def test_equal_values_are_one_class_in_the_middle_of_the_scale() -> None:
    scale = scale_of([4.0] * 51)
    assert [(one.low, one.high, one.tone, one.count) for one in scale.classes] == [(4, 4, "up-3", 51)]


def test_few_values_are_each_their_own_class() -> None:
    assert [one.tone for one in scale_of([1, 2, 900]).classes] == ["up-1", "up-3", "up-5"]


def test_one_large_city_leaves_the_rest_its_colours() -> None:
    scale = scale_of([1_000_000, *range(1, 101)])
    assert len(scale.classes) == CLASSES
    counts = [one.count for one in scale.classes]
    assert counts == sorted(counts, reverse=True) and counts[0] <= 40 and counts[-1] >= 4


def test_without_values_nothing_has_a_colour() -> None:
    scale = scale_of([None, None, math.nan])
    assert scale.classes == ()
    assert scale.tone(None) == scale.tone(3.0) == "none"


def test_all_noughts() -> None:
    assert scale_of([0.0, 0.0]).tone(0.0) == "nought"
    assert scale_of([0.0, 0.0], diverges=True).tone(0.0) == "nought"
