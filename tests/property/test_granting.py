"""Sharing out scarce bottles: what every rule keeps to, and what each promises."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from itertools import product
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.wishes.rules import Ask, Caps, Rule, measure, share_out
from tirage.wishes.rules.drawing import certificate, draw_order
from tirage.wishes.rules.measures import gini, lorenz, part_of_fewest

pytestmark = pytest.mark.once

DOCS = Path(__file__).parents[2] / "docs" / "granting.md"
RULES = st.sampled_from(list(Rule))


@st.composite
def questions(draw: st.DrawFn, *, whole: bool = False) -> tuple[list[Ask], dict[int, int], Caps]:
    """Wishes for up to three wines, what there is of each, and caps; ``whole`` has single bottles and no caps."""
    wines = draw(st.integers(1, 3))
    stock = {sku: draw(st.integers(0, 30)) for sku in range(wines)}
    asks = [
        Ask(
            key=key,
            reference=f"WSH-{key}",
            sku=draw(st.integers(0, wines - 1)),
            customer=draw(st.integers(0, 5)),
            household=draw(st.sampled_from(("", "1 Elm 94110", "2 Oak 94110"))),
            pieces=draw(st.integers(1, 12)),
            turn=draw(st.integers(0, 9)),
            rank=draw(st.integers(1, 3)),
            spend_minor=draw(st.sampled_from((0, 100_00, 900_00))),
            weight=draw(st.integers(0, 4)),
            price_minor=100_00,
            multiple=1 if whole else draw(st.sampled_from((1, 1, 2, 3))),
        )
        for key in range(draw(st.integers(0, 9)))
    ]
    if whole:
        return asks, stock, Caps()
    caps = Caps(
        draw(st.none() | st.integers(0, 10)),
        draw(st.none() | st.integers(0, 10)),
        draw(st.sampled_from((1, 1, 2))),
    )
    return asks, stock, caps


@given(questions(), RULES, st.text(max_size=5))
def test_no_rule_gives_more_than_may_be_given(question: tuple, rule: Rule, seed: str) -> None:
    asks, stock, caps = question
    shares = share_out(rule, asks, stock, caps, seed=seed)
    given_: Counter[int] = Counter()
    of_customer: Counter[int] = Counter()
    of_household: Counter[str] = Counter()
    for ask in asks:
        got = shares[ask.key]
        assert 0 <= got <= ask.pieces
        assert got % ask.multiple == 0 and got % caps.case == 0
        given_[ask.sku] += got
        of_customer[ask.customer] += got
        of_household[ask.household] += got
    assert all(pieces <= stock[sku] for sku, pieces in given_.items())
    assert caps.customer is None or all(got <= caps.customer for got in of_customer.values())
    del of_household[""]
    assert caps.household is None or all(got <= caps.household for got in of_household.values())


@given(questions(), RULES, st.text(max_size=5))
def test_nothing_is_kept_back_that_somebody_could_still_have(question: tuple, rule: Rule, seed: str) -> None:
    asks, stock, caps = question
    shares = share_out(rule, asks, stock, caps, seed=seed)
    for ask in asks:
        more = {**shares, ask.key: shares[ask.key] + caps.step(ask)}
        customer = sum(more[one.key] for one in asks if one.customer == ask.customer)
        household = sum(more[one.key] for one in asks if one.household == ask.household)
        assert (
            more[ask.key] > ask.pieces
            or sum(more[one.key] for one in asks if one.sku == ask.sku) > stock[ask.sku]
            or (caps.customer is not None and customer > caps.customer)
            or (caps.household is not None and bool(ask.household) and household > caps.household)
        ), "this one could have had more"


@given(questions(), RULES, st.text(max_size=5), st.randoms(use_true_random=False))
def test_the_same_question_has_the_same_answer_in_whatever_order_it_is_read(
    question: tuple, rule: Rule, seed: str, chance: object
) -> None:
    asks, stock, caps = question
    mixed = list(asks)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert share_out(rule, asks, stock, caps, seed=seed) == share_out(rule, mixed, stock, caps, seed=seed)


def _fairest(asked: list[int], stock: int) -> list[int]:
    """By trying all: the sorted shares whose smallest is largest, then the second smallest, and so on."""
    ways = (way for way in product(*(range(most + 1) for most in asked)) if sum(way) <= stock)
    return max((sorted(way) for way in ways), default=[])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 14))
def test_equal_share_is_max_min_fair(asked: list[int], stock: int) -> None:
    asks = [Ask(place, f"W{place}", 1, place, pieces, turn=place) for place, pieces in enumerate(asked)]
    shares = share_out(Rule.EQUAL, asks, {1: stock})
    assert sorted(shares.values()) == _fairest(asked, stock)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from("AB")), min_size=1, max_size=4),
    st.integers(0, 10),
    st.integers(0, 6),
)
def test_equal_share_is_max_min_fair_under_a_household_cap(
    people: list[tuple[int, str]], stock: int, cap: int
) -> None:
    asks = [
        Ask(place, f"W{place}", 1, place, pieces, household=home, turn=place)
        for place, (pieces, home) in enumerate(people)
    ]
    shares = share_out(Rule.EQUAL, asks, {1: stock}, Caps(household=cap))

    def fits(way: tuple[int, ...]) -> bool:
        homes: Counter[str] = Counter()
        for (_, home), got in zip(people, way, strict=True):
            homes[home] += got
        return sum(way) <= stock and all(got <= cap for got in homes.values())

    ways = product(*(range(pieces + 1) for pieces, _ in people))
    assert sorted(shares.values()) == max(sorted(way) for way in ways if fits(way))


@given(questions(whole=True), st.data())
def test_asking_for_more_does_not_help_where_all_have_the_same_share(
    question: tuple, data: st.DataObject
) -> None:
    asks, stock, caps = question
    shares = share_out(Rule.EQUAL, asks, stock, caps)
    short = [ask for ask in asks if shares[ask.key] < ask.pieces]
    if not short:
        return
    greedy = data.draw(st.sampled_from(short))
    louder = [
        Ask(
            **{
                **{name: getattr(ask, name) for name in Ask.__slots__},
                "pieces": ask.pieces + (ask is greedy) * 9,
            }
        )
        for ask in asks
    ]
    assert share_out(Rule.EQUAL, louder, stock, caps) == shares


@given(st.lists(st.integers(1, 9), min_size=1, max_size=7), st.integers(0, 40))
def test_a_pass_gives_each_customer_one_bottle(asked: list[int], stock: int) -> None:
    """Nobody has two more than somebody who could still have had one; what is over goes to the oldest."""
    asks = [Ask(place, f"W{place}", 1, place, pieces, turn=place) for place, pieces in enumerate(asked)]
    shares = share_out(Rule.ROUND_ROBIN, asks, {1: stock})
    short = [place for place, pieces in enumerate(asked) if shares[place] < pieces]
    assert all(max(shares.values()) <= shares[place] + 1 for place in short)
    assert [shares[place] for place in short] == sorted((shares[place] for place in short), reverse=True)


def test_a_pass_begins_with_the_oldest() -> None:
    asks = [Ask(1, "A", 1, 1, 3, turn=2), Ask(2, "B", 1, 2, 3, turn=0), Ask(3, "C", 1, 3, 1, turn=1)]
    assert share_out(Rule.ROUND_ROBIN, asks, {1: 4}) == {1: 1, 2: 2, 3: 1}


def test_a_pass_counts_customers_not_wishes() -> None:
    """Ana's two wishes are served in two passes; the equal share serves each wine by itself."""
    asks = [Ask(1, "A", 1, 1, 2, turn=0), Ask(2, "B", 2, 1, 2, turn=1), Ask(3, "C", 2, 2, 2, turn=2)]
    assert share_out(Rule.ROUND_ROBIN, asks, {1: 2, 2: 2}) == {1: 2, 2: 0, 3: 2}
    assert share_out(Rule.EQUAL, asks, {1: 2, 2: 2}) == {1: 2, 2: 1, 3: 1}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 120))
def test_proportional_shares_are_within_one_bottle_of_the_part(asked: list[int], stock: int) -> None:
    asks = [Ask(place, f"W{place}", 1, place, pieces, turn=place) for place, pieces in enumerate(asked)]
    shares = share_out(Rule.PROPORTIONAL, asks, {1: stock})
    part = min(stock / sum(asked), 1)
    assert all(abs(shares[ask.key] - ask.pieces * part) < 1 for ask in asks)


@pytest.mark.parametrize(
    ("rule", "first"), [(Rule.OLDEST, "old"), (Rule.RANK, "premier"), (Rule.SPEND, "rich")]
)
def test_who_comes_first_has_all_of_the_wish(rule: Rule, first: str) -> None:
    asks = {
        "old": Ask(1, "A", 1, 1, 4, turn=0, rank=3, spend_minor=0),
        "premier": Ask(2, "B", 1, 2, 4, turn=1, rank=1, spend_minor=10),
        "rich": Ask(3, "C", 1, 3, 4, turn=2, rank=2, spend_minor=90),
    }
    shares = share_out(rule, asks.values(), {1: 4})
    assert {name for name, ask in asks.items() if shares[ask.key] == 4} == {first}


def test_the_odds_of_a_draw_are_its_weights() -> None:
    """Over 100,000 draws, each place in the line within four standard deviations of what the weights say."""
    weights = {"A": 5, "B": 3, "C": 2, "D": 0}
    asks = [
        Ask(key, reference, 1, key, 1, weight=weight)
        for key, (reference, weight) in enumerate(weights.items())
    ]
    draws = 100_000
    first: Counter[str] = Counter()
    second_after_a: Counter[str] = Counter()
    for number in range(draws):
        line = [ask.reference for ask in draw_order(asks, f"draw {number}")]
        first[line[0]] += 1
        if line[0] == "A":
            second_after_a[line[1]] += 1
    for name, chance in (("A", 0.5), ("B", 0.3), ("C", 0.2)):
        assert abs(first[name] / draws - chance) < 4 * (chance * (1 - chance) / draws) ** 0.5
    assert first["D"] == 0, "no odds at all, while others have some"
    assert abs(second_after_a["B"] / first["A"] - 0.6) < 4 * (0.24 / first["A"]) ** 0.5


@given(questions(), st.text(max_size=8))
def test_the_printed_program_checks_a_certificate_and_notices_what_was_changed(
    question: tuple, seed: str
) -> None:
    asks, stock, caps = question
    shares = share_out(Rule.DRAW, asks, stock, caps, seed=seed)
    program = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)[0]
    assert len([line for line in program.splitlines() if line]) <= 10
    by_hand = {ask.key: ask.pieces for ask in asks[:1]}
    told = json.loads(certificate(asks, stock, caps, seed, shares, by_hand))
    assert _says(program, told) == "as drawn"
    assert [one["wish"] for one in told["changed_by_hand"]] == [ask.reference for ask in asks[:1]]
    if told["wishes"]:
        told["wishes"][0]["granted"] += 1
        assert _says(program, told) == "NOT as drawn"


def _says(program: str, document: object) -> str:
    """What the program of the documentation prints of a certificate."""
    said: list[str] = []
    names = {
        "open": lambda name: _File(document),
        "print": lambda *words: said.append(" ".join(map(str, words))),
    }
    exec(compile(program, "docs", "exec"), names)
    return said[-1]


class _File:
    def __init__(self, document: object) -> None:
        self._text = json.dumps(document)

    def read(self) -> str:
        return self._text


@given(st.lists(st.integers(0, 30), max_size=12))
def test_the_gini_is_the_mean_difference_over_twice_the_mean(counts: list[int]) -> None:
    pairs = sum(abs(one - other) for one in counts for other in counts)
    expected = pairs / (2 * len(counts) * sum(counts)) if sum(counts) else 0.0
    assert gini(counts) == pytest.approx(expected, abs=1e-5)


@given(st.lists(st.integers(0, 30), max_size=12))
def test_the_gini_is_twice_the_area_under_evenness(counts: list[int]) -> None:
    spread = [counts.count(pieces) for pieces in range(31)]
    points = lorenz(spread)
    if not sum(counts):
        assert points == []
        return
    assert points[0] == (0.0, 0.0) and points[-1] == (1.0, 1.0)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(points)]
    assert slopes == sorted(slopes), "whoever has fewest comes first"
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))
    assert 1 - 2 * area == pytest.approx(gini(counts), abs=1e-5)
    for people in range(1, len(counts) + 1):
        fewest = sum(sorted(counts)[:people]) / sum(counts)
        assert part_of_fewest(points, people / len(counts)) == pytest.approx(fewest)


@given(questions(), RULES)
def test_figures_add_up(question: tuple, rule: Rule) -> None:
    asks, stock, caps = question
    shares = share_out(rule, asks, stock, caps)
    found = measure(asks, shares)
    assert found.pieces == sum(shares.values())
    assert found.money_minor == found.pieces * 100_00
    assert found.customers + found.with_nothing == len({ask.customer for ask in asks}) == sum(found.spread)
    assert sum(count * pieces for pieces, count in enumerate(found.spread)) == found.pieces
    assert found.in_full <= found.customers


def test_equal_share_spreads_the_last_bottles_over_people() -> None:
    """Four wish for four wines with a bottle each: each gets one. A second wish for a wine gets no second turn."""
    asks = [
        Ask(
            key=4 * person + sku,
            reference=f"WSH-{person}-{sku}",
            sku=sku,
            customer=person,
            pieces=3,
            turn=person,
        )
        for person, sku in product(range(4), range(4))
    ]
    shares = share_out(Rule.EQUAL, asks, dict.fromkeys(range(4), 1))
    assert [sum(shares[ask.key] for ask in asks if ask.customer == person) for person in range(4)] == [
        1,
        1,
        1,
        1,
    ]

    twice = [
        Ask(key=key, reference=f"WSH-{key}", sku=0, customer=customer, pieces=3, turn=key)
        for key, customer in enumerate((0, 0, 1))
    ]
    assert share_out(Rule.EQUAL, twice, {0: 2}) == {0: 1, 1: 0, 2: 1}
