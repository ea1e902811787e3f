"""Two customers merged while one of them buys, and both ways at once, on PostgreSQL.

Each promise is shown to hold, and its control, the same race without the locks, is shown to break it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from tests.concurrency.crowd import Results, gather, rush
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.world import World, build_world
from tirage.checkout.models import Cart
from tirage.checkout.operations import place_order
from tirage.cli.doctor import run_checks
from tirage.core.clock import read_clock
from tirage.core.errors import DomainError
from tirage.core.money import Money
from tirage.customers.models import Customer, FormerCustomer
from tirage.merging import acts, operations
from tirage.merging.operations import merge_customers
from tirage.orders.models import Order
from tirage.payments.models import CreditEntry
from tirage.payments.operations import give_credit

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(transactional_db: None) -> World:
    return build_world(read_clock())


def merging(world: World, stays: Customer, ends: Customer) -> Callable[[], Any]:
    return lambda: merge_customers(stays=stays, ends=ends, chosen={}, actor=world.staff, now=world.now)


def buy_and_merge(world: World) -> Results:
    """Ben's checkout is sent while his account is merged into Ana's."""
    hold(world.ben, {"CAB23": 2}, world.now)
    sent = checkout_arguments(world, world.ben, world.now)
    return rush([lambda: place_order(**sent), merging(world, world.ana, world.ben)])


def test_a_checkout_of_the_other_is_placed_and_moves_or_is_refused(shared: World) -> None:
    results = buy_and_merge(shared)
    codes = {getattr(refusal, "code", repr(refusal)) for refusal in results.refusals}
    assert codes <= {"cart_empty", "under_way", "changed_meanwhile"}
    assert len(results.refusals) <= 1 and run_checks(shared.now) == []
    order = Order.objects.first()
    if FormerCustomer.objects.exists():
        assert not Cart.objects.filter(customer=shared.ben).exists()
        assert order is None or order.customer == shared.ana
        assert shared.stock(shared.cabernet).held == 0
    else:
        assert order is not None and order.customer == shared.ben


def both_ways(world: World) -> Results:
    return rush([merging(world, world.ana, world.ben), merging(world, world.ben, world.ana)])


def test_of_two_merges_both_ways_one_is_made(shared: World) -> None:
    results = both_ways(shared)
    assert [getattr(refusal, "code", refusal) for refusal in results.refusals] == ["customer_gone"]
    former = FormerCustomer.objects.get()
    assert Customer.objects.filter(pk__in=[shared.ana.pk, shared.ben.pk]).get() == former.customer
    assert run_checks(shared.now) == []


def unlocked(rows: Any) -> list[Any]:
    return list(rows.order_by("pk"))


def test_control_without_the_locks_both_merge_what_the_other_ends(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet, moved = gather(2), acts.move_orders

    def move_together(merge: Any) -> None:
        meet()
        moved(merge)

    for module in (acts, operations):
        monkeypatch.setattr(module, "lock_rows", unlocked)
    monkeypatch.setattr(acts, "move_orders", move_together)
    refusals = both_ways(shared).refusals
    # A deadlock, or a wall of the database: never that one of both is gone, which is what people understand.
    assert "customer_gone" not in [getattr(refusal, "code", "") for refusal in refusals] and refusals


def credit_while_merging(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ben is given credit while his account is being merged into Ana's: after both were read, before they are one."""
    give_credit(
        customer=world.ben, amount=Money(10_00, "USD"), reason="Corked", actor=world.staff, now=world.now
    )
    begun, given, moved = Signal(), Signal(), acts.move_orders
    refused: list[str] = []

    def give() -> None:
        assert begun.wait(20)
        try:
            give_credit(
                customer=world.ben, amount=Money(5_00, "USD"), reason="Late", actor=world.staff, now=world.now
            )
        except DomainError as refusal:
            refused.append(refusal.code)
        finally:
            given.set()
            connections.close_all()

    def pause(merge: Any) -> None:
        begun.set()
        given.wait(1)
        moved(merge)

    monkeypatch.setattr(acts, "move_orders", pause)
    hand = Thread(target=give)
    hand.start()
    merging(world, world.ana, world.ben)()
    hand.join(20)
    assert not hand.is_alive()
    return refused


def test_credit_given_meanwhile_is_refused_and_the_books_agree(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert credit_while_merging(shared, monkeypatch) == ["credit_too_low"]
    assert run_checks(shared.now) == []
    assert (
        Customer.objects.get(pk=shared.ana.pk).credit_minor == 10_00 == CreditEntry.objects.get().amount_minor
    )


def test_control_without_the_locks_credit_given_meanwhile_is_lost(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "lock_rows", unlocked)
    assert credit_while_merging(shared, monkeypatch) == []
    assert {finding.check.name for finding in run_checks(shared.now)} == {"credit_balances"}
