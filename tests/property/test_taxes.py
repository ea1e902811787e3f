"""Taxes by chance: no order of rules changes what is owed, and an order ends with the tax of what is left of it.

A fee of a sale is due once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.changes.reckoning import Load, Pricing, charge_entries, tax_entries
from tirage.changes.rules import ChargeEntry
from tirage.compliance.protocol import Due, FeeDue, TaxDue
from tirage.compliance.taxing import rule_of
from tirage.delivery.rules import RateStep, Tariff, Terms
from tirage.taxes.book import Book, FeeRow, RateRow
from tirage.taxes.protocol import TaxKind, TaxPlace, added_minor
from tirage.taxes.rules import Bottles, FeeRule, Levy, Sale, TaxRule, tax_lines
from tirage.taxes.states import FeeUnit

pytestmark = pytest.mark.once
DAYS = [date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1)]
PLACE = TaxPlace("US", "CA", city="Healdsburg", postal_code="95448")
flags = st.booleans()
rates = st.integers(0, 150_000)


@st.composite
def rate_rows(draw: st.DrawFn) -> list[RateRow]:
    """Rows of a state, each of its own jurisdiction or the next of one."""
    rows = {}
    for _ in range(draw(st.integers(0, 7))):
        name, first = draw(st.sampled_from("ABCDE")), draw(st.sampled_from(DAYS))
        levy = Levy(
            name, TaxKind.SALES, draw(rates), draw(flags), draw(flags), draw(flags), by_line=draw(flags)
        )
        county = draw(st.sampled_from(["", "Sonoma", "Napa"]))
        last = draw(st.sampled_from([None, date(2027, 6, 30)]))
        rows[name, first, county] = RateRow("US", "CA", county, "", (), first, last, draw(flags), levy)
    return list(rows.values())


@st.composite
def fee_rows(draw: st.DrawFn) -> list[FeeRow]:
    rows = {}
    for _ in range(draw(st.integers(0, 4))):
        name, first = draw(st.sampled_from("FGH")), draw(st.sampled_from(DAYS))
        fee = FeeRule(name, "CA", draw(st.integers(0, 500)), unit=draw(st.sampled_from(list(FeeUnit))))
        rows[name, first] = FeeRow("US", "CA", first, None, draw(flags), fee)
    return list(rows.values())


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    lines = draw(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 40_000)), min_size=1, max_size=5))
    bottles = tuple(Bottles(pieces, pieces * price) for pieces, price in lines)
    wine = sum(one.amount_minor for one in bottles)
    off = wine * draw(st.sampled_from([0, 5, 10, 33])) // 100
    return Sale(wine - off, draw(st.integers(0, 20_000)), draw(st.integers(0, 5_000)), bottles=bottles)


@given(rate_rows(), fee_rows(), sales(), st.sampled_from(DAYS), st.randoms(use_true_random=False))
def test_no_order_of_the_rows_changes_what_is_owed(
    rows: list[RateRow], fees: list[FeeRow], sale: Sale, day: date, chance: object
) -> None:
    def owed(rows: list[RateRow], fees: list[FeeRow]) -> tuple[int, dict[str, int]]:
        book = Book(rates={("US", "CA"): rows}, fees={("US", "CA"): fees})
        lines = tax_lines(book.rule(PLACE, day), sale)
        sums: dict[str, int] = defaultdict(int)
        for line in lines:
            sums[f"{line.kind} {line.jurisdiction}"] += line.amount_minor
        return added_minor(lines), sums

    shuffled, shuffled_fees = list(rows), list(fees)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(shuffled_fees)  # type: ignore[attr-defined]
    (total, each), (again, each_again) = owed(rows, fees), owed(shuffled, shuffled_fees)
    assert total == again
    # Of those that are rounded together, the odd cent may be another's.
    assert all(abs(each[name] - each_again[name]) <= len(rows) for name in each)


@given(rate_rows(), st.sampled_from(DAYS))
def test_a_row_counts_from_its_day_until_the_next_of_its_own(rows: list[RateRow], day: date) -> None:
    rows = [replace(row, by_origin=False) for row in rows]
    found = Book(rates={("US", "CA"): rows}).rule(PLACE, day).levies
    for row in rows:
        newer = [one for one in rows if one.key == row.key and row.first_day < one.first_day <= day]
        is_in_force = row.first_day <= day and not newer and (row.last_day is None or day <= row.last_day)
        if row.is_of(PLACE) and is_in_force:
            assert row.levy in found
    assert len(found) <= len(rows)


@st.composite
def rules(draw: st.DrawFn) -> TaxRule:
    """Of tables, or of what a service said of a sale."""
    fees = (FeeRule("Delivery fee", "CO", 28), FeeRule("CRV", "CA", 10, TaxKind.DEPOSIT, FeeUnit.CONTAINER))
    levies = tuple(
        Levy(name, TaxKind.SALES, draw(rates), on_shipping=draw(flags), by_line=draw(flags)) for name in "ABC"
    )
    tables = TaxRule(sum(levy.rate_ppm for levy in levies), False, levies, fees)
    if draw(flags):
        return tables
    wine, way = draw(st.integers(1, 200_000)), draw(st.integers(0, 20_000))
    ppm = draw(rates)
    taxes = tuple(
        TaxDue("NEVADA", kind, base, Decimal(ppm) / 1_000_000, base * ppm // 1_000_000)
        for kind, base in (("wine", wine), ("shipping", way))
    )
    due = Due(sum(one.amount_minor for one in taxes), taxes, (FeeDue("Fee", 29),))
    service = SimpleNamespace(name="A service", quotes_fees=draw(flags))
    return rule_of(service, due, tables, of=(wine, way, 0))


def load_of(pieces: Sequence[int]) -> Load:
    prices = (120_00, 65_00, 33_33)
    bottles = tuple(
        Bottles(count, count * price) for count, price in zip(pieces, prices, strict=True) if count
    )
    return Load(sum(one.amount_minor for one in bottles), sum(pieces) * 1_000, bottles=bottles)


def standing(entries: Sequence[ChargeEntry]) -> dict[tuple[object, ...], tuple[int, int, int]]:
    """What the ledger has of each tax."""
    sums: dict[tuple[object, ...], tuple[int, int, int]] = {}
    for one in entries:
        if one.tax is not None:
            base, amount, inside = sums.get((one.tax, one.description), (0, 0, 0))
            sums[one.tax, one.description] = (
                base + one.base_minor,
                amount + one.amount_minor,
                inside + one.included_minor,
            )
    return {key: value for key, value in sums.items() if any(value)}


carts = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


@given(rules(), st.sampled_from([0, 1_000, 3_333]), st.lists(carts, min_size=1, max_size=7))
def test_whatever_becomes_of_an_order_it_owes_the_tax_of_what_is_left(
    rule: TaxRule, discount_bp: int, steps: list[tuple[int, int, int]]
) -> None:
    """More, less, all of it canceled and taken again: the ledger has what a new order of the same bottles has."""
    tariff = Tariff((RateStep(3_000, 18_00), RateStep(12_000, 42_00)))
    pricing = Pricing(Terms(discount_bp, False, tariff, rule), "Ground", "off")
    ledger: list[ChargeEntry] = []
    before = load_of((0, 0, 0))
    for pieces in steps:
        after = load_of(pieces)
        ledger += charge_entries(ledger, before=before, after=after, was=pricing, becomes=pricing)
        before = after
    wine = before.wine_minor + pricing.discount(before)
    sale = Sale(wine, pricing.shipping(before), bottles=before.bottles)
    assert standing(ledger) == standing(tax_entries(rule, sale))
    fees = [one.amount_minor for one in ledger if one.tax and one.tax.kind == "fee"]
    asked = sum(fee.amount_minor for fee in rule.fees if fee.unit is FeeUnit.ORDER)
    assert sum(fees) == (asked if before.bottles else 0)
