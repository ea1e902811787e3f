"""What may be typed, pasted and worked out in a release grid."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.offers.grid.rules import (
    MOST_ROWS,
    Cell,
    Rounding,
    cell_named,
    lay_by_names,
    lay_from,
    read_cell,
    read_factor,
    scale,
    split_block,
    step_of,
)
from tirage.offers.states import GridField
from tirage.tables.errors import CellError


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("6", 6),
        (" 12 ", 12),
        ("6.0", 6),
        ("\u00a06", 6),
        ("", None),
        ("  ", None),
        ("–", None),
        ("0", 0),
        ("+6", 6),
    ],
)
def test_quantities_are_read_as_people_and_spreadsheets_write_them(text: str, number: int | None) -> None:
    assert read_cell(text, GridField.MAXIMUM, "USD") == number


@pytest.mark.parametrize("text", ["half", "6.5", "-1", "10000", "1,000", "=2+3", "6 btl"])
def test_what_is_no_quantity_is_refused_in_words(text: str) -> None:
    with pytest.raises(CellError) as refused:
        read_cell(text, GridField.WISH, "USD")
    assert refused.value.message


def test_prices_are_amounts() -> None:
    assert read_cell("$1,250.50", GridField.PRICE, "USD") == 125050
    assert read_cell("", GridField.PRICE, "USD") is None


def test_a_copied_block_keeps_its_cells_whatever_stands_in_them() -> None:
    assert split_block('6\t12\r\n"two\nlines"\t"a ""tab""\t"\r\n\t\r\n') == [
        ["6", "12"],
        ["two\nlines", 'a "tab"\t'],
    ]
    assert split_block("6") == [["6"]]
    assert split_block("") == []


def test_more_than_any_grid_has_is_refused() -> None:
    with pytest.raises(CellError):
        split_block("6\n" * (MOST_ROWS + 1))


@given(st.lists(st.lists(st.text('0123456789 \t"abc\n'), min_size=1, max_size=4), min_size=1, max_size=4))
def test_whatever_is_copied_lies_inside_the_grid(block: list[list[str]]) -> None:
    laid = lay_from(block, (1, 2), 3, 4)
    assert all(row < 3 and column < 4 and row >= 1 and column >= 2 for row, column in laid.texts)
    lost = sum(bool(text.strip()) for line in block for text in line) - sum(
        bool(text.strip()) for text in laid.texts.values()
    )
    assert bool(laid.outside) == (lost > 0)


def test_a_block_beyond_the_edge_says_what_was_left_out() -> None:
    laid = lay_from([["1", "2"], ["3", ""]], (0, 1), 2, 2)
    assert laid.texts == {(0, 1): "1", (1, 1): "3"}
    assert laid.outside == ("1 cell lies outside of the grid and was left out.",)


ROWS, COLUMNS = {"cab23": 0, "estate cabernet": 0, "cha24": 1}, {"premier": 0, "estate": 1}


def test_a_table_is_laid_by_its_names_in_any_order() -> None:
    laid = lay_by_names(
        ["Wine", "ESTATE", "Note", "Premier"],
        [["CHA24", "2", "x", ""], ["Estate  Cabernet", "3"]],
        ROWS,
        COLUMNS,
    )
    assert laid is not None
    assert laid.texts == {(1, 1): "2", (1, 0): "", (0, 1): "3"}
    assert laid.empty == 1
    assert laid.outside == ()


def test_unknown_wines_are_named_and_blank_rows_are_none() -> None:
    laid = lay_by_names(["sku", "Premier"], [["NONE1", "2"], ["", ""], ["", "4"]], ROWS, COLUMNS)
    assert laid is not None
    assert laid.texts == {}
    assert laid.outside == ("No wine here is called “NONE1”.", "A row names no wine.")


def test_a_table_without_a_group_in_its_header_isn_t_laid_by_names() -> None:
    assert lay_by_names(["6", "12"], [["1", "2"]], ROWS, COLUMNS) is None


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("half", Fraction(1, 2)),
        ("2/3", Fraction(2, 3)),
        ("50 %", Fraction(1, 2)),
        ("1,5", Fraction(3, 2)),
        (".25", Fraction(1, 4)),
        ("2×", Fraction(2)),
        ("Twice", Fraction(2)),
    ],
)
def test_parts_of_a_number_in_words_and_figures(text: str, factor: Fraction) -> None:
    assert read_factor(text) == factor


@pytest.mark.parametrize("text", ["", "0", "1/0", "-1", "101", "a lot", "%", "1e9", "½ of it"])
def test_no_part_of_a_number(text: str) -> None:
    with pytest.raises(CellError):
        read_factor(text)


def test_half_of_premier_in_whole_cases() -> None:
    case = step_of(bottles=6, units=1, multiple=1)
    assert [
        scale(one, Fraction(1, 2), step=case, rounding=Rounding.DOWN) for one in (24, 12, 6, 0, None)
    ] == [12, 6, 0, 0, None]
    assert [scale(one, Fraction(1, 2), step=case, rounding=Rounding.UP) for one in (18, 6, 1)] == [12, 6, 6]
    assert [scale(one, Fraction(1, 2), step=1, rounding=Rounding.NEAREST) for one in (3, 5, 4)] == [2, 3, 2]


def test_packs_and_multiples_stay_whole() -> None:
    assert step_of(bottles=12, units=3, multiple=1) == 4
    assert step_of(bottles=1, units=3, multiple=2) == 2
    assert step_of(bottles=12, units=1, multiple=9) == 36


@given(
    st.integers(0, 9_999),
    st.fractions(Fraction(1, 100), 100),
    st.integers(1, 24),
    st.sampled_from(list(Rounding)),
)
def test_scaling_is_whole_near_and_within_bounds(
    quantity: int, factor: Fraction, step: int, rounding: Rounding
) -> None:
    scaled = scale(quantity, factor, step=step, rounding=rounding)
    assert scaled is not None
    assert scaled % step == 0
    assert 0 <= scaled <= 9_999
    exact = quantity * factor
    if exact <= 9_999 - step:
        away = scaled - exact
        assert abs(away) < step
        assert {Rounding.DOWN: away <= 0, Rounding.UP: away >= 0, Rounding.NEAREST: abs(away) * 2 <= step}[
            rounding
        ]


def test_cells_are_named_both_ways() -> None:
    cell = Cell(12, 34, GridField.PRICE)
    assert cell_named(cell.name) == cell
