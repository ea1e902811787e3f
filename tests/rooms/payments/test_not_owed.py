"""Money that comes when it isn't owed any more goes back by itself, and only that part of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.payments.owing import OWED, card_that, owing_order
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.orders.operations import apply_change
from tirage.orders.statements import NewCharge
from tirage.payments.models import Payment
from tirage.payments.operations import (
    balances,
    charge_balance,
    reconcile_payments,
    send_charge,
    settle_result,
)


def charge(world: World, order: Order, card: Any, now: Any = None) -> Any:
    return charge_balance(
        order_id=order.pk,
        card_reference=card.reference,
        return_url="",
        actor=world.staff,
        now=now or world.now,
    )


def forgive(world: World, order: Order, minor: int) -> None:
    """Takes so much off what the order owes; no money moves."""
    order.refresh_from_db()
    apply_change(
        order=order,
        lines=[],
        charges=[NewCharge("discount", -minor, "Corked")],
        reason="Corked",
        text="gave a discount",
        actor=world.staff,
        now=world.now,
    )


@pytest.mark.parametrize("forgiven", [10_00, OWED])
def test_an_order_made_cheaper_while_its_bank_asks_keeps_only_what_it_owes(
    world: World, forgiven: int
) -> None:
    order = owing_order(world, world.ben, world.now)
    attempt = charge(world, order, card_that(world, world.ben, Behaviour.AUTHENTICATES_ALWAYS))
    forgive(world, order, forgiven)
    payment = Payment.objects.get(reference=attempt.payment_reference)
    answer_authentication(gateway_reference=payment.gateway_reference, approve=True, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=31))
    back = Payment.objects.get(parent=payment)
    assert (back.amount_minor, back.note) == (forgiven, "It came when it was not owed any more")
    reconcile_payments(now=world.now + timedelta(minutes=32))
    order.refresh_from_db()
    assert order.balance_minor == 0 and order.paid_minor == charged_in_all()
    assert run_checks(world.now + timedelta(minutes=32)) == []


@pytest.fixture
def stray(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ben's order and its first attempt, which stands still before the bank and is given up; calling it, it arrives."""
    order, later = owing_order(world, world.ben, world.now), world.now + timedelta(minutes=3)
    paused: list[Any] = []

    def pause(started: Any, *, return_url: str) -> Any:
        paused.append(started)
        raise RuntimeError("stands still")

    with monkeypatch.context() as patched:
        patched.setattr(balances, "send_charge", pause)
        with pytest.raises(RuntimeError):
            charge(world, order, world.ben_card)
    reconcile_payments(now=later)

    def arrives() -> Order:
        result = send_charge(paused[0], return_url="")
        settle_result(payment_id=paused[0].id, result=result, actor=system(), now=later)
        reconcile_payments(now=later + timedelta(minutes=1))
        return Order.objects.get(pk=order.pk)

    return arrives


def test_two_attempts_that_both_arrive_are_paid_once(world: World, stray: Any) -> None:
    assert (
        charge(world, Order.objects.get(), world.ben_card, world.now + timedelta(minutes=3)).status == "paid"
    )
    order = stray()
    assert order.balance_minor == 0 and order.paid_minor == charged_in_all() and run_checks(world.now) == []


def test_what_was_overpaid_before_stays_for_people(world: World, stray: Any) -> None:
    """What was kept on purpose isn't touched by money that comes later: just that goes back."""
    forgive(world, Order.objects.get(), OWED + 10_00)
    order = stray()
    assert order.balance_minor == -10_00 and order.paid_minor == charged_in_all()
    assert Payment.objects.get(kind="refund").amount_minor == OWED and run_checks(world.now) == []
