"""Money loses no cent, whatever it is divided by."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.checkout.rules import discount_minor
from tirage.core.money import Money, exponent, parse_minor, rate_of, share_minor, total

pytestmark = pytest.mark.once
minors = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
currencies = st.sampled_from(("USD", "EUR", "JPY", "KWD"))
rates = st.integers(0, 1_000_000)


@given(minors, weights)
def test_shares_sum_to_the_whole(minor: int, weights: list[int]) -> None:
    assert sum(share_minor(minor, weights)) == minor


@given(minors, weights)
def test_a_share_is_within_a_cent_of_its_part(minor: int, weights: list[int]) -> None:
    for part, weight in zip(share_minor(minor, weights), weights, strict=True):
        assert abs(part * sum(weights) - minor * weight) < sum(weights)
        assert weight or not part


@given(minors, weights)
def test_giving_back_mirrors_taking(minor: int, weights: list[int]) -> None:
    assert share_minor(-minor, weights) == [-part for part in share_minor(minor, weights)]


@given(minors, st.data())
def test_who_weighs_more_never_gets_less(minor: int, data: st.DataObject) -> None:
    ordered = sorted(data.draw(weights))
    shares = [abs(part) for part in share_minor(minor, ordered)]
    for lighter, heavier in zip(
        zip(ordered, shares, strict=True), zip(ordered[1:], shares[1:], strict=True), strict=False
    ):
        assert lighter[0] == heavier[0] or lighter[1] <= heavier[1]


@given(minors, weights, st.randoms())
def test_the_order_of_the_weights_changes_only_who_gets_the_odd_cent(
    minor: int, weights: list[int], random
) -> None:
    shuffled = weights[:]
    random.shuffle(shuffled)
    assert sorted(share_minor(minor, shuffled)) == sorted(share_minor(minor, weights))


@given(minors, currencies, st.integers(1, 50))
def test_split_parts_differ_by_a_cent_at_most(minor: int, currency: str, parts: int) -> None:
    split = Money(minor, currency).split(parts)
    assert total(split, currency) == Money(minor, currency) and len(split) == parts
    assert max(split).minor - min(split).minor <= 1


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [3, -1]])
def test_senseless_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        share_minor(100, weights)


@given(minors, rates)
def test_a_rate_is_rounded_once_half_away_from_zero(minor: int, rate: int) -> None:
    exact = Decimal(minor) * Decimal(rate) / Decimal(1_000_000)
    assert rate_of(minor, rate) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert rate_of(-minor, rate) == -rate_of(minor, rate)


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_discount_is_never_more_than_the_wine(subtotal: int, discount_bp: int) -> None:
    discount = discount_minor(subtotal, discount_bp)
    assert -subtotal <= discount <= 0
    assert abs(discount * 10_000 + subtotal * discount_bp) * 2 <= 10_000


@given(minors, currencies)
def test_what_is_printed_is_read_again(minor: int, currency: str) -> None:
    assert parse_minor(str(Money(minor, currency).decimal), currency) == minor
    assert parse_minor(f" {Money(minor, currency).decimal:f} ", currency) == minor


@given(st.integers(-(10**9), 10**9), currencies)
def test_finer_than_can_be_paid_is_refused(units: int, currency: str) -> None:
    finer = Decimal(units * 10 + 1).scaleb(-exponent(currency) - 1)
    with pytest.raises(ValueError, match="finer"):
        parse_minor(f"{finer:f}", currency)


@given(st.text(max_size=8))
def test_other_text_is_refused_in_words(text: str) -> None:
    refusal = ""
    try:
        minor = parse_minor(text, "USD")
    except ValueError as refused:
        refusal = str(refused)
    assert "amount" in refusal or "finer" in refusal or type(minor) is int


@given(minors, minors, currencies)
def test_amounts_add_compare_and_negate_as_numbers_do(one: int, other: int, currency: str) -> None:
    first, second = Money(one, currency), Money(other, currency)
    assert (first + second).minor == one + other and first - second == first + -second
    assert (first < second) == (one < other) and (first >= second) == (one >= other)
