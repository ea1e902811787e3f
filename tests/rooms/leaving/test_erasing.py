"""A customer is erased: no word of the person anywhere, every sum as it was, and not before all is settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from tests.rooms.checkout.journey import buy
from tests.rooms.leaving.erased import (
    EMAIL,
    NAME,
    STREET,
    become_somebody,
    found_in,
    write_everywhere,
)
from tests.web.stage import build_stage
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.customers.models import Address, Customer
from tirage.customers.operations import reinstate_customer, update_customer
from tirage.leaving.erasing import operations, sweeping
from tirage.leaving.erasing.obstacles import find_obstacles
from tirage.leaving.erasing.operations import erase_customer
from tirage.leaving.erasing.sweeping import go_on, sweep_stopped_erasing
from tirage.leaving.models import Erasure
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

#: What must be the same to the cent, by plain SQL.
SUMS = (
    "SELECT count(*), sum(owed_minor), sum(paid_minor), sum(wine_minor), sum(bottle_count) FROM orders_order",
    "SELECT count(*), sum(quantity), sum(quantity * unit_price_minor) FROM orders_orderline",
    "SELECT kind, jurisdiction, sum(amount_minor) FROM orders_ordercharge GROUP BY kind, jurisdiction ORDER BY 1, 2",
    "SELECT count(*), sum(difference_minor) FROM orders_orderchange",
    "SELECT kind, state, count(*), sum(amount_minor) FROM payments_payment GROUP BY kind, state ORDER BY 1, 2",
    "SELECT count(*), sum(amount_minor) FROM payments_creditentry",
    "SELECT country, ship_state, postal_code, sum(owed_minor) FROM orders_order GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "SELECT count(*), sum(orders_count), sum(lifetime_minor) FROM customers_customer",
)


def sums() -> list[Any]:
    found = []
    with connection.cursor() as cursor:
        for statement in SUMS:
            cursor.execute(statement)
            found.append(cursor.fetchall())
    return found


def erased(world: World, customer: Customer, **facts: Any) -> Erasure:
    """Asked for, and everything done that follows."""
    values: dict[str, Any] = {"typed": customer.reference, "why": "Asked for it by letter"} | facts
    erasure = erase_customer(customer=customer, queue=False, actor=world.staff, now=read_clock(), **values)
    return go_on(reference=erasure.reference, clock=read_clock)


def shipped(world: World, customer: Customer) -> Order:
    """An order that is paid and over."""
    buy(world, customer, {"CAB23": 2}, world.now)
    Order.objects.filter(customer=customer).update(state="shipped", shipped_at=world.now)
    return Order.objects.get(customer=customer)


@pytest.mark.django_db(transaction=True)
def test_no_column_of_any_table_says_a_word_of_the_person() -> None:
    stage = build_stage()
    ben = stage.world.ben
    become_somebody(ben)
    written = write_everywhere(ben)
    # They were there to be found.
    assert len(written) > 60, written
    before = sums()
    with patch.object(operations, "find_obstacles", lambda customer: []):
        erasure = erased(stage.world, ben)
    assert erasure.state == "done" and erasure.words == {} and erasure.rows > 20
    assert found_in() == []
    assert sums() == before


def test_ledgers_stay_whole_and_the_doctor_finds_nothing(world: World) -> None:
    become_somebody(world.ben)
    order = shipped(world, world.ben)
    broken, before = run_checks(read_clock()), sums()
    assert found_in()
    erasure = erased(world, world.ben)
    assert found_in() == [] and sums() == before and run_checks(read_clock()) == broken
    order.refresh_from_db()
    assert (order.recipient, order.line1, order.phone) == ("Erased", "Erased", "")
    person = Customer.objects.get(pk=world.ben.pk)
    assert person.name == "Erased customer" and not person.is_active and person.erased_at
    assert not person.memberships.exists() and not person.sessions.exists()
    cards = PaymentMethod.objects.filter(customer=person)
    assert cards and not cards.filter(forgotten_at__isnull=True).exists()
    event = Event.objects.get(name="customer.erased")
    assert event.text == f"erased {person.reference}: Asked for it by letter"
    assert event.data == {"erasure": erasure.reference}


def test_what_others_wrote_of_themselves_stays(world: World) -> None:
    """A couple's house, a namesake, and where another customer's wine went."""
    become_somebody(world.ben)
    shipped(world, world.ben)
    address = Address.objects.filter(customer=world.ana).first()
    assert address is not None
    Address.objects.filter(pk=address.pk).update(line1=STREET)
    buy(world, world.ana, {"CAB23": 1}, world.now)
    Order.objects.filter(customer=world.ana).update(recipient=NAME)
    Customer.objects.filter(pk=world.ana.pk).update(note=f"Married to {NAME}, {EMAIL}, at {STREET}")
    erased(world, world.ben)
    ana = Customer.objects.get(pk=world.ana.pk)
    assert ana.note == f"Married to Erased, {world.ben.reference.lower()}@erased.invalid, at {STREET}"
    assert Address.objects.get(pk=address.pk).line1 == STREET
    assert Order.objects.get(customer=world.ana).recipient == NAME


def test_not_before_all_is_settled(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    order = Order.objects.get(customer=world.ben)
    with pytest.raises(Conflict, match=f"{order.reference} is open"):
        erased(world, world.ben)
    Order.objects.update(state="shipped", shipped_at=world.now, paid_minor=0)
    with pytest.raises(Conflict, match="money to come"):
        erased(world, world.ben)
    Order.objects.update(paid_minor=order.paid_minor)
    Customer.objects.filter(pk=world.ben.pk).update(credit_minor=500)
    with pytest.raises(Conflict, match="store credit"):
        erased(world, world.ben)
    Customer.objects.filter(pk=world.ben.pk).update(credit_minor=0)
    assert find_obstacles(Customer.objects.get(pk=world.ben.pk)) == []
    assert not Erasure.objects.exists() and not Customer.objects.filter(erased_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"typed": "CUS-"}, "typed"), ({"why": " "}, "why"), ({"why": f"{NAME} wrote"}, "why")],
)
def test_it_is_typed_and_said_why_without_the_person(world: World, facts: dict[str, str], field: str) -> None:
    become_somebody(world.ben)
    with pytest.raises(DomainError) as refused:
        erased(world, world.ben, **facts)
    assert field in refused.value.fields and not Erasure.objects.exists()


def test_nothing_brings_the_account_back(world: World) -> None:
    erased(world, world.ben)
    person = Customer.objects.get(pk=world.ben.pk)
    facts: dict[str, Any] = {"customer": person, "actor": world.staff, "now": world.now}
    with pytest.raises(Conflict, match="erased"):
        reinstate_customer(**facts)
    with pytest.raises(Conflict, match="erased"):
        update_customer(values={"first_name": "Ben"}, **facts)
    with pytest.raises(Conflict, match="erased already"):
        erased(world, person)


def test_a_service_that_does_not_answer_is_asked_again(world: World) -> None:
    become_somebody(world.ben)
    shipped(world, world.ben)
    erasure = erase_customer(
        customer=world.ben,
        typed=world.ben.reference,
        why="Asked",
        queue=False,
        actor=world.staff,
        now=read_clock(),
    )
    with (
        patch.object(sweeping, "forget_cards_of", side_effect=TimeoutError),
        pytest.raises(TimeoutError),
    ):
        go_on(reference=erasure.reference, clock=read_clock)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.step, erasure.problem) == ("running", "cards", "TimeoutError")
    assert sweep_stopped_erasing(now=read_clock() + timedelta(minutes=2)) == 1
    assert go_on(reference=erasure.reference, clock=read_clock).state == "done"
    assert found_in() == []


def test_the_account_is_closed_at_once_and_signs_in_nowhere(world: World) -> None:
    erase_customer(
        customer=world.ben,
        typed=world.ben.reference.lower(),
        why="Asked",
        queue=False,
        actor=world.staff,
        now=read_clock(),
    )
    person = Customer.objects.get(pk=world.ben.pk)
    assert not person.is_active and person.session_epoch > world.ben.session_epoch
    assert person.email == f"{person.reference.lower()}@erased.invalid"
