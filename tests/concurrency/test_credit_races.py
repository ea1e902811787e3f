"""Store credit's races, on PostgreSQL with real threads: spent twice at once, given back twice at once.

Each promise is shown to hold, and its control, the same race with the guard taken away, is shown to break it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.concurrency.crowd import Results, gather, rush, without_wall
from tests.rooms.checkout.journey import buy, checkout_arguments, hold
from tests.world import World, build_world, save_test_card
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.core.sql import run
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, credit_order
from tirage.payments import statements
from tirage.payments.models import CreditEntry, Payment
from tirage.payments.operations import (
    give_credit,
    refund_to_credit,
    refunding,
    spend_credit,
    take_offline_payment,
)
from tirage.payments.states import OfflineKind

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CREDIT = 50_00


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed; Ben has two orders and store credit for one of them."""
    world = build_world(read_clock())
    buy(world, world.ben, {"CAB23": 2}, world.now)
    buy(world, world.ben, {"CHA24": 3}, world.now)
    give(world, CREDIT)
    return world


def give(world: World, minor: int) -> int:
    return give_credit(
        customer=world.ben, amount=Money(minor, "USD"), reason="A race", actor=world.staff, now=world.now
    )


def balance(world: World) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=world.ben.pk)


# Spent at once


def spend_at_once(world: World) -> Results:
    """All of it on one order, all of it on another, and all of it taken away by staff: at the same moment."""
    amount = Money(CREDIT, "USD")
    facts: dict[str, Any] = {"customer_id": world.ben.pk, "amount": amount, "now": world.now}
    orders = Order.objects.order_by("pk").values_list("pk", flat=True)
    spends = [partial(spend_credit, order_id=order, actor=world.staff, **facts) for order in orders]
    return rush([*spends, partial(give, world, -CREDIT)])


def test_credit_is_spent_once(shared: World) -> None:
    results = spend_at_once(shared)
    assert len(results.answers) == 1
    assert [getattr(one, "code", one) for one in results.refusals] == ["credit_too_low"] * 2
    assert balance(shared) == 0 and CreditEntry.objects.count() == 2
    assert Payment.objects.filter(gateway="credit").count() <= 1 and run_checks(shared.now) == []


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the balance, all at the same moment, and then takes: the decision is no longer one statement."""
    meet = gather(3)

    def look_then_take(customer_id: int, amount_minor: int) -> int | None:
        present = Customer.objects.values_list("credit_minor", flat=True).get(pk=customer_id)
        meet()
        if present + amount_minor < 0:
            return None
        run(
            "UPDATE customers_customer SET credit_minor = credit_minor + %s WHERE id = %s",
            [amount_minor, customer_id],
        )
        return present + amount_minor

    monkeypatch.setattr(statements, "move_credit", look_then_take)


def test_without_the_lock_the_database_still_says_no(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_lock(monkeypatch)
    results = spend_at_once(shared)
    assert balance(shared) == 0 and len(results.answers) == 1
    assert [type(one) for one in results.refusals] == [IntegrityError] * 2


@pytest.fixture
def no_wall(shared: World) -> Iterator[None]:
    without_wall("customers_customer", "customer_credit_not_negative")
    yield
    Customer.objects.update(credit_minor=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE customers_customer ADD CONSTRAINT customer_credit_not_negative CHECK (credit_minor >= 0)"
        )


def test_control_without_lock_and_wall_it_falls_below_nought(
    shared: World, no_wall: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    spend_at_once(shared)
    assert balance(shared) < 0
    assert {"credit_balances", "credit_entries_run_on"} <= {one.check.name for one in run_checks(shared.now)}


# Given back at once


def cancelled_order_paid_thrice(world: World) -> Payment:
    """The card payment of a cancelled order that a cheque has paid twice more: there is enough to give back."""
    paid = Payment.objects.filter(gateway="test").earliest("pk")
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    with transaction.atomic():
        credit_order(order=paid.order, amount_minor=-2 * paid.amount_minor, reason="A race", **facts)
    take_offline_payment(
        order_reference=paid.order.reference,
        amount_minor=2 * paid.amount_minor,
        offline_kind=OfflineKind.CHEQUE,
        note="By mistake",
        **facts,
    )
    cancel_order(order_reference=paid.order.reference, restock=True, reason="A race", **facts)
    return paid


def give_back_at_once(world: World) -> Payment:
    """The whole of one payment, back as credit, three times at the same moment."""
    paid = cancelled_order_paid_thrice(world)
    back = partial(
        refund_to_credit,
        payment_id=paid.pk,
        amount=Money(paid.amount_minor, "USD"),
        reason="A race",
        actor=world.staff,
        now=world.now,
    )
    results = rush([back] * 3)
    assert all(isinstance(one, DomainError) for one in results.refusals)
    return paid


def test_a_payment_goes_back_as_credit_once(shared: World) -> None:
    paid = give_back_at_once(shared)
    assert paid.children.count() == 1 and balance(shared) == CREDIT + paid.amount_minor
    assert run_checks(shared.now) == []


def test_control_without_the_payments_lock_it_goes_back_twice(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, counted = gather(3), refunding.refunded_minor

    def count_then_meet(payment_id: int) -> int:
        back = counted(payment_id)
        meet()
        return back

    monkeypatch.setattr(refunding, "lock_row", lambda rows: rows.first())
    monkeypatch.setattr(refunding, "refunded_minor", count_then_meet)
    paid = give_back_at_once(shared)
    assert paid.children.count() > 1 and balance(shared) > CREDIT + paid.amount_minor
    assert "refunds_within_payments" in {one.check.name for one in run_checks(shared.now)}


# At the checkout


@pytest.mark.parametrize("behaviour", [Behaviour.SUCCEEDS, Behaviour.CARD_DECLINED])
def test_a_checkout_and_staff_want_the_same_credit(shared: World, behaviour: Behaviour) -> None:
    """The card answers at once, so that a declined checkout gives its credit back while staff take theirs."""
    world = shared
    card = save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)
    hold(world.ben, {"CAB23": 1}, world.now)
    form = checkout_arguments(world, world.ben, world.now, card_reference=card.reference, use_credit=True)
    form["expected_total_minor"] -= CREDIT
    results = rush([partial(place_order, **form), *[partial(give, world, -CREDIT)] * 3])
    codes = {getattr(one, "code", repr(one)) for one in results.refusals}
    assert codes <= {"price_changed", "credit_too_low"}
    order = Order.objects.filter(customer=world.ben).latest("pk")
    paid_with_it = order.state == "placed" and order.payments.filter(gateway="credit").exists()
    taken = sum(isinstance(one, int) for one in results.answers)
    assert taken + paid_with_it == 1 or (taken == 0 and balance(world) == CREDIT)
    assert balance(world) in (0, CREDIT) and run_checks(world.now) == []
