"""While an offer is open, what was taken so far narrows what is to come."""

from __future__ import annotations

import numpy as np

from tests.unit.planning.forecast.test_forecast import TWO_GROUPS, cell
from tirage.planning.forecast.fitting import learn
from tirage.planning.forecast.predicting import predict
from tirage.planning.forecast.watching import SoFar, narrow, share_so_far

CELLS = [cell(4, 1, 1), cell(4, 1, 2), cell(4, 2, 1)]
FIT = learn(TWO_GROUPS, CELLS)
BEFORE = predict(FIT, CELLS)


def after(*known: SoFar) -> list[tuple[float, float]]:
    found = narrow(BEFORE, known, FIT.alike)
    return [(float(found.pieces[:, at].mean()), float(found.pieces[:, at].std())) for at in range(3)]


def test_a_strong_start_raises_what_is_expected_and_narrows_it() -> None:
    """Two thirds of those who come have come, and took more than two thirds of what was expected."""
    expected = BEFORE.pieces.mean(axis=0)
    found = after(
        SoFar(round(expected[0] * 0.8), 0.66, 0.05), SoFar(round(expected[1] * 0.8), 0.66, 0.05), SoFar(0, 0)
    )
    assert found[0][0] > expected[0] * 1.03
    assert found[0][1] < BEFORE.pieces[:, 0].std() * 0.8


def test_it_says_something_of_groups_whose_turn_is_still_to_come() -> None:
    expected = BEFORE.pieces.mean(axis=0)
    weak = after(
        SoFar(round(expected[0] * 0.4), 0.66, 0.05), SoFar(round(expected[1] * 0.4), 0.66, 0.05), SoFar(0, 0)
    )
    assert weak[2][0] < expected[2] * 0.99


def test_never_less_than_taken_never_more_than_entitled_and_over_is_over() -> None:
    found = narrow(BEFORE, [SoFar(700, 0.3, 0.1), SoFar(123, 1.0), SoFar(0, 0.0)], FIT.alike)
    assert found.pieces[:, 0].min() >= 700 and found.pieces[:, 0].max() <= 800
    assert np.all(found.pieces[:, 1] == 123)


def test_the_share_of_those_who_came_is_that_of_past_offers() -> None:
    share, spread = share_so_far([(60, 100), (64, 100), (58, 100), (61, 100)], 0.1)
    assert 0.55 < share < 0.63
    guess, unsure = share_so_far([], 0.1)
    assert spread < unsure
    assert 0.3 < guess < 0.7
