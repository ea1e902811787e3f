"""Shipping prices and tax."""

from __future__ import annotations

import json
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.catalog.formats import Formats
from tirage.delivery.rates.explaining import explain
from tirage.delivery.rules import Freight, RateStep, Tariff, Terms, shipping_price
from tirage.delivery.states import Basis
from tirage.taxes.rules import TaxRule, sales_tax

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


freights = st.builds(Freight, st.integers(1, 60_000), st.integers(0, 5_000_00), st.integers(1, 90_000))


@st.composite
def tables(draw: st.DrawFn) -> Tariff:
    """Tables of every kind, with or without a minimum, a maximum and a bound from which delivery is included."""
    steps = draw(tariffs())
    least = draw(st.integers(0, 50_00))
    return Tariff(
        tuple(steps),
        draw(st.sampled_from(Basis)),
        least,
        draw(st.none() | st.integers(least, 400_00)),
        draw(st.none() | st.integers(1_000, 48_000)),
        draw(st.none() | st.integers(1_00, 4_000_00)),
        draw(st.sampled_from(["", "West"])),
        draw(st.sampled_from(["", "2000-01-01", "2027-01-01"])),
    )


@given(tables(), freights, st.randoms())
def test_the_order_of_rates_changes_no_price(table: Tariff, freight: Freight, random) -> None:
    shuffled = list(table.steps)
    random.shuffle(shuffled)
    assert replace(table, steps=tuple(shuffled)).price(freight) == table.price(freight)


@given(tables(), freights)
def test_a_price_is_included_or_kept_within_its_bounds(table: Tariff, freight: Freight) -> None:
    price = table.price(freight)
    assert price is not None
    if table.is_included(freight):
        assert price == 0
    else:
        assert price >= table.minimum_minor
        assert table.maximum_minor is None or price <= table.maximum_minor


@given(tables(), freights, freights)
def test_more_of_what_a_table_counts_in_never_costs_less_until_it_is_included(
    table: Tariff, one: Freight, other: Freight
) -> None:
    plain = replace(table, included_from_milli=None, included_from_minor=None)
    less, more = sorted((one, other), key=plain.measure)
    cheap, dear = plain.price(less), plain.price(more)
    assert cheap is not None and dear is not None and cheap <= dear


@given(tables(), freights, st.booleans(), st.integers(0, 200_000), st.booleans())
def test_what_is_told_ends_at_what_is_charged(
    table: Tariff, freight: Freight, is_free: bool, rate: int, taxes_shipping: bool
) -> None:
    tax = TaxRule(rate, taxes_shipping)
    told = explain(table, freight, is_free=is_free, tax=tax, currency="USD", locale="en_US")
    *steps, taxed = [one.amount.minor for one in told if one.amount is not None]
    charged = 0 if is_free else table.price(freight)
    assert steps[-1] == charged
    assert taxed == sales_tax(tax, wine_minor=freight.value_minor, shipping_minor=charged or 0)


@given(tables(), st.integers(0, 10_000), st.booleans(), freights)
def test_what_an_order_keeps_is_read_back_and_prices_the_same(
    table: Tariff, discount_bp: int, is_free: bool, freight: Freight
) -> None:
    formats = Formats({(1500, 1): (2_500, 3_100), (375, 1): (700, 800)})
    terms = Terms(discount_bp, is_free, table, TaxRule(72_500, taxes_shipping=True), formats)
    read = Terms.from_json(json.loads(json.dumps(terms.as_json())))
    assert read == terms and read.formats == formats
    assert (read.tariff.zone, read.tariff.first_day) == (table.zone, table.first_day)
    assert read.tariff.price(freight) == table.price(freight)


def test_what_orders_kept_before_there_were_kinds_of_rates_is_still_read() -> None:
    kept = {
        "discount_bp": 1000,
        "is_free": False,
        "steps": [[3000, 1800], [6000, 2400]],
        "tax_rate_ppm": 72_500,
        "taxes_shipping": True,
    }
    terms = Terms.from_json(kept)
    assert terms.tariff.price(Freight(5_000, 100_00)) == 24_00
    assert terms.as_json() == kept, "and written as it was"


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
