"""Store credit in the shop: on the account, on orders, and at the checkout."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.checkout.journey import buy
from tests.web.storefront.pages import counted, words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import give_credit, refund_to_credit, take_offline_payment
from tirage.payments.states import OfflineKind


def give(shop: World, customer: Customer, minor: int) -> None:
    give_credit(
        customer=customer,
        amount=Money(minor, "USD"),
        reason="Internal: a friend of the house",
        actor=shop.staff,
        now=read_clock(),
    )


# The account


def test_the_account_says_what_credit_there_is(shop: World, ana: Client) -> None:
    assert "Store credit" not in words_of(ana.get("/account/"))
    give(shop, shop.ana, 35_00)
    assert "Store credit Yours to use when you check out $35.00" in words_of(ana.get("/account/"))
    page = words_of(ana.get("/account/credit/"))
    assert "You have $35.00 to use for your wine" in page and "Given to you" in page
    assert "friend of the house" not in page, "staff's reasons stay with the staff"


def test_a_neighbours_credit_is_not_shown(shop: World, ana: Client) -> None:
    give(shop, shop.ben, 35_00)
    page = words_of(ana.get("/account/credit/"))
    assert "Nothing is left just now." in page and "$35.00" not in page


def test_the_ledger_names_the_orders(shop: World, ben: Client) -> None:
    buy(shop, shop.ben, {"CAB23": 2}, read_clock())
    paid = Payment.objects.get()
    for _ in range(3):
        refund_to_credit(
            payment_id=paid.pk,
            amount=Money(5_00, "USD"),
            reason="Corked",
            actor=shop.staff,
            now=read_clock(),
        )
    with counted() as statements:
        page = words_of(ben.get("/account/credit/"))
    assert page.count("Back from an order") == page.count(paid.order.reference) == 3
    assert len(statements) <= 2
    order = words_of(ben.get(f"/orders/{paid.order.reference}/"))
    assert order.count("Given back: $5.00 store credit") == 3 and "Money sent back" in order


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (OfflineKind.CHEQUE, "Paid: $10.00 cheque"),
        (OfflineKind.TRANSFER, "Paid: $10.00 bank transfer"),
        (OfflineKind.CASH, "Paid: $10.00 cash"),
        (OfflineKind.COMP, "Paid: $10.00 a gift of the house"),
    ],
)
def test_the_order_says_how_it_was_paid(shop: World, ben: Client, kind: OfflineKind, words: str) -> None:
    buy(shop, shop.ben, {"CAB23": 2}, read_clock())
    order, paid = Order.objects.get(), Payment.objects.get()
    Payment.objects.update(amount_minor=paid.amount_minor - 10_00)
    Order.objects.update(paid_minor=paid.amount_minor - 10_00)
    take_offline_payment(
        order_reference=order.reference,
        amount_minor=10_00,
        offline_kind=kind,
        note="Between us",
        actor=shop.staff,
        now=read_clock(),
    )
    page = words_of(ben.get(f"/orders/{order.reference}/"))
    assert words in page and "Between us" not in page
