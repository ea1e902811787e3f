"""The trade's numbers of wines, as they are written and as they fit a bottle."""

from __future__ import annotations

import pytest

from tirage.catalog.lwin import bare_lwin, lwin_problem, say_lwin


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("1012361", "1012361"),
        (" LWIN 1012361-2010 ", "10123612010"),
        ("lwin18:101236120101200750", "101236120101200750"),
        ("LWIN7 #1012361", "1012361"),
        ("", ""),
        ("1.01236E+17", "101236E+17"),
    ],
)
def test_it_is_read_however_it_is_written(text: str, bare: str) -> None:
    assert bare_lwin(text) == bare
    assert bare_lwin(say_lwin(bare)) == bare


@pytest.mark.parametrize(
    ("lwin", "words"),
    [
        ("", ""),
        ("1012361", ""),
        ("10123612010", ""),
        ("101236120101200750", ""),
        ("101236120110600750", "Its vintage is 2011"),
        ("101236120100600750", "It is of 6 × 750 ml, and this is 12 × 750 ml."),
        ("101236120101201500", "It is of 12 × 1500 ml"),
        ("10123610000", "Its vintage is 0000"),
        ("12345", "7 digits"),
        ("101236E+17", "7 digits"),
        ("0012361", "7 digits"),
        ("١٠١٢٣٦١", "7 digits"),
    ],
)
def test_it_fits_the_bottle_or_says_what_doesnt(lwin: str, words: str) -> None:
    assert lwin_problem(lwin, year=2010, units=12, millilitres=750).startswith(
        words
    ) or words in lwin_problem(lwin, year=2010, units=12, millilitres=750)
    assert bool(lwin_problem(lwin, year=2010, units=12, millilitres=750)) is bool(words)


def test_a_wine_without_a_year_has_its_own_number() -> None:
    assert lwin_problem("10123611000", year=None, units=1, millilitres=750) == ""
    assert "without a year (1000)" in lwin_problem("10123612010", year=None, units=1, millilitres=750)
