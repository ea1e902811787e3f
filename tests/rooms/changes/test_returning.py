"""Giving back for named wines: the money, and what becomes of the bottles."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.bank import charged_in_all
from tests.rooms.changes.journey import bought, confirm, draft_of, key_of, pieces_on, snapshot
from tests.rooms.changes.test_drafting import refusal
from tests.world import World
from tirage.catalog.models import Sku
from tirage.changes.operations import LineRefund, quote_line_refund, refund_lines
from tirage.changes.rules import Bottles, StaffCharge
from tirage.changes.shares import Discount, Line, discount_shares
from tirage.changes.states import RefundTo
from tirage.cli.doctor import run_checks
from tirage.core.models import Event
from tirage.customers.models import Customer
from tirage.fulfilment.operations import ship_order
from tirage.inventory.models import Movement
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import lock_payments_of, refund_payment, send_refunds, start_refunds


def quote(order: Order, wanted: dict[Sku, int], bottles: Bottles) -> LineRefund:
    order.refresh_from_db()
    pieces = {key_of(order, sku): count for sku, count in wanted.items()}
    return quote_line_refund(order=order, pieces=pieces, bottles=bottles)


def give_back(
    world: World, order: Order, wanted: dict[Sku, int], bottles: Bottles, **how: Any
) -> tuple[Payment, ...]:
    facts: dict[str, Any] = {"expected_minor": quote(order, wanted, bottles).total.minor, "reason": "Corked"}
    pieces = {key_of(order, sku): count for sku, count in wanted.items()}
    facts |= {"pieces": pieces, "bottles": bottles, "actor": world.staff, "now": world.now, **how}
    refunds = refund_lines(order_reference=order.reference, **facts)
    order.refresh_from_db()
    assert run_checks(world.now) == []
    return refunds


def shipped(world: World, order: Order) -> Order:
    """The order has left, its bottles with it."""
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert order.state == "shipped" and run_checks(world.now) == []
    return order


def test_bottles_that_come_back_leave_the_order_with_their_share(world: World) -> None:
    """Ana's Cabernet: 120.00 less 10 %, and 7.25 % tax on that; delivery was free."""
    order = bought(world, world.ana, {"CAB23": 2, "CHA24": 3})
    told = quote(order, {world.cabernet: 1}, Bottles.BACK)
    assert (told.wine.minor, told.discount.minor, told.tax.minor, told.total.minor) == (
        120_00,
        -12_00,
        7_83,
        115_83,
    )
    assert told.words == "Back into stock and off the order: 1 × Estate Cabernet Sauvignon 2023."
    (refund,) = give_back(world, order, {world.cabernet: 1}, Bottles.BACK)
    assert (refund.amount_minor, refund.state) == (115_83, "settled")
    assert pieces_on(order) == {"CAB23": 1, "CHA24": 3} and order.balance_minor == 0
    stock = world.stock(world.cabernet)
    assert (stock.sold, stock.on_hand) == (1, 100)


def test_bottles_that_stay_the_customers_stay_on_the_order(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert pieces_on(order) == {"CAB23": 2} and order.balance_minor == 0 and order.owed_minor == 115_83
    change = order.changes.get(number=2)
    charge = change.charges.get(kind="discount")
    assert (change.kind, charge.amount_minor, charge.sku) == ("refund", -108_00, world.cabernet)
    assert charge.description == "1 × Estate Cabernet Sauvignon 2023 (Corked)"
    assert (
        world.stock(world.cabernet).sold == 2
        and Customer.objects.get(pk=world.ana.pk).lifetime_minor == 108_00
    )
    assert Event.objects.get(name="order.changed").text == (
        "refunded $115.83 (Corked). Kept by the customer, at a discount: 1 × Estate Cabernet Sauvignon 2023."
    )


def test_bottles_that_are_gone_are_written_off(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    give_back(world, order, {world.cabernet: 1}, Bottles.GONE, reason="Dropped in the cellar")
    stock = world.stock(world.cabernet)
    assert (stock.sold, stock.on_hand, pieces_on(order)) == (1, 99, {"CAB23": 1})
    assert Movement.objects.latest("id").reason == "breakage"


def test_what_left_comes_back_into_the_books_or_never_arrived(world: World) -> None:
    order = shipped(world, bought(world, world.ben, {"CAB23": 3}))
    on_hand = world.stock(world.cabernet).on_hand
    give_back(world, order, {world.cabernet: 1}, Bottles.BACK)
    assert (
        world.stock(world.cabernet).on_hand == on_hand + 1
        and Movement.objects.latest("id").reason == "returned"
    )
    give_back(world, order, {world.cabernet: 1}, Bottles.GONE, reason="Lost by the carrier")
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    assert world.stock(world.cabernet).on_hand == on_hand + 1 and pieces_on(order) == {"CAB23": 1}
    assert order.balance_minor == 0 and charged_in_all() == order.paid_minor


def test_the_bottle_that_was_paid_for_is_paid_back(world: World) -> None:
    """One of two was corked and given back for; the other one comes back at its full price, and then nothing more."""
    order = shipped(world, bought(world, world.ana, {"CAB23": 2}))
    give_back(world, order, {world.cabernet: 1}, Bottles.KEPT)
    (refund,) = give_back(world, order, {world.cabernet: 1}, Bottles.BACK)
    assert refund.amount_minor == 115_83 and order.owed_minor == order.paid_minor == 0
    assert give_back(world, order, {world.cabernet: 1}, Bottles.BACK) == ()


def test_discounts_of_the_whole_order_go_in_proportion(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2, "CHA24": 2})
    draft = draft_of(
        world, order, world.staff, add_charges=[StaffCharge("discount", "Loyal", amount_minor=-37_00)]
    )
    confirm(world, draft, world.staff)
    told = quote(order, {world.cabernet: 1}, Bottles.BACK)
    assert told.discount.minor == -12_00
    everything = quote(order, {world.cabernet: 2, world.chardonnay: 2}, Bottles.KEPT)
    assert everything.discount.minor == -37_00 and everything.wine.minor == 370_00


def test_wine_given_back_never_makes_an_order_dearer(world: World) -> None:
    """All that Ben paid was given back in kindness, delivery and tax too; then a bottle comes back."""
    order = bought(world, world.ben, {"CAB23": 2})
    payment = Payment.objects.get()
    facts: dict[str, Any] = {"reason": "A kindness", "actor": world.staff, "now": world.now}
    refund_payment(payment_reference=payment.reference, amount_minor=payment.amount_minor, **facts)
    told = quote(order, {world.cabernet: 1}, Bottles.BACK)
    assert (told.wine.minor, told.discount.minor, told.total.minor) == (120_00, -120_00, 0)
    assert give_back(world, order, {world.cabernet: 1}, Bottles.BACK) == ()
    assert order.owed_minor == order.paid_minor == 0 and pieces_on(order) == {"CAB23": 1}


def test_a_second_refund_and_store_credit(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 3})
    give_back(world, order, {world.cabernet: 1}, Bottles.BACK, refund_to=RefundTo.CREDIT)
    give_back(world, order, {world.cabernet: 1}, Bottles.BACK)
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 129_60
    assert charged_in_all() == order.paid_minor + 129_60 and pieces_on(order) == {"CAB23": 1}


def test_what_was_never_paid_does_not_go_back(world: World) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    facts: dict[str, Any] = {"lowers_owed": False, "reason": "Charged back", "actor": world.staff}
    with transaction.atomic():
        back = start_refunds(lock_payments_of(order.pk), 200_00, now=world.now, **facts)
    send_refunds(back, world.staff, world.now)
    told = quote(order, {world.cabernet: 1}, Bottles.BACK)
    assert (told.total.minor, told.to_give_back.minor) == (129_60, 0)
    assert give_back(world, order, {world.cabernet: 1}, Bottles.BACK) == () and order.balance_minor == 70_40


def test_an_order_that_forgot_its_rates_gives_its_share_of_the_tax_back(world: World) -> None:
    order = bought(world, world.ana, {"CAB23": 2})
    Order.objects.update(terms=None)
    assert quote(order, {world.cabernet: 1}, Bottles.BACK).total.minor == 115_83


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"expected_minor": 1}, "price_changed"),
        ({"pieces": {}}, "not_refundable"),
        ({"pieces": {"1-1": 1}}, "not_refundable"),
        ({"pieces": "too many"}, "not_refundable"),
        ({"pieces": "all"}, "not_refundable"),
    ],
)
def test_a_refused_refund_changes_nothing(world: World, how: dict[str, Any], code: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    if isinstance(how.get("pieces"), str):
        how = {"pieces": {key_of(order, world.cabernet): 3 if how["pieces"] == "too many" else 2}}
    before = snapshot(order)
    assert refusal(lambda: give_back(world, order, {world.cabernet: 1}, Bottles.BACK, **how)) == code
    assert snapshot(order) == before


@pytest.mark.parametrize("state", ["pending", "cancelled", "abandoned"])
def test_orders_that_hold_nothing_give_nothing_back(world: World, state: str) -> None:
    order = bought(world, world.ben, {"CAB23": 2})
    Order.objects.update(state=state)
    assert quote(order, {world.cabernet: 1}, Bottles.BACK).refused


# The shares themselves


@st.composite
def orders_with_refunds(draw: st.DrawFn) -> tuple[list[Discount], list[Line]]:
    """Lines of which some is taken, each with a discount of its own that goes in part, and discounts on all of them."""
    wine = draw(st.lists(st.integers(6, 500_00), min_size=1, max_size=4))
    lines = []
    for minor in wine:
        taken = draw(st.integers(0, minor))
        named_left, named_taken = draw(st.integers(0, (minor - taken) // 6)), draw(st.integers(0, taken // 6))
        lines.append(Line(minor, taken, -named_left - named_taken, -named_taken))
    amounts = draw(st.lists(st.integers(1, max(sum(wine) // 9, 1)), max_size=5))
    discounts = [
        Discount(str(number), -minor, draw(st.booleans()), draw(st.booleans()))
        for number, minor in enumerate(amounts)
    ]
    return discounts, lines


@given(orders_with_refunds())
def test_no_discount_goes_twice_and_none_beyond_itself(case: tuple[list[Discount], list[Line]]) -> None:
    discounts, lines = case
    for discount, shares in zip(discounts, discount_shares(discounts, lines), strict=True):
        assert discount.minor <= sum(shares) <= 0 and all(share <= 0 for share in shares)
        assert all(not share for share, line in zip(shares, lines, strict=True) if not line.taken_minor)


@given(orders_with_refunds(), st.integers(0, 2_000_00))
def test_what_is_taken_never_comes_to_less_than_nothing(
    case: tuple[list[Discount], list[Line]], forgiven: int
) -> None:
    discounts, lines = case
    discounts = [*discounts, Discount("A kindness", -forgiven, stays=True)]
    shares = discount_shares(discounts, lines)
    taken = sum(line.taken_minor + line.named_taken_minor for line in lines)
    assert taken + sum(sum(of_lines) for of_lines in shares) >= 0


@given(orders_with_refunds())
def test_with_all_the_wine_go_all_the_discounts(case: tuple[list[Discount], list[Line]]) -> None:
    discounts, lines = case
    taken = [Line(line.wine_minor, line.wine_minor, line.named_minor, line.named_minor) for line in lines]
    assert [sum(shares) for shares in discount_shares(discounts, taken)] == [
        discount.minor for discount in discounts
    ]
