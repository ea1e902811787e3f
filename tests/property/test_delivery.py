"""Shipping prices and tax."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.delivery.rules import RateStep, TaxRule, sales_tax, shipping_price

pytestmark = pytest.mark.once
amounts = st.integers(0, 10**8)


@st.composite
def tariffs(draw: st.DrawFn) -> list[RateStep]:
    """Steps as a winery writes them: the bigger the parcel, the dearer."""
    sizes = draw(st.lists(st.integers(1, 24), min_size=1, max_size=5, unique=True))
    prices = sorted(draw(st.lists(st.integers(0, 200_00), min_size=len(sizes), max_size=len(sizes))))
    return [RateStep(size * 1000, price) for size, price in zip(sorted(sizes), prices, strict=True)]


def price(tariff: list[RateStep], equivalents: int) -> int:
    found = shipping_price(tariff, equivalents)
    assert found is not None
    return found


@given(tariffs(), st.integers(1, 100_000), st.integers(0, 100_000))
def test_more_wine_never_ships_for_less(tariff: list[RateStep], some: int, more: int) -> None:
    assert price(tariff, some) <= price(tariff, some + more)


@given(tariffs(), st.integers(1, 100_000))
def test_the_parcels_hold_the_wine_and_none_is_empty(tariff: list[RateStep], equivalents: int) -> None:
    """The price is that of whole largest parcels and the smallest one for the rest, counted out one by one."""
    by_size = sorted(tariff, key=lambda step: step.up_to_milli)
    counted, left = 0, equivalents
    while left > by_size[-1].up_to_milli:
        counted, left = counted + by_size[-1].price_minor, left - by_size[-1].up_to_milli
    counted += min(step.price_minor for step in by_size if step.up_to_milli >= left)
    assert price(tariff, equivalents) == counted


@given(tariffs(), st.integers(1, 100_000), st.randoms())
def test_the_order_of_the_steps_is_all_one(tariff: list[RateStep], equivalents: int, random) -> None:
    shuffled = tariff[:]
    random.shuffle(shuffled)
    assert price(shuffled, equivalents) == price(tariff, equivalents)


@given(st.integers(0, 100_000))
def test_without_rates_there_is_no_way(equivalents: int) -> None:
    assert shipping_price([], equivalents) is None


@given(st.integers(0, 1_000_000), st.booleans(), amounts, amounts)
def test_tax_is_never_negative_nor_more_than_what_is_taxed(
    rate: int, taxes_shipping: bool, wine: int, shipping: int
) -> None:
    tax = sales_tax(TaxRule(rate, taxes_shipping), wine_minor=wine, shipping_minor=shipping)
    base = wine + (shipping if taxes_shipping else 0)
    assert 0 <= tax <= base and abs(tax * 1_000_000 - base * rate) * 2 <= 1_000_000


@given(st.integers(0, 1_000_000), amounts, amounts)
def test_a_state_that_doesnt_tax_shipping_doesnt_see_it(rate: int, wine: int, shipping: int) -> None:
    rule = TaxRule(rate, taxes_shipping=False)
    assert sales_tax(rule, wine_minor=wine, shipping_minor=shipping) == sales_tax(
        rule, wine_minor=wine, shipping_minor=0
    )


@given(st.integers(0, 1_000_000), amounts)
def test_what_is_given_away_is_not_taxed_below_nothing(rate: int, wine: int) -> None:
    assert sales_tax(TaxRule(rate, taxes_shipping=True), wine_minor=-wine, shipping_minor=0) == 0
