"""Store credit and offline payments in the back office: who may, what it says, nothing twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.rooms.checkout.journey import buy
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, Payment
from tirage.payments.operations import give_credit
from tirage.staff.states import Role


def url(name: str, *args: object) -> str:
    return reverse(f"backoffice:{name}", args=args)


def give(world: World, minor: int) -> None:
    give_credit(
        customer=world.ben,
        amount=Money(minor, "USD"),
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )


def send(client: Client, customer: Customer, seen: int, **fields: Any) -> Any:
    facts = {"act": "give", "amount": "35", "reason": "Corked magnum", "seen": seen, **fields}
    return client.post(url("change_credit", customer.reference), facts, follow=True)


def balance(world: World) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=world.ben.pk)


# Giving and taking


def test_credit_is_given_and_taken_back_on_the_customers_page(
    owner_client: Client, world_today: World
) -> None:
    world = world_today
    page = send(owner_client, world.ben, 0).content.decode()
    assert "Ben Baker has $35.00 of store credit now." in page and "Corked magnum" in page
    page = send(
        owner_client, world.ben, 35_00, act="take", amount="10.50", reason="Too much"
    ).content.decode()
    assert balance(world) == 24_50
    assert "−$10.50" in page and "Too much" in page and "undone by the counter entry" in page
    assert run_checks(world.now) == []


def test_a_form_sent_twice_gives_once(owner_client: Client, world_today: World) -> None:
    send(owner_client, world_today.ben, 0)
    again = send(owner_client, world_today.ben, 0)
    page = again.content.decode()
    assert again.status_code == 400 and "has changed since you saw it" in page
    assert balance(world_today) == 35_00
    assert 'name="seen" value="3500"' in page and 'value="Corked magnum"' in page, "nothing typed is lost"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"act": "take", "amount": "35.01"}, "Only $35.00 of store credit are left."),
        ({"amount": "0"}, "Write an amount."),
        ({"amount": "lots"}, "Write an amount such as 120"),
        ({"reason": ""}, "Fill this in."),
    ],
)
def test_a_refusal_stands_beside_its_field(
    owner_client: Client, world_today: World, fields: dict[str, str], words: str
) -> None:
    give(world_today, 35_00)
    answer = send(owner_client, world_today.ben, 35_00, **fields)
    assert answer.status_code == 400 and words in answer.content.decode()
    assert balance(world_today) == 35_00 and CreditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.MANAGER, True), (Role.HOSPITALITY, False), (Role.FULFILMENT, False), (Role.READ_ONLY, False)],
)
def test_only_owner_and_manager_give(client_as: ClientAs, world_today: World, role: Role, may: bool) -> None:
    client = client_as(role)
    give(world_today, 35_00)
    for page in ("customer", "credit"):
        content = client.get(url(page, world_today.ben.reference)).content.decode()
        assert "$35.00" in content and ("Take back" in content) is may
    assert (send(client, world_today.ben, 35_00).status_code == 403) is not may


def test_the_whole_ledger_has_a_page(
    owner_client: Client, world_today: World, django_assert_max_num_queries: Any
) -> None:
    world = world_today
    for _ in range(8):
        give(world, 1_00)
    customer_page = owner_client.get(url("customer", world.ben.reference)).content.decode()
    assert customer_page.count("Given <span") == 5 and "All entries" in customer_page
    with django_assert_max_num_queries(5):
        page = owner_client.get(url("credit", world.ben.reference)).content.decode()
    assert page.count("Given <span") == 8 and "$8.00" in page


def test_the_list_knows_store_credit(owner_client: Client, world_today: World) -> None:
    give(world_today, 35_00)
    page = owner_client.get(url("customers"), {"credit": "on"}).content.decode()
    assert "Ben Baker" in page and "Ana Alvarez" not in page and "Has store credit" in page
    owner_client.post(url("columns", "customers"), {"columns": ["name", "credit"], "next": url("customers")})
    assert "$35.00" in owner_client.get(url("customers")).content.decode()
    exported = owner_client.get(url("customers"), {"credit": "on", "export": "csv"}).getvalue().decode()
    assert "Store credit" in exported and "35" in exported and "ana@" not in exported


# Offline payments


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
    assert "$60.00 are recorded as paid." in page and "Cheque" in page and "No. 77" in page
    assert "recorded a cheque of $60.00 (No. 77)" in page and "Record a payment" not in page
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
    assert "$50.00 are a gift of the house." in page
    assert list(Payment.objects.filter(gateway="offline").values_list("offline_kind", "amount_minor")) == [
        ("cheque", 10_00),
        ("comp", 50_00),
    ]


def test_a_paid_order_takes_no_more(owner_client: Client, world_today: World) -> None:
    buy(world_today, world_today.ben, {"CAB23": 2}, world_today.now)
    order = Order.objects.get()
    page = owner_client.get(url("order_payment", order.reference)).content.decode()
    assert "Nothing is left to be paid" in page and "<form" not in page.partition("<main")[2]


# Giving back


def give_back(client: Client, payment: Payment, **fields: Any) -> str:
    facts = {"payment": payment.reference, "amount": "15", "reason": "Broken", **fields}
    answer = client.post(url("order_refund", payment.order.reference), facts, follow=True)
    return str(answer.content.decode())


def test_money_of_a_card_goes_to_store_credit_when_chosen(owner_client: Client, world_today: World) -> None:
    world = world_today
    buy(world, world.ben, {"CAB23": 2}, world.now)
    paid = Payment.objects.get()
    page = owner_client.get(url("order", paid.order.reference)).content.decode()
    assert "Visa 4242, where it came from" in page and ">Store credit</option>" in page
    assert "$15.00 are in the customer’s store credit now." in give_back(owner_client, paid, to="credit")
    assert balance(world) == 15_00
    assert "$15.00 went back to the card." in give_back(owner_client, paid, to="original")
    assert balance(world) == 15_00 and run_checks(world.now) == []


def test_offline_money_goes_back_by_hand(owner_client: Client, owing: Order) -> None:
    record(owner_client, owing)
    cheque = Payment.objects.get(gateway="offline", kind="charge")
    assert "The customer, by hand" in owner_client.get(url("order", owing.reference)).content.decode()
    assert "hand them over, or send them" in give_back(owner_client, cheque)
    refund = Payment.objects.get(kind="refund")
    assert (refund.gateway, refund.offline_kind, refund.state) == ("offline", "cheque", "settled")
