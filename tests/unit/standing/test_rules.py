"""Pieces of a standing order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.standing.rules import Allotted, fitting_pieces, pieces_of, say_amount
from tirage.standing.states import Amount

pytestmark = pytest.mark.once


@st.composite
def allotted(draw: st.DrawFn, item_id: int) -> Allotted:
    multiple = draw(st.sampled_from([1, 3, 6]))
    allowance = draw(st.integers(0, 8)) * multiple
    usual = draw(st.integers(0, allowance))
    least = draw(st.integers(0, allowance))
    return Allotted(item_id, allowance, usual, multiple, least, draw(st.sampled_from([1, 1, 3, 6])))


wines = st.integers(0, 5).flatmap(lambda count: st.tuples(*(allotted(number) for number in range(count))))


@given(wines, st.sampled_from(Amount), st.integers(1, 40))
def test_never_beyond_an_allowance_a_cap_or_a_step(
    found: tuple[Allotted, ...], amount: Amount, most: int
) -> None:
    cap = most if amount is Amount.CAPPED else None
    taken = pieces_of(amount, cap, found)
    for wine in found:
        pieces = taken.get(wine.item_id, 0)
        assert 0 <= pieces <= wine.allowance and pieces % wine.multiple == 0
        assert pieces == 0 or pieces >= wine.least
        assert amount is not Amount.USUAL or pieces <= wine.usual
        assert amount is not Amount.FULL or pieces == fitting_pieces(wine, wine.allowance)
    bottles = sum(taken.get(wine.item_id, 0) * wine.bottles for wine in found)
    assert cap is None or bottles <= cap
    assert all(taken.values())


def test_a_cap_is_filled_in_the_order_of_the_offer() -> None:
    three = [Allotted(1, 6, 0, 1, 0, 1), Allotted(2, 2, 0, 1, 0, 3), Allotted(3, 6, 0, 3, 0, 1)]
    assert pieces_of(Amount.CAPPED, 10, three) == {1: 6, 2: 1}
    assert pieces_of(Amount.CAPPED, 13, three) == {1: 6, 2: 2}
    assert pieces_of(Amount.CAPPED, 15, three) == {1: 6, 2: 2, 3: 3}


def test_the_amount_in_words() -> None:
    assert say_amount(Amount.CAPPED, 1) == "my allocation up to 1 bottle in all"
