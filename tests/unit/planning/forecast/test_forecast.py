"""Take rates: thin history leans on what is alike, bands hold what they say, the same question has the same answer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.planning.forecast.histories import invent
from tirage.planning.forecast.cells import Cell, Taken
from tirage.planning.forecast.checking import cover, try_on_past
from tirage.planning.forecast.fitting import learn
from tirage.planning.forecast.predicting import Prediction, predict


def cell(release: int = 1, group: int = 1, wine: int = 1, **facts: object) -> Cell:
    plain = Cell(release, group, wine, wine, 2023, 750, 1, 4, 200, 800, 90_00, 90_00)
    return replace(plain, **facts)  # type: ignore[arg-type]


def taken(of: Cell, rate: float, *, gone: bool = False) -> Taken:
    """Half of the people who take something take all."""
    pieces = round(rate * of.entitled)
    buyers = round(pieces / (of.each * 0.75))
    return Taken(of, pieces, buyers, round(buyers * (of.each**2 + (of.each / 2) ** 2) / 2), gone=gone)


def forecast(history: list[Taken], *cells: Cell) -> Prediction:
    return predict(learn(history, cells), cells)


def rate_of(history: list[Taken], one: Cell) -> float:
    return forecast(history, one).rate(0).expected


def width(history: list[Taken], one: Cell) -> float:
    band = forecast(history, one).rate(0)
    return band.high - band.low


TWO_GROUPS = [
    taken(cell(release, group, wine), {1: 0.7, 2: 0.2}[group] + (0.1 if wine == 2 else 0.0))
    for release in (1, 2, 3)
    for group in (1, 2)
    for wine in (1, 2)
]


def test_what_was_always_taken_is_expected_again() -> None:
    """With three alike releases the band is around what they had, and each group keeps its own."""
    for group, rate in ((1, 0.7), (2, 0.2)):
        band = forecast(TWO_GROUPS, cell(4, group)).rate(0)
        assert abs(band.expected - rate) < 0.06
        assert band.low < rate < band.high


def test_without_a_past_anything_may_happen() -> None:
    band = forecast([], cell()).rate(0)
    assert band.low < 0.2 and band.high > 0.6


def test_more_releases_narrow_the_band() -> None:
    one = [each for each in TWO_GROUPS if each.cell.release == 1]
    assert width([], cell(4)) > width(one, cell(4)) > width(TWO_GROUPS, cell(4))


def test_few_people_speak_softly() -> None:
    """Five people who took all of a wine move it less than five hundred do."""
    usual = TWO_GROUPS
    few = cell(3, 1, 3, people=5, entitled=20)
    many = cell(3, 1, 3, people=500, entitled=2_000)
    plain = rate_of(usual, cell(4, 1, 3))
    soft = rate_of([*usual, taken(few, 0.97)], cell(4, 1, 3))
    loud = rate_of([*usual, taken(many, 0.97)], cell(4, 1, 3))
    assert plain < soft < loud


def test_a_wine_that_is_new_to_a_group_is_between_the_group_and_the_wine() -> None:
    """Group 1 takes much; wine 3, which only group 2 had, is taken little: less than its others, more than group 2."""
    history = [*TWO_GROUPS, *(taken(cell(release, 2, 3), 0.05) for release in (1, 2, 3))]
    assert rate_of(history, cell(4, 2, 3)) < rate_of(history, cell(4, 1, 3)) < rate_of(history, cell(4, 1, 1))


def test_dearer_is_taken_less_and_a_history_of_steps_teaches_how_much() -> None:
    step = cell(4, price_minor=108_00)
    believed = rate_of(TWO_GROUPS, cell(4)) - rate_of(TWO_GROUPS, step)
    steep = [
        *TWO_GROUPS,
        *(
            taken(cell(release, group, wine, price_minor=108_00), rate)
            for release, wine in ((2, 5), (3, 6), (3, 7))
            for group, rate in ((1, 0.4), (2, 0.06))
        ),
        *(taken(cell(1, group, wine), rate) for wine in (5, 6, 7) for group, rate in ((1, 0.7), (2, 0.2))),
    ]
    assert 0 < believed < rate_of(steep, cell(4)) - rate_of(steep, step)


def test_a_larger_format_is_taken_as_that_format_was() -> None:
    magnums = [
        taken(cell(release, group, 1, millilitres=1500), rate / 4)
        for release in (1, 2, 3)
        for group, rate in ((1, 0.7), (2, 0.2))
    ]
    of_another = cell(4, 1, 2, millilitres=1500)
    assert (
        rate_of([*TWO_GROUPS, *magnums], of_another) < rate_of([*TWO_GROUPS, *magnums], cell(4, 1, 2)) - 0.15
    )


def test_a_higher_maximum_is_taken_in_smaller_share_but_more_pieces() -> None:
    same, double = cell(4), cell(4, maximum=8, entitled=1_600)
    both = [forecast(TWO_GROUPS, one) for one in (same, double)]
    assert both[1].rate(0).expected < both[0].rate(0).expected
    assert both[1].band([0]).expected > both[0].band([0]).expected


def test_what_ran_out_might_have_been_more() -> None:
    ran_out = [replace(one, gone=True) if one.cell.wine == 2 else one for one in TWO_GROUPS]
    assert rate_of(ran_out, cell(4, 1, 2)) > rate_of(TWO_GROUPS, cell(4, 1, 2))


def test_draws_stay_within_what_people_may_take_and_are_the_same_again() -> None:
    cells = [cell(4, group, wine, people=3, entitled=12) for group in (1, 2, 3) for wine in (1, 2, 9)]
    found = forecast(TWO_GROUPS, *cells)
    assert found.pieces.min() >= 0 and found.pieces.max() <= 12
    assert np.array_equal(found.pieces, forecast(TWO_GROUPS, *cells).pieces)


def test_groups_share_the_fate_of_a_release() -> None:
    """A band of a sum is wider than if its cells varied each for itself, and narrower than all bands together."""
    cells = [cell(4, group, wine) for group in (1, 2) for wine in (1, 2)]
    found = forecast(TWO_GROUPS, *cells)
    apart = np.sqrt(sum(np.var(found.pieces[:, place]) for place in range(4)))
    assert apart * 1.1 < found.pieces.sum(axis=1).std() < sum(found.pieces.std(axis=0))


@pytest.mark.parametrize("strange", [0, 1])
def test_a_wine_that_nobody_or_everybody_took_is_no_trouble(strange: int) -> None:
    history = [taken(cell(release, 1), float(strange)) for release in (1, 2)]
    band = forecast(history, cell(3, 1)).rate(0)
    assert 0 <= band.low <= band.expected <= band.high <= 1
    assert (band.expected > 0.8) if strange else (band.expected < 0.2)


def test_bands_hold_what_they_say_on_histories_whose_truth_is_known() -> None:
    """Eight of ten outcomes, give or take one, lie inside, whichever release is left out."""
    tried = [one for seed in range(1, 7) for one in try_on_past(invent(seed, releases=4))]
    assert len(tried) > 250
    assert 0.7 <= cover(tried) <= 0.9


def test_bands_that_were_narrower_would_be_noticed() -> None:
    """The control: half as wide they hold far less than seven of ten."""
    tried = [one for seed in (1, 2, 3) for one in try_on_past(invent(seed, releases=4))]
    narrow = [
        one
        for one in tried
        if abs(one.outcome.taken - (one.band.low + one.band.high) / 2) <= (one.band.high - one.band.low) / 4
    ]
    assert len(narrow) / len(tried) < 0.7


def test_numpy_waits_until_somebody_asks() -> None:
    """Web servers and workers begin without it: it costs memory and time."""
    asked = (
        "import sys, tirage.planning.forecast.watching, tirage.planning.forecast.checking; "
        "print('numpy' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
