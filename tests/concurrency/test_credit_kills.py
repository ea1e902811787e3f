"""SIGKILL between any two steps of a checkout that store credit pays a part of: spent once, or back by itself."""

from __future__ import annotations

import pytest

from tests.bank import charged_in_all
from tests.concurrency.dying_checkout import STEPS
from tests.concurrency.test_kills import after_restart, killed_at
from tests.world import World, build_world
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry, Payment
from tirage.payments.operations import give_credit
from tirage.payments.operations import reconciling as payment_operations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CREDIT = 35_00
#: The first payment that settles is the credit's, in the transaction that writes the order: it dies with that.
UNWRITTEN = {*STEPS[: STEPS.index("order_committed")], "payment_settled"}
PAID = set(STEPS[STEPS.index("bank_asked") :]) - UNWRITTEN


@pytest.fixture
def shared(transactional_db: None) -> World:
    """The world, committed; Ben has store credit."""
    world = build_world(read_clock())
    give_credit(
        customer=world.ben,
        amount=Money(CREDIT, "USD"),
        reason="A kill",
        actor=world.staff,
        now=world.now,
    )
    return world


def balance(world: World) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=world.ben.pk)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_spends_credit_once_or_not_at_all(shared: World, step: str) -> None:
    killed_at(step, shared)
    assert balance(shared) == (CREDIT if step in UNWRITTEN else 0)
    after_restart()
    order = Order.objects.first()
    assert (order is None) == (step in UNWRITTEN)
    if order and step in PAID:
        assert order.state == "placed" and order.paid_minor == order.owed_minor
        assert charged_in_all() == order.owed_minor - CREDIT and balance(shared) == 0
    else:
        assert charged_in_all() == 0 and balance(shared) == CREDIT
        assert order is None or (order.state, order.paid_minor) == ("abandoned", 0)
    assert run_checks(read_clock()) == []


def test_control_without_the_reconciler_the_credit_stays_away(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at("order_committed", shared)
    monkeypatch.setattr(payment_operations, "reconcile_payment", lambda **ignored: None)
    after_restart()
    assert balance(shared) == 0 and Order.objects.get().state == "pending"
    assert Payment.objects.filter(gateway="credit").count() == 1 and CreditEntry.objects.count() == 2
