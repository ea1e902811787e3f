"""Store credit in the back office: who may, what it says, nothing twice."""

from __future__ import annotations

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
    assert "You refunded $15.00 to the customer’s store credit." in give_back(owner_client, paid, to="credit")
    assert balance(world) == 15_00
    assert "You refunded $15.00 to the card." in give_back(owner_client, paid, to="original")
    assert balance(world) == 15_00 and run_checks(world.now) == []
