"""An order's ledger against the plainest model of one: a basket and a purse."""

from __future__ import annotations

from collections import Counter

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tirage.orders.rules import LedgerLine, owed, pieces_by_sku, present_lines
from tirage.orders.states import ORDER_STEPS, OrderState
from tirage.payments.states import OPEN, PAYMENT_STEPS, PaymentState

pytestmark = pytest.mark.once
lines = st.builds(
    LedgerLine,
    sku_id=st.integers(1, 4),
    quantity=st.integers(-12, 12).filter(bool),
    unit_price_minor=st.sampled_from((0, 65_00, 120_00, 121_01)),
)
ledgers = st.lists(lines, max_size=30)
charges = st.lists(st.integers(-500_00, 500_00).filter(bool), max_size=12)


@given(ledgers, charges)
def test_present_lines_cost_what_the_entries_came_to(entries: list[LedgerLine], amounts: list[int]) -> None:
    present = [LedgerLine(sku, pieces, price) for (sku, price), pieces in present_lines(entries).items()]
    assert owed(present, [sum(amounts)]) == owed(entries, amounts)
    assert pieces_by_sku(present) == pieces_by_sku(entries)


@given(ledgers)
def test_the_basket_agrees(entries: list[LedgerLine]) -> None:
    basket: Counter[tuple[int, int]] = Counter()
    for entry in entries:
        basket[entry.sku_id, entry.unit_price_minor] += entry.quantity
    assert present_lines(entries) == {key: pieces for key, pieces in basket.items() if pieces}
    for sku in range(1, 5):
        assert pieces_by_sku(entries).get(sku, 0) == sum(basket[key] for key in basket if key[0] == sku)


@given(st.lists(st.tuples(ledgers, charges), max_size=6))
def test_the_differences_of_the_changes_sum_to_what_is_owed(
    changes: list[tuple[list[LedgerLine], list[int]]],
) -> None:
    all_lines = [line for lines, _ in changes for line in lines]
    all_charges = [amount for _, amounts in changes for amount in amounts]
    assert owed(all_lines, all_charges) == sum(owed(*change) for change in changes)


@given(ledgers, charges)
def test_cancelling_brings_everything_to_nought(entries: list[LedgerLine], amounts: list[int]) -> None:
    reversal = [LedgerLine(sku, -pieces, price) for (sku, price), pieces in present_lines(entries).items()]
    whole, back = entries + reversal, [*amounts, -sum(amounts)]
    assert owed(whole, back) == 0 and present_lines(whole) == {} and pieces_by_sku(whole) == {}


@given(st.lists(st.sampled_from(tuple(OrderState)), max_size=12))
def test_an_order_that_has_ended_stays_ended(wanted: list[OrderState]) -> None:
    state, seen = OrderState.PENDING, [OrderState.PENDING]
    for step in wanted:
        if step in ORDER_STEPS[state]:
            state = step
            seen.append(state)
    assert len(seen) == len(set(seen)), "no state is reached twice"
    assert not {OrderState.ABANDONED, OrderState.PLACED} <= set(seen), "an abandoned order is never placed"


@given(st.lists(st.sampled_from(tuple(PaymentState)), max_size=12))
def test_a_payment_settles_once_and_for_good(wanted: list[PaymentState]) -> None:
    state, seen = PaymentState.PENDING, [PaymentState.PENDING]
    for step in wanted:
        if step in PAYMENT_STEPS[state]:
            state = step
            seen.append(state)
    assert seen.count(PaymentState.SETTLED) <= 1
    assert PaymentState.SETTLED not in seen or seen[-1] is PaymentState.SETTLED
    assert all(one not in PAYMENT_STEPS[last] for last in seen if last not in OPEN for one in OPEN)
