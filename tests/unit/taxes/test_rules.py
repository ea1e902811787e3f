"""What a sale comes to by its levies and fees, reckoned by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.core.money import rate_of
from tirage.taxes.protocol import TaxKind, added_minor, included_minor
from tirage.taxes.rules import Bottles, FeeRule, Levy, Sale, TaxRule, included_in, sales_tax, tax_lines
from tirage.taxes.states import FeeUnit, Relief

SALE = Sale(216_00, 28_00, bottles=(Bottles(2, 240_00),))


def by_levies(*levies: Levy, **more: object) -> TaxRule:
    return TaxRule(sum(levy.rate_ppm for levy in levies), False, levies, **more)  # type: ignore[arg-type]


def test_one_rate_of_a_place_is_rounded_once() -> None:
    """7.25 % of 216.00 is 15.66; of 244.00, with delivery, 17.69."""
    assert sales_tax(TaxRule(72_500, False), wine_minor=216_00, shipping_minor=28_00) == 15_66
    assert sales_tax(TaxRule(72_500, True), wine_minor=216_00, shipping_minor=28_00) == 17_69


def test_rates_of_several_jurisdictions_are_one_rate_rounded_once() -> None:
    """8.625 % of 33.33 is 2.8747: 2.87, though 6 % and 1.25 % and 1.375 % for themselves are 2.00, 0.42 and 0.46."""
    rule = by_levies(
        Levy("California", rate_ppm=60_000), Levy("County", rate_ppm=12_500), Levy("City", rate_ppm=13_750)
    )
    lines = tax_lines(rule, Sale(33_33))
    assert [line.amount_minor for line in lines] == [2_00, 41, 46]
    assert added_minor(lines) == 2_87 and {line.base_minor for line in lines} == {33_33}


def test_where_lines_are_rounded_each_is() -> None:
    """Three lines of 0.33 at 5 %: 0.0165 each, 2 cents a line; together 0.0495, 5 cents."""
    lines = tuple(Bottles(1, 33) for _ in range(3))
    sale = Sale(99, bottles=lines)
    assert added_minor(tax_lines(by_levies(Levy("A", rate_ppm=50_000, by_line=True)), sale)) == 6
    assert added_minor(tax_lines(by_levies(Levy("A", rate_ppm=50_000)), sale)) == 5


def test_delivery_and_handling_are_taxed_where_the_table_says_so() -> None:
    sale = Sale(100_00, 20_00, 5_00, 7_00)
    levy = {"rate_ppm": 100_000}
    assert added_minor(tax_lines(by_levies(Levy("A", **levy)), sale)) == 10_00  # type: ignore[arg-type]
    assert added_minor(tax_lines(by_levies(Levy("A", on_shipping=True, **levy)), sale)) == 12_00  # type: ignore[arg-type]
    assert added_minor(tax_lines(by_levies(Levy("A", on_other=True, **levy)), sale)) == 10_50  # type: ignore[arg-type]
    assert added_minor(tax_lines(by_levies(Levy("A", on_duty=True, **levy)), sale)) == 10_70  # type: ignore[arg-type]
    assert added_minor(tax_lines(by_levies(Levy("A", on_wine=False, on_shipping=True, **levy)), sale)) == 2_00  # type: ignore[arg-type]


def test_a_fee_is_due_once_an_order_from_its_threshold_on() -> None:
    fee = FeeRule("Delivery fee", "MN", 50, least_minor=100_00)
    rule = TaxRule(0, False, fees=(fee,))
    assert added_minor(tax_lines(rule, Sale(99_99, bottles=(Bottles(1, 99_99),)))) == 0
    assert added_minor(tax_lines(rule, Sale(100_00, bottles=(Bottles(12, 100_00),)))) == 50
    assert tax_lines(rule, Sale(0)) == ()


def test_a_fee_that_the_winery_pays_is_on_the_books_and_owed_by_nobody() -> None:
    rule = TaxRule(0, False, fees=(FeeRule("Delivery fee", "CO", 29, absorbed=True),))
    (line,) = tax_lines(rule, SALE)
    assert line.absorbed and added_minor([line]) == 0 and included_minor([line]) == 29


def test_deposits_are_by_container_and_its_size() -> None:
    """A 3-pack of 375 ml at 5 cents, two magnums at 10."""
    container = {"kind": TaxKind.DEPOSIT, "unit": FeeUnit.CONTAINER}
    fees = (
        FeeRule("CRV", "CA", 5, most_millilitres=709, **container),  # type: ignore[arg-type]
        FeeRule("CRV", "CA", 10, least_millilitres=710, **container),  # type: ignore[arg-type]
    )
    sale = Sale(500_00, bottles=(Bottles(1, 100_00, 3, 375), Bottles(2, 400_00, 1, 1500)))
    lines = tax_lines(TaxRule(0, False, fees=fees), sale)
    assert [(line.count, line.amount_minor) for line in lines] == [(3, 15), (2, 20)]


def test_a_price_with_vat_has_it_in_it() -> None:
    """20 % VAT: 120.00 has 20.00 of tax and 100.00 of wine; nothing is added."""
    rule = by_levies(Levy("United Kingdom", TaxKind.VAT, 200_000, on_shipping=True), included=True)
    (line,) = tax_lines(rule, Sale(108_00, 12_00))
    assert (line.base_minor, line.amount_minor, line.included) == (100_00, 20_00, True)
    assert added_minor([line]) == 0


@pytest.mark.parametrize("relief", [Relief.EXPORT, Relief.REVERSE])
def test_vat_that_is_in_the_price_is_taken_off_where_none_is_due(relief: Relief) -> None:
    rule = TaxRule(0, False, included=True, relief=relief, home_ppm=200_000)
    (line,) = tax_lines(rule, Sale(120_00))
    assert (line.base_minor, added_minor([line])) == (100_00, -20_00)


def levies() -> st.SearchStrategy[Levy]:
    return st.builds(
        Levy,
        st.sampled_from(["State", "County", "City"]),
        st.sampled_from([TaxKind.SALES, TaxKind.VAT]),
        st.integers(0, 300_000),
        on_shipping=st.booleans(),
        on_other=st.booleans(),
        by_line=st.booleans(),
    )


def sales() -> st.SearchStrategy[Sale]:
    bottle = st.builds(
        Bottles,
        st.integers(1, 24),
        st.integers(0, 1_000_00),
        st.integers(1, 3),
        st.sampled_from([375, 750, 1500]),
    )
    return st.builds(
        Sale,
        st.integers(0, 5_000_00),
        st.integers(0, 200_00),
        st.integers(0, 50_00),
        st.just(0),
        st.lists(bottle, max_size=12).map(tuple),
    )


@given(rules=st.lists(levies(), max_size=4), sale=sales(), included=st.booleans())
def test_no_cent_is_lost_and_no_order_of_levies_matters(
    rules: list[Levy], sale: Sale, *, included: bool
) -> None:
    there = tax_lines(by_levies(*rules, included=included), sale)
    back = tax_lines(by_levies(*reversed(rules), included=included), sale)
    assert added_minor(there) == added_minor(back) and included_minor(there) == included_minor(back)
    assert all(line.amount_minor >= 0 and line.included is included for line in there)


@given(rules=st.lists(levies(), max_size=4), sale=sales())
def test_a_rule_that_was_kept_taxes_as_it_did(rules: list[Levy], sale: Sale) -> None:
    rule = by_levies(*rules, fees=(FeeRule("Fee", "CO", 29, absorbed=True),), is_statewide=False)
    kept = TaxRule.from_json(rule.rate_ppm, taxes_shipping=rule.taxes_shipping, kept=rule.as_json())
    assert kept == rule and tax_lines(kept, sale) == tax_lines(rule, sale)


@given(net=st.integers(0, 10_000_00), rate=st.integers(0, 300_000))
def test_what_is_in_a_price_is_what_was_put_on_it(net: int, rate: int) -> None:
    assert abs(included_in(net + rate_of(net, rate), rate) - rate_of(net, rate)) <= 1
