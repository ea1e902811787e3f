"""Recording a cheque, a transfer, cash or a gift: who may, what it says, nothing twice, and giving it back by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.rooms.checkout.journey import buy
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.staff.states import Role


def url(name: str, *args: object) -> str:
    return reverse(f"backoffice:{name}", args=args)


@pytest.fixture
def owing(world_today: World) -> Order:
    """Ben's placed order, of which 60.00 are still to be paid."""
    buy(world_today, world_today.ben, {"CAB23": 2}, world_today.now)
    order, paid = Order.objects.get(), Payment.objects.get()
    Payment.objects.update(amount_minor=paid.amount_minor - 60_00)
    Order.objects.update(paid_minor=order.paid_minor - 60_00)
    return Order.objects.get()


def record(client: Client, order: Order, **fields: Any) -> Any:
    facts = {"kind": "cheque", "amount": "60", "note": "No. 77", "seen": 60_00, **fields}
    return client.post(url("order_payment", order.reference), facts, follow=True)


def test_a_cheque_is_recorded_on_the_order(owner_client: Client, owing: Order) -> None:
    assert "Record a payment" in owner_client.get(url("order", owing.reference)).content.decode()
    form = owner_client.get(url("order_payment", owing.reference)).content.decode()
    assert 'value="60"' in form and "$60.00 to pay" in form
    page = record(owner_client, owing).content.decode()
    assert "You recorded $60.00 as paid." in page and "Check" in page and "No. 77" in page
    assert "recorded a check of $60.00 (No. 77)" in page and "Record a payment" not in page
    owing.refresh_from_db()
    assert owing.balance_minor == 0


def test_a_payment_sent_twice_is_recorded_once(owner_client: Client, owing: Order) -> None:
    record(owner_client, owing, amount="20")
    again = record(owner_client, owing, amount="20")
    page = again.content.decode()
    assert again.status_code == 400 and "has changed since you saw it" in page
    assert re.search(r'name="seen" value="4000"', page) and 'value="No. 77"' in page
    assert Payment.objects.filter(gateway="offline").count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "60.01"}, "At most $60.00 are still to be paid."),
        ({"kind": "comp", "note": ""}, "A gift needs its reason."),
        ({"kind": "shells"}, "is none of the choices"),
    ],
)
def test_a_refused_payment_stands_beside_its_field(
    owner_client: Client, owing: Order, fields: dict[str, str], words: str
) -> None:
    answer = record(owner_client, owing, **fields)
    assert answer.status_code == 400 and words in answer.content.decode()
    assert not Payment.objects.filter(gateway="offline").exists()


def test_a_gift_needs_a_permission_of_its_own(client_as: ClientAs, owing: Order) -> None:
    hospitality = client_as(Role.HOSPITALITY)
    assert "gift of the house" not in hospitality.get(url("order_payment", owing.reference)).content.decode()
    assert record(hospitality, owing, kind="comp", note="A friend").status_code == 400
    assert record(hospitality, owing, amount="10").status_code == 200
    page = record(
        client_as(Role.MANAGER), owing, kind="comp", amount="50", note="A friend", seen=50_00
    ).content.decode()
    assert "You recorded $50.00 as a gift of the house." in page
    assert list(Payment.objects.filter(gateway="offline").values_list("offline_kind", "amount_minor")) == [
        ("cheque", 10_00),
        ("comp", 50_00),
    ]


def test_a_paid_order_takes_no_more(owner_client: Client, world_today: World) -> None:
    buy(world_today, world_today.ben, {"CAB23": 2}, world_today.now)
    order = Order.objects.get()
    page = owner_client.get(url("order_payment", order.reference)).content.decode()
    assert "Nothing is left to be paid" in page and "<form" not in page.partition("<main")[2]


def give_back(client: Client, payment: Payment, **fields: Any) -> str:
    facts = {"payment": payment.reference, "amount": "15", "reason": "Broken", **fields}
    answer = client.post(url("order_refund", payment.order.reference), facts, follow=True)
    return str(answer.content.decode())


def test_offline_money_goes_back_by_hand(owner_client: Client, owing: Order) -> None:
    record(owner_client, owing)
    cheque = Payment.objects.get(gateway="offline", kind="charge")
    assert "The customer, by hand" in owner_client.get(url("order", owing.reference)).content.decode()
    assert "hand the money over, or send it" in give_back(owner_client, cheque)
    refund = Payment.objects.get(kind="refund")
    assert (refund.gateway, refund.offline_kind, refund.state) == ("offline", "cheque", "settled")
