"""Duty by strength, by volume and by value: published figures to the penny, days, edges, and what isn't known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.taxes.duties.rules import (
    DutiableWine,
    DutyPer,
    DutyRow,
    DutyUnknown,
    DutyWine,
    Rounding,
    duties_on,
    duty_range,
    rows_for,
)

AUGUST_2023, FEBRUARY_2025, FEBRUARY_2026 = date(2023, 8, 1), date(2025, 2, 1), date(2026, 2, 1)
UK = "GB", ""


def row(
    amount: str, first: date, last: date | None = None, low: int = 85, high: int = 220, **facts: object
) -> DutyRow:
    made = DutyRow("GB", "", "Alcohol duty", DutyPer.ALCOHOL, Decimal(amount), "GBP", first, last)
    return replace(made, from_tenths=low, to_tenths=high, **facts)  # type: ignore[arg-type]


EASED = row("28.50", AUGUST_2023, FEBRUARY_2025 - timedelta(days=1), 115, 145, counts_as=125)
BRITISH = (
    row("28.50", AUGUST_2023, FEBRUARY_2025 - timedelta(days=1), 85, 114),
    EASED,
    row("28.50", AUGUST_2023, FEBRUARY_2025 - timedelta(days=1), 146, 220),
    row("29.54", FEBRUARY_2025, FEBRUARY_2026 - timedelta(days=1)),
    row("30.62", FEBRUARY_2026),
)


def bottles(count: int, tenths: int | None, **facts: object) -> DutiableWine:
    return replace(DutiableWine("1", "Cabernet", count, 1, 750, 60_000, tenths), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tenths", "pence"),
    # The trade's table of a 75 cl bottle, for strengths of 11 % to 15 % in three years.
    [
        (110, (235, 244, 253)),
        (125, (267, 277, 287)),
        (135, (267, 299, 310)),
        (145, (267, 321, 333)),
        (150, (321, 332, 344)),
    ],
)
def test_a_bottle_in_the_united_kingdom_year_by_year(tenths: int, pence: tuple[int, ...]) -> None:
    days = AUGUST_2023, FEBRUARY_2025, FEBRUARY_2026
    found = [duties_on([bottles(1, tenths)], rows_for(BRITISH, UK, day)) for day in days]
    assert tuple(sum(line.minor for line in lines) for lines in found) == pence


def test_a_case_for_six_hundred_pounds() -> None:
    """Twelve bottles at 13.5 %: £37.20 of duty, and VAT of a fifth on wine, duty and delivery."""
    (line,) = duties_on([bottles(12, 135)], rows_for(BRITISH, UK, FEBRUARY_2026))
    assert (line.measure, line.exact, line.minor) == (Decimal("1.215"), Decimal("37.20330"), 3720)
    assert (60_000 + line.minor + 1_500) * 20 // 100 == 13_044


def test_published_tables_differ_by_a_penny_because_some_round_down() -> None:
    wine = [bottles(12, 115)]
    rows = rows_for(BRITISH, UK, FEBRUARY_2025)
    by = {
        rounding: duties_on(wine, [replace(one, rounding=rounding) for one in rows])[0].minor
        for rounding in Rounding
    }
    # 11.5 % of 0.75 l at £29.54 are £2.547825 a bottle.
    assert by == {
        Rounding.LINE: 3057,
        Rounding.LINE_DOWN: 3057,
        Rounding.BOTTLE: 255 * 12,
        Rounding.BOTTLE_DOWN: 254 * 12,
    }


def test_ireland_and_france_ask_by_the_hectolitre_and_know_sparkling() -> None:
    def by_volume(country: str, amount: str, wine: DutyWine) -> DutyRow:
        return DutyRow(
            country, "", "Excise", DutyPer.VOLUME, Decimal(amount), "EUR", FEBRUARY_2025, None, wine, 0, 150
        )

    irish = by_volume("IE", "424.84", DutyWine.STILL), by_volume("IE", "849.68", DutyWine.SPARKLING)
    still, bubbles = duties_on([bottles(6, 130), bottles(6, 125, is_sparkling=True)], irish)
    assert (still.measure, still.minor, bubbles.minor) == (Decimal("0.045"), 1912, 3824)
    (french,) = duties_on([bottles(12, 130)], [by_volume("FR", "4.05", DutyWine.ANY)])
    assert french.minor == 36


def test_another_currency_is_reckoned_by_the_rows_exchange() -> None:
    (line,) = duties_on([bottles(12, 135)], [row("30.62", FEBRUARY_2026, exchange=Decimal("1.1725"))])
    assert line.minor == 4362  # 37.2033 × 1.1725 = 43.6208…


def test_customs_are_a_part_of_what_was_paid() -> None:
    customs = replace(row("5", FEBRUARY_2026), per=DutyPer.VALUE, exchange=Decimal(2))
    (line,) = duties_on([bottles(12, 135)], [customs])
    assert (line.measure, line.minor) == (Decimal("600.00"), 3_000)


def test_a_state_with_rows_of_its_own_isnt_asked_its_countrys() -> None:
    country, own = row("1", FEBRUARY_2026), row("2", FEBRUARY_2026, state="SCT")
    assert rows_for([country, own], ("GB", "SCT"), FEBRUARY_2026) == (own,)
    assert rows_for([country, own], ("GB", "WLS"), FEBRUARY_2026) == (country,)
    assert rows_for([country, own], ("FR", ""), FEBRUARY_2026) == ()


def test_what_isnt_known_is_no_nought() -> None:
    rows = rows_for(BRITISH, UK, FEBRUARY_2026)
    with pytest.raises(DutyUnknown) as refused:
        duties_on([bottles(1, None, name="Blend"), bottles(1, 60, name="Light"), bottles(1, 130)], rows)
    assert [wine.name for wine in refused.value.wines] == ["Blend", "Light"]
    assert duties_on([bottles(1, None)], ()) == ()


def test_before_the_bottling_the_duty_is_a_range() -> None:
    rows = rows_for(BRITISH, UK, FEBRUARY_2026)
    assert duty_range(bottles(1, None), rows, low=130, high=145) == (299, 333)
    assert duty_range(bottles(1, None), rows, low=80, high=90) is None
    assert duty_range(bottles(1, None), (), low=80, high=90) == (0, 0)


@given(
    st.permutations(BRITISH),
    st.integers(85, 220),
    st.integers(0, 60),
    st.dates(AUGUST_2023, date(2030, 1, 1)),
)
def test_no_order_of_rows_makes_another_duty(
    rows: list[DutyRow], tenths: int, pieces: int, day: date
) -> None:
    wine = bottles(pieces, tenths)
    assert duties_on([wine], rows_for(rows, UK, day)) == duties_on([wine], rows_for(BRITISH, UK, day))


@given(
    st.integers(85, 220),
    st.integers(1, 500),
    st.sampled_from([187, 375, 750, 1_500, 3_000]),
    st.sampled_from(Rounding),
)
def test_the_amount_is_within_a_penny_a_bottle_of_the_exact_figure(
    tenths: int, pieces: int, millilitres: int, rounding: Rounding
) -> None:
    wine = bottles(pieces, tenths, millilitres=millilitres)
    (line,) = duties_on([wine], [row("30.62", FEBRUARY_2026, rounding=rounding)])
    exact = Fraction(pieces * millilitres, 1_000) * Fraction(tenths, 1_000) * Fraction(3_062)
    assert Fraction(line.exact) * 100 == exact
    assert abs(line.minor - exact) <= (pieces if rounding.by_bottle else 1)
