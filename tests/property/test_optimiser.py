"""The optimiser: never worse than a simple rule, and the best there is where all ways can be tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.property.test_granting import questions
from tirage.wishes.rules import SIMPLE, Aim, Ask, Caps, Objective, Rule, share_by_all, share_out, worth
from tirage.wishes.rules import optimising as module

pytestmark = pytest.mark.once

AIMS = st.builds(
    Aim, st.sampled_from(list(Objective)), st.sampled_from((1, 1, 2, 3, 5)), st.sampled_from((1, 1, 3))
)
PRICES = {0: 40_00, 1: 55_00, 2: 110_00}


@st.composite
def priced(draw: st.DrawFn) -> tuple[list[Ask], dict[int, int], Caps]:
    """Wishes at different prices of customers who live in one place each."""
    asks, stock, caps = draw(questions())
    homes = draw(st.lists(st.sampled_from(("", "1 Elm", "2 Oak")), min_size=6, max_size=6))
    return (
        [
            Ask(
                **{
                    **{name: getattr(ask, name) for name in Ask.__slots__},
                    "price_minor": PRICES[ask.sku],
                    "household": homes[ask.customer],
                }
            )
            for ask in asks
        ],
        stock,
        caps,
    )


def keeps(aim: Aim, asks: list[Ask], shares: dict[int, int]) -> bool:
    """Whether nobody has some but less than the minimum."""
    got: Counter[int] = Counter()
    for ask in asks:
        got[ask.customer] += shares[ask.key]
    return all(pieces == 0 or pieces >= aim.minimum for pieces in got.values())


@given(priced(), AIMS, st.text(max_size=3))
def test_no_simple_rule_is_better_by_the_objective(question: tuple, aim: Aim, seed: str) -> None:
    asks, stock, caps = question
    found = share_by_all(asks, stock, caps, seed=seed, aim=aim)
    best = worth(aim, asks, found[Rule.OPTIMISER])
    assert keeps(aim, asks, found[Rule.OPTIMISER])
    for rule in SIMPLE:
        if keeps(aim, asks, found[rule]):
            assert best >= worth(aim, asks, found[rule]), rule


def ways(asks: list[Ask], stock: dict[int, int], caps: Caps, aim: Aim) -> Iterator[dict[int, int]]:
    """Every way to share out that keeps to the walls."""
    steps = [range(0, ask.pieces + 1, caps.step(ask)) for ask in asks]
    for way in product(*steps):
        shares = {ask.key: got for ask, got in zip(asks, way, strict=True)}
        if fits(asks, shares, stock, caps) and keeps(aim, asks, shares):
            yield shares


def fits(asks: list[Ask], shares: dict[int, int], stock: dict[int, int], caps: Caps) -> bool:
    of_wine: Counter[int] = Counter()
    of_customer: Counter[int] = Counter()
    of_home: Counter[str] = Counter()
    for ask in asks:
        of_wine[ask.sku] += shares[ask.key]
        of_customer[ask.customer] += shares[ask.key]
        of_home[ask.household] += shares[ask.key]
    del of_home[""]
    return (
        all(pieces <= stock.get(sku, 0) for sku, pieces in of_wine.items())
        and (caps.customer is None or max(of_customer.values()) <= caps.customer)
        and (caps.household is None or max(of_home.values(), default=0) <= caps.household)
    )


@st.composite
def small(draw: st.DrawFn) -> tuple[list[Ask], dict[int, int], Caps]:
    homes = draw(st.lists(st.sampled_from(("", "1 Elm", "2 Oak")), min_size=3, max_size=3))
    asks = []
    for key in range(draw(st.integers(1, 4))):
        sku, customer = draw(st.integers(0, 1)), draw(st.integers(0, 2))
        asks.append(
            Ask(
                key=key,
                reference=f"W{key}",
                sku=sku,
                customer=customer,
                pieces=draw(st.integers(1, 5)),
                household=homes[customer],
                turn=key,
                spend_minor=(0, 70_00, 900_00)[customer],
                price_minor=PRICES[sku],
                multiple=draw(st.sampled_from((1, 1, 2, 3))),
            )
        )
    caps = Caps(draw(st.none() | st.integers(0, 7)), draw(st.none() | st.integers(0, 7)))
    return asks, {sku: draw(st.integers(0, 9)) for sku in range(2)}, caps


@given(small(), AIMS)
def test_it_is_the_best_of_all_ways_where_all_can_be_tried(question: tuple, aim: Aim) -> None:
    asks, stock, caps = question
    shares = share_out(Rule.OPTIMISER, asks, stock, caps, aim=aim)
    best = max(worth(aim, asks, way)[0] for way in ways(asks, stock, caps, aim))
    assert worth(aim, asks, shares)[0] == best


def test_customers_who_are_alike_share_evenly_and_the_oldest_has_the_odd_one() -> None:
    asks = [Ask(key, f"W{key}", 1, key, 4, turn=9 - key) for key in range(5)]
    shares = share_out(Rule.OPTIMISER, asks, {1: 11})
    assert sorted(shares.values()) == [2, 2, 2, 2, 3] and shares[4] == 3


def test_a_minimum_is_had_or_nothing() -> None:
    asks = [Ask(key, f"W{key}", 1, key, pieces, turn=key) for key, pieces in enumerate((6, 6, 6, 2))]
    aim = Aim(Objective.SERVED, minimum=3)
    assert share_out(Rule.OPTIMISER, asks, {1: 8}, aim=aim) == {0: 4, 1: 4, 2: 0, 3: 0}


def test_of_equally_good_ways_the_one_in_whole_cases_is_taken() -> None:
    asks = [Ask(key, f"W{key}", 1, key, 7, turn=key, price_minor=50_00) for key in range(4)]
    loose = share_out(Rule.OPTIMISER, asks, {1: 14}, aim=Aim(Objective.MONEY))
    assert sorted(loose.values()) == [3, 3, 4, 4]
    boxed = share_out(Rule.OPTIMISER, asks, {1: 14}, aim=Aim(Objective.MONEY, case=6))
    assert sum(boxed.values()) == 14 and sum(got // 6 for got in boxed.values()) == 2


def test_each_objective_finds_what_simple_rules_miss() -> None:
    """Ana wishes for a cheap and a dear wine and may have two; Ben for the cheap one only."""
    asks = [
        Ask(1, "A", 1, 1, 2, turn=0, price_minor=40_00, spend_minor=10_00),
        Ask(2, "B", 2, 1, 2, turn=1, price_minor=90_00, spend_minor=10_00),
        Ask(3, "C", 1, 2, 2, turn=2, price_minor=40_00, spend_minor=5_00),
    ]
    stock, caps = {1: 2, 2: 2}, Caps(customer=2)
    found = {
        objective: share_out(Rule.OPTIMISER, asks, stock, caps, aim=Aim(objective))
        for objective in (Objective.MONEY, Objective.EQUAL)
    }
    assert set(map(tuple, (one.items() for one in found.values()))) == {((1, 0), (2, 2), (3, 2))}
    simple = [share_out(rule, asks, stock, caps, seed="x") for rule in SIMPLE if rule is not Rule.DRAW]
    assert max(worth(Aim(Objective.MONEY), asks, one) for one in simple)[0] < (260_00,)


def test_without_an_answer_in_time_the_best_simple_rule_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "solve", lambda model: None)
    asks = [Ask(key, f"W{key}", 1, key, 2, turn=key, spend_minor=key) for key in range(3)]
    aim = Aim(Objective.LOYALTY)
    assert share_out(Rule.OPTIMISER, asks, {1: 2}, aim=aim) == share_out(Rule.SPEND, asks, {1: 2})
