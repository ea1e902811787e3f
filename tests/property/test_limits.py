"""Who may take how much: what the stepper shows, what the cart refuses and what the team is warned of agree."""

from __future__ import annotations

from itertools import product

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from tirage.inventory.rules import Wanted, grant_wanted
from tirage.offers.rules import CheckoutRules, Limits, PlannedItem, find_conflicts, measure_rules

pytestmark = pytest.mark.once


@st.composite
def limits(draw: st.DrawFn, most: int = 12) -> Limits:
    maximum = draw(st.integers(0, most))
    minimum = draw(st.integers(0, maximum))
    return Limits(minimum, maximum, draw(st.integers(0, 6)), draw(st.sampled_from((1, 2, 3, 6))))


boughts = st.integers(0, 14)


@given(limits(), boughts, st.integers(-3, 20))
def test_a_quantity_is_refused_exactly_when_a_rule_says_so(limits: Limits, bought: int, pieces: int) -> None:
    within = 0 <= pieces <= max(limits.maximum - bought, 0)
    whole = pieces % limits.multiple == 0
    enough = pieces == 0 or pieces + bought >= limits.minimum
    assert (limits.refusal(pieces, bought=bought) == "") == (within and whole and enough)


@given(limits(), boughts)
def test_the_cap_is_the_most_that_is_not_refused(limits: Limits, bought: int) -> None:
    cap = limits.cap(bought=bought)
    allowed = [pieces for pieces in range(21) if not limits.refusal(pieces, bought=bought)]
    assert allowed[0] == 0, "nothing at all is always allowed"
    assert max(allowed) == cap or (0 < cap + bought < limits.minimum and max(allowed) == 0)


@given(limits(), boughts, st.integers(0, 14))
def test_bought_cart_and_allowance_make_the_maximum(limits: Limits, bought: int, in_cart: int) -> None:
    allowance = limits.allowance(bought=bought, in_cart=in_cart)
    assert allowance == max(limits.maximum - bought - in_cart, 0) and allowance >= 0


@given(st.integers(0, 20), st.sampled_from((1, 2, 3, 6)), st.integers(0, 12), st.integers(-5, 25))
def test_the_most_of_what_is_wanted_that_there_is(asked: int, multiple: int, minimum: int, free: int) -> None:
    got = grant_wanted(Wanted(asked, multiple, minimum), free=free)
    fitting = [n for n in range(0, min(asked, max(free, 0)) + 1, multiple) if n >= minimum]
    assert got == max(fitting, default=0)


@given(
    st.integers(0, 10),
    st.none() | st.integers(0, 10),
    st.integers(0, 500),
    st.integers(0, 12),
    st.integers(0, 600),
)
def test_progress_is_met_exactly_when_the_rule_is(
    fewest: int, most: int | None, spend: int, bottles: int, subtotal: int
) -> None:
    measured = measure_rules(CheckoutRules(fewest, most, spend), bottles=bottles, subtotal_minor=subtotal)
    met = bottles >= fewest and (most is None or bottles <= most) and subtotal >= spend
    assert all(short.met for short in measured) == met
    assert all(short.missing >= 0 and short.met == (short.missing == 0) for short in measured)


@st.composite
def small_offers(draw: st.DrawFn) -> tuple[CheckoutRules, list[PlannedItem]]:
    items = [
        PlannedItem(f"wine {number}", draw(limits(6)), draw(st.sampled_from((1, 3))), draw(st.integers(1, 9)))
        for number in range(draw(st.integers(1, 3)))
    ]
    fewest = draw(st.integers(0, 20))
    most = draw(st.none() | st.integers(fewest, 24))
    return CheckoutRules(fewest, most, draw(st.integers(0, 120))), items


def carts(items: list[PlannedItem]) -> list[tuple[int, int]]:
    """Bottles and money of every cart that each wine's own limits allow, minimums taken."""
    choices = [
        [n for n in range(item.limits.minimum, item.limits.maximum + 1) if n % item.limits.multiple == 0]
        for item in items
    ]
    return [
        (
            sum(n * item.bottles for n, item in zip(cart, items, strict=True)),
            sum(n * item.price_minor for n, item in zip(cart, items, strict=True)),
        )
        for cart in product(*choices)
    ]


@given(small_offers())
def test_a_conflict_is_one_that_no_cart_can_meet(offer: tuple[CheckoutRules, list[PlannedItem]]) -> None:
    rules, items = offer
    assume(all(not one.limits.minimum % one.limits.multiple for one in items))
    assume(all(not one.limits.maximum % one.limits.multiple for one in items))
    meets = [
        all(short.met for short in measure_rules(rules, bottles=bottles, subtotal_minor=money))
        for bottles, money in carts(items)
    ]
    if find_conflicts(rules, items):
        assert not any(meets), "flagged, though some cart meets all rules"


@given(small_offers())
def test_each_rule_alone_is_flagged_when_no_cart_meets_it(
    offer: tuple[CheckoutRules, list[PlannedItem]],
) -> None:
    rules, items = offer
    assume(all(not one.limits.minimum % one.limits.multiple for one in items))
    assume(all(not one.limits.maximum % one.limits.multiple for one in items))
    alone = (
        CheckoutRules(rules.bottles_minimum, None, 0),
        CheckoutRules(0, rules.bottles_maximum, 0),
        CheckoutRules(0, None, rules.spend_minimum_minor),
    )
    for rule in alone:
        possible = any(
            all(short.met for short in measure_rules(rule, bottles=bottles, subtotal_minor=money))
            for bottles, money in carts(items)
        )
        assert bool(find_conflicts(rule, items)) != possible


@given(limits(6))
def test_limits_that_dont_fit_the_multiple_are_flagged(limits: Limits) -> None:
    flagged = find_conflicts(CheckoutRules(0, None, 0), [PlannedItem("wine", limits, 1, 1)])
    assert len(flagged) == bool(limits.maximum % limits.multiple) + bool(limits.minimum % limits.multiple)
