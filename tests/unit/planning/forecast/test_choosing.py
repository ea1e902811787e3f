"""Maximums: as small as sells what is wanted, and the first group comes first."""

from __future__ import annotations

import numpy as np

from tirage.planning.forecast.choosing import Choice, choose

CHANCE = np.random.default_rng(7)
#: One hundred people, of whom about half take what they may; how many varies.
COMING = CHANCE.normal(50, 6, 2_000).clip(0, 100)


def choice(key: int, present: int, *, competes: bool = True, steps: range = range(1, 13)) -> Choice:
    return Choice(key, present, {step: np.rint(COMING * step) for step in steps}, competes)


def test_it_stops_at_the_smallest_that_sells_enough() -> None:
    """About fifty a step: of a thousand, eighteen steps of two groups sell nine tenths."""
    found = choose([choice(1, 6), choice(2, 6)], stock=1_000, sell_through=0.8, chance=0.5)
    assert 0.8 <= found.sell_through < 0.86
    assert sum(found.maximums.values()) in (16, 17)


def test_it_keeps_the_proportions_that_stand() -> None:
    found = choose([choice(1, 6), choice(2, 3)], stock=1_000, sell_through=0.85, chance=0.5)
    assert abs(found.maximums[1] - 2 * found.maximums[2]) <= 1


def test_the_wanted_chance_holds_back_what_would_sell_more() -> None:
    both = [choice(1, 6), choice(2, 6)]
    sure = choose(both, stock=1_000, sell_through=1.0, chance=0.99)
    bold = choose(both, stock=1_000, sell_through=1.0, chance=0.5)
    assert sure.chance_kept >= 0.99 and bold.chance_kept >= 0.5
    assert sure.sell_through < bold.sell_through


def test_who_comes_after_the_first_have_closed_takes_nothing_from_them() -> None:
    """The second group may have as much as it likes: only the first must find its own."""
    apart = choose([choice(1, 6), choice(2, 6, competes=False)], stock=700, sell_through=1.0, chance=0.95)
    together = choose([choice(1, 6), choice(2, 6)], stock=700, sell_through=1.0, chance=0.95)
    assert sum(apart.maximums.values()) > sum(together.maximums.values())
    assert apart.chance_kept >= 0.95


def test_too_little_for_so_many_is_said() -> None:
    """Even one bottle each is more than there is."""
    found = choose([choice(1, 6)], stock=10, sell_through=0.9, chance=0.95)
    assert found.maximums == {1: 1}
    assert found.chance_kept < 0.05 and found.chance_out > 0.95


def test_the_largest_that_may_be_chosen_is_the_end() -> None:
    found = choose([choice(1, 6, steps=range(3, 10, 3))], stock=10_000, sell_through=0.9, chance=0.95)
    assert found.maximums == {1: 9}
    assert found.sell_through < 0.9 and found.chance_out == 0
