"""Tests against chance: exact against every possible world, and honest where nothing is the matter."""

from __future__ import annotations

from itertools import combinations
from math import comb, isclose
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.insights.rules.chance import (
    corrected,
    count_against_share,
    fewer_than_expected,
    highest_of_many,
    share_against_rest,
)

pytestmark = pytest.mark.once
LEVELS = (0.001, 0.01, 0.05, 0.2, 0.5)


def chances_of_part(whole: int, having: int, everybody: int) -> dict[int, float]:
    """How likely each number of those who have something is among ``whole`` dealt blindly, by counting."""
    return {
        part: comb(having, part) * comb(everybody - having, whole - part) / comb(everybody, whole)
        for part in range(max(0, having + whole - everybody), min(whole, having) + 1)
    }


@given(st.integers(1, 24), st.integers(1, 24), st.data())
def test_a_share_is_tested_as_counting_every_world_does(whole: int, rest: int, data: st.DataObject) -> None:
    having = data.draw(st.integers(0, whole + rest))
    chances = chances_of_part(whole, having, whole + rest)
    for part in chances:
        upper = sum(chance for one, chance in chances.items() if one >= part)
        lower = sum(chance for one, chance in chances.items() if one <= part)
        found = share_against_rest(part, whole, having - part, rest)
        assert isclose(found, min(1.0, 2 * min(upper, lower)), rel_tol=1e-9)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_of_worlds_without_a_difference_at_most_a_share_of_p_gives_p(
    whole: int, rest: int, data: st.DataObject
) -> None:
    having = data.draw(st.integers(0, whole + rest))
    chances = chances_of_part(whole, having, whole + rest)
    for level in LEVELS:
        fooled = [part for part in chances if share_against_rest(part, whole, having - part, rest) <= level]
        assert sum(chances[part] for part in fooled) <= level + 1e-12


@given(st.integers(0, 60), st.floats(0.01, 0.99))
def test_a_count_is_tested_as_adding_up_its_tail_does(whole: int, share: float) -> None:
    chances = [comb(whole, part) * share**part * (1 - share) ** (whole - part) for part in range(whole + 1)]
    for part in range(whole + 1):
        expected = min(1.0, 2 * min(sum(chances[: part + 1]), sum(chances[part:])))
        assert isclose(count_against_share(part, whole, share), expected, rel_tol=1e-6)


def test_large_counts_are_as_exact_and_quick() -> None:
    assert share_against_rest(5_000, 10_000, 45_000, 90_000) == 1.0
    assert 0 <= share_against_rest(9_000, 10_000, 9_000, 90_000) < 1e-300
    assert isclose(share_against_rest(560, 1_000, 50_000, 100_000), 0.000_19, rel_tol=0.2)


@pytest.mark.parametrize("counts", [(-1, 3, 1, 2), (4, 3, 1, 2), (1, 3, 3, 2), (1, 3, -1, 2)])
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="a part is nought or more"):
        share_against_rest(*counts)


def test_the_edges_of_a_share() -> None:
    assert count_against_share(0, 5, 0.0) == 1.0
    assert count_against_share(1, 5, 0.0) == 0.0
    with pytest.raises(ValueError, match="within"):
        count_against_share(6, 5, 0.5)
    assert share_against_rest(0, 0, 3, 5) == 1.0


@given(st.integers(0, 30), st.floats(0, 40))
def test_few_where_more_are_expected(count: int, expected: float) -> None:
    from math import exp, factorial

    slow = sum(exp(-expected) * expected**place / factorial(place) for place in range(count + 1))
    assert isclose(fewer_than_expected(count, expected), slow, rel_tol=1e-9, abs_tol=1e-12)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_correction_is_the_step_up_rule(values: list[float]) -> None:
    """All that the rule of 1995 takes at a level, and nothing else, has q at most that level."""
    found = corrected(values)
    for level in LEVELS:
        order = sorted(values)
        last = max((at for at, p in enumerate(order, 1) if p <= level * at / len(values)), default=0)
        taken = {at for at, q in enumerate(found) if q <= level * (1 + 1e-12)}
        bound = order[last - 1] if last else -1.0
        assert taken == {at for at, p in enumerate(values) if p <= bound} or isclose_edge(values, level)
    assert all(q >= p * (1 - 1e-12) for p, q in zip(values, found, strict=True))


def isclose_edge(values: list[float], level: float) -> bool:
    """Whether rounding decides: a value lies on its bound."""
    many = len(values)
    return any(isclose(p, level * at / many, rel_tol=1e-9) for at, p in enumerate(sorted(values), 1))


def test_with_no_effect_anywhere_few_worlds_are_told_of_anything() -> None:
    """Forty areas and one share for all of them: of 400 such worlds at most one in twenty gives any note."""
    chance = Random(7)
    fooled = 0
    for _ in range(400):
        areas = [(sum(chance.random() < 0.3 for _ in range(25)), 25) for _ in range(40)]
        having, everybody = sum(part for part, _ in areas), sum(whole for _, whole in areas)
        values = [share_against_rest(part, whole, having - part, everybody - whole) for part, whole in areas]
        fooled += min(corrected(values)) <= 0.05
    assert fooled <= 400 * 0.05


def test_planted_effects_are_found_and_few_others() -> None:
    """Four areas of forty are different: nearly all are found, and of what is found few are others."""
    chance = Random(11)
    found_true = found_false = 0
    for _ in range(60):
        areas = [(sum(chance.random() < (0.7 if at < 4 else 0.3) for _ in range(40)), 40) for at in range(40)]
        having, everybody = sum(part for part, _ in areas), sum(whole for _, whole in areas)
        q = corrected(
            [share_against_rest(part, whole, having - part, everybody - whole) for part, whole in areas]
        )
        found_true += sum(one <= 0.05 for one in q[:4])
        found_false += sum(one <= 0.05 for one in q[4:])
    assert found_true >= 0.9 * 60 * 4
    assert found_false <= 0.1 * found_true


def test_the_busiest_of_many_is_honest() -> None:
    chance, fooled = Random(3), 0
    for _ in range(500):
        counts = [0] * 7
        for _ in range(60):
            counts[chance.randrange(7)] += 1
        fooled += highest_of_many(counts, [1 / 7] * 7) <= 0.05
    assert fooled <= 500 * 0.05
    assert highest_of_many([40, 2, 3, 1, 4, 5, 5], [1 / 7] * 7) < 1e-6
    assert highest_of_many([0, 0], [0.5, 0.5]) == 1.0


@given(st.lists(st.floats(0, 1), max_size=30))
def test_leaving_out_what_is_no_news_changes_nothing(values: list[float]) -> None:
    low = [value for value in values if value <= 0.05]
    whole = dict(zip(values, corrected(values), strict=True))
    for value, q in zip(low, corrected(low, len(values)), strict=True):
        assert (q <= 0.05) == (whole[value] <= 0.05)
        assert q > 0.05 or q == whole[value]


def test_counting_by_hand_agrees_with_dealing_every_hand() -> None:
    """The reference of this file itself: every hand of three out of seven."""
    hands = list(combinations(range(7), 3))
    for part, chance in chances_of_part(3, 4, 7).items():
        assert isclose(chance, sum(len(set(hand) & {0, 1, 2, 3}) == part for hand in hands) / len(hands))
