"""Rehearsals by the numbers: what is drawn is what was asked for, and what is counted is what happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tirage.offers.rules import CheckoutRules, Limits
from tirage.planning.simulation.crowd import gather_crowd
from tirage.planning.simulation.curve import POINTS, USUAL, come_by, curve_of, moment_of, place_of
from tirage.planning.simulation.draws import Dice, draw_visits
from tirage.planning.simulation.figures import figures_of
from tirage.planning.simulation.plan import (
    DAY,
    MINUTE,
    Changes,
    Plan,
    PlannedGroup,
    PlannedItem,
    PlannedWine,
    changed_plan,
)
from tirage.planning.simulation.running import simulate
from tirage.planning.simulation.sums import any_wine, sum_people

pytestmark = pytest.mark.once

RULES = CheckoutRules(0, None, 0)


def plan(
    *,
    people: int = 400,
    stock: int = 100_000,
    limits: Limits = Limits(0, 6, 0, 1),  # noqa: B008 - frozen
    rate: float = 0.3,
    spread: float = 0.0,
    comes: float = 0.6,
    leaves: float = 0.0,
    rules: CheckoutRules = RULES,
) -> Plan:
    """One group, one wine, ten days."""
    item = PlannedItem(0, limits, 50_00, limits.maximum, rate, spread)
    closes = 10 * DAY
    group = PlannedGroup(7, "Premier", 1, people, 0, closes, 0, comes, USUAL, rules, 1_000, (item,))
    edges = tuple(range(0, 11 * DAY, DAY))
    return Plan(
        "2026-10-06T16:00:00+00:00",
        15 * MINUTE,
        leaves,
        5 * MINUTE,
        (PlannedWine(3, "Cabernet", stock, 1),),
        (group,),
        edges,
        edges[1:],
    )


@pytest.mark.parametrize("window", [(0, 21 * DAY), (5, 5 + 6 * 60 * MINUTE)])
def test_a_curve_fits_every_window(window: tuple[int, int]) -> None:
    opens, closes = window
    moments = [moment_of(place, opens=opens, closes=closes) for place in USUAL]
    assert moments == sorted(moments) and (moments[0], moments[-1]) == (opens, closes)
    for place in (0.25, 1.5, 2.9):
        there = round(moment_of(place, opens=opens, closes=closes))
        assert place_of(there, opens=opens, closes=closes) == pytest.approx(place, abs=1e-6)


def test_a_curve_is_that_of_those_who_came() -> None:
    known = curve_of([0.1] * 30 + [2.9] * 70)
    assert len(known) == POINTS
    assert come_by(known, 1.5) == pytest.approx(0.3, abs=0.02)
    assert curve_of([0.1] * 5) == USUAL


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.55])
@pytest.mark.parametrize("limits", [Limits(0, 6, 0, 1), Limits(0, 1, 0, 1), Limits(0, 12, 0, 3)])
def test_people_want_what_the_rate_says(rate: float, limits: Limits) -> None:
    asked = plan(rate=rate, limits=limits)
    visits = draw_visits(asked, gather_crowd(asked), Dice(1, 0), 250)
    share = visits.wanted.sum() / (250 * 400 * limits.maximum)
    assert share == pytest.approx(rate, abs=0.012)
    assert set(np.unique(visits.wanted) % limits.multiple) == {0}


def test_doubt_moves_whole_days_and_hardly_the_middle() -> None:
    sure, unsure = (simulate(plan(spread=spread), days=300, seed=1).wanted.ravel() for spread in (0.0, 0.6))
    assert np.std(unsure) > 4 * np.std(sure)
    assert np.median(unsure) == pytest.approx(np.median(sure), rel=0.08)


def test_with_plenty_everybody_who_stays_buys_what_they_want() -> None:
    tally = simulate(plan(), days=40, seed=2)
    # Whose time to pay is over at the close doesn't buy.
    assert (tally.orders + tally.lapsed == tally.carts).all()
    assert 0.99 * tally.wanted.sum() < tally.sold.sum() < tally.wanted.sum()
    assert (tally.gone_at == -1).all() and not tally.short.any()
    assert tally.spent.sum() == pytest.approx(tally.sold.sum() * 50_00 * 0.9)


def test_scarce_wine_sells_out_and_some_find_it_gone() -> None:
    tally = simulate(plan(stock=100, leaves=0.3), days=60, seed=3)
    assert (tally.sold.sum(axis=(1, 2)) <= 100).all()
    gone = tally.gone_at[:, 0] >= 0
    assert gone.mean() > 0.9 and (tally.sold[gone, 0, 0] == 100).all()
    assert (tally.met_gone <= tally.met_short).all() and tally.met_gone.sum() > 0
    assert (tally.orders + tally.lapsed >= tally.carts).all() and tally.came_back.sum() > 0


def test_a_cart_that_is_too_small_because_wine_is_gone_lapses() -> None:
    ruled = plan(stock=40, rules=CheckoutRules(4, None, 0), limits=Limits(0, 6, 0, 1))
    tally = simulate(ruled, days=30, seed=4)
    assert tally.lapsed.sum() > 0
    assert (tally.sold.sum(axis=(1, 2)) >= 37).all()


def test_the_same_seed_gives_the_same_days_and_another_gives_others() -> None:
    first, again, other = (
        figures_of(plan(stock=300), simulate(plan(stock=300), days=50, seed=seed)) for seed in (5, 5, 6)
    )
    assert first == again != other


def test_a_higher_maximum_meets_the_same_people() -> None:
    lower = plan(limits=Limits(0, 3, 0, 1))
    higher = changed_plan(lower, Changes(stock={}, maximums={(7, 3): 6}, opens={}))
    before, after = (draw_visits(one, gather_crowd(one), Dice(1, 0), 20).wanted for one in (lower, higher))
    assert (after >= before).all() and (after[before < 3] == before[before < 3]).all()
    assert (after[before == 3] > 3).mean() == pytest.approx(0.5, abs=0.05)


def test_an_earlier_opening_begins_the_plan() -> None:
    first, second = plan().groups[0], replace(plan().groups[0], group=8, name="Estate")
    before = replace(plan(), groups=(first, second))
    earlier = changed_plan(before, Changes(stock={}, maximums={}, opens={7: -2 * DAY - MINUTE}))
    assert [group.opens for group in earlier.groups] == [0, 2 * DAY + MINUTE]
    assert earlier.groups[1].closes == 12 * DAY + MINUTE == earlier.edges[-1]
    assert earlier.origin == "2026-10-04T15:59:00+00:00"
    assert earlier.midnights[:3] == (MINUTE, DAY + MINUTE, 2 * DAY + MINUTE)
    sold = simulate(earlier, days=20, seed=1).sold.sum(axis=(0, 2))
    assert sold == pytest.approx(simulate(before, days=20, seed=1).sold.sum(axis=(0, 2)), rel=0.01)


def test_who_comes_to_an_open_offer_comes_after_now() -> None:
    group = replace(plan().groups[0], since=3 * DAY)
    open_now = replace(plan(), groups=(group,))
    visits = draw_visits(open_now, gather_crowd(open_now), Dice(1, 0), 10)
    came = visits.at[visits.at >= 0]
    assert came.min() >= 3 * DAY and came.max() < 10 * DAY


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.bool_])
@pytest.mark.parametrize("people", [1, 500])
@pytest.mark.parametrize("wines", [1, 5, 12, 16])
def test_sums_are_sums(dtype: type, people: int, wines: int) -> None:
    drawn = np.random.default_rng(1).integers(0, 2 if dtype is np.bool_ else 250, (3, people, wines))
    table: np.ndarray = drawn.astype(dtype)
    assert (sum_people(table) == table.sum(axis=1, dtype=np.int64)).all()
    table[:, ::2] = 0
    assert (any_wine(table) == (table != 0).any(axis=2)).all()
