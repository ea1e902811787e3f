"""Money that no gateway moves: written down once, never beyond what is owed, given back by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import Payment
from tirage.payments.operations import (
    charging,
    reconcile_payments,
    record_offline_payment,
    refund_payment,
    refund_to_credit,
    refundable_payments,
    take_offline_payment,
)
from tirage.payments.states import OfflineKind


def owing(world: World, minor: int) -> Order:
    """Ben's placed order, of which the card brought ``minor`` less than it owes."""
    buy(world, world.ben, {"CAB23": 2}, world.now)
    order, paid = Order.objects.get(), Payment.objects.get()
    Payment.objects.filter(pk=paid.pk).update(amount_minor=paid.amount_minor - minor)
    Order.objects.filter(pk=order.pk).update(paid_minor=order.paid_minor - minor)
    return Order.objects.get()


def take(world: World, order: Order, minor: int, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"offline_kind": OfflineKind.CHEQUE, "note": "No. 77", "actor": world.staff}
    return take_offline_payment(
        order_reference=order.reference, amount_minor=minor, now=world.now, **{**facts, **changes}
    )


@pytest.mark.parametrize("kind", list(OfflineKind))
def test_money_that_came_is_booked_at_once(world: World, kind: OfflineKind) -> None:
    order = owing(world, 60_00)
    payment = take(world, order, 40_00, offline_kind=kind)
    order.refresh_from_db()
    assert order.balance_minor == 20_00 and run_checks(world.now) == []
    assert (payment.gateway, payment.kind, payment.state, payment.offline_kind, payment.note) == (
        "offline",
        "charge",
        "settled",
        kind.value,
        "No. 77",
    )
    event = Event.objects.get(name="payment.settled", subject_id=order.pk)
    assert "$40.00 (No. 77)" in event.text and event.customer_id == world.ben.pk
    assert reconcile_payments(now=world.now) == 0, "no bank is asked about it"


def test_its_settling_is_reacted_to_like_any_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr(charging, "react", lambda name, **facts: heard.append((name, facts["payment_id"])))
    payment = take(world, owing(world, 60_00), 60_00)
    assert heard[-1] == ("payment.settled", payment.pk)


@pytest.mark.parametrize(
    ("minor", "changes", "code"),
    [
        (60_01, {}, "too_much"),
        (0, {}, "too_much"),
        (-1, {}, "too_much"),
        (10_00, {"offline_kind": OfflineKind.COMP, "note": " "}, "reason_missing"),
        (10_00, {"seen_balance_minor": 59_00}, "order_moved_on"),
        (10_00, {"order_reference": "ORD-NOWHERE2"}, "not_found"),
    ],
)
def test_what_is_refused_changes_nothing(
    world: World, minor: int, changes: dict[str, Any], code: str
) -> None:
    order = owing(world, 60_00)
    before = (Payment.objects.count(), Event.objects.count())
    with pytest.raises(DomainError) as refused:
        take_offline_payment(
            **{
                "order_reference": order.reference,
                "amount_minor": minor,
                "offline_kind": OfflineKind.CASH,
                "note": "",
                "actor": world.staff,
                "now": world.now,
                **changes,
            }
        )
    assert refused.value.code == code
    assert (Payment.objects.count(), Event.objects.count()) == before
    assert Order.objects.get().balance_minor == 60_00


def test_what_a_card_is_being_charged_is_not_asked_for_twice(world: World) -> None:
    order = owing(world, 60_00)
    Payment.objects.create(
        order=order,
        gateway="test",
        kind="charge",
        state="unknown",
        amount_minor=50_00,
        currency="USD",
        idempotency_key="PAY-UNDERWAY",
        made_at=world.now,
    )
    with pytest.raises(DomainError):
        take(world, order, 10_01)
    assert take(world, order, 10_00).state == "settled"


def test_a_form_sent_twice_is_one_payment(world: World) -> None:
    order = owing(world, 60_00)
    take(world, order, 30_00, seen_balance_minor=60_00)
    with pytest.raises(DomainError):
        take(world, order, 30_00, seen_balance_minor=60_00)
    assert Payment.objects.filter(gateway="offline").count() == 1


def test_only_a_placed_order_is_paid_offline(world: World) -> None:
    order = owing(world, 60_00)
    cancel_order(order_reference=order.reference, restock=True, reason="No", actor=world.staff, now=world.now)
    with pytest.raises(DomainError) as refused:
        take(world, order, 1_00)
    assert refused.value.code == "not_payable"


def test_for_a_change_the_caller_knows_the_amount(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    order = Order.objects.get()
    payment_id = record_offline_payment(
        order_id=order.pk,
        amount=Money(12_00, "USD"),
        offline_kind=OfflineKind.TRANSFER,
        note="",
        purpose="CHG-ONE22222",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert order.balance_minor == -12_00 and Payment.objects.get(pk=payment_id).purpose == "CHG-ONE22222"


@pytest.mark.parametrize("kind", [OfflineKind.CHEQUE, OfflineKind.COMP])
def test_what_came_by_hand_goes_back_by_hand(world: World, kind: OfflineKind) -> None:
    order = owing(world, 60_00)
    payment = take(world, order, 60_00, offline_kind=kind)
    refund = refund_payment(
        payment_reference=payment.reference,
        amount_minor=15_00,
        reason="A bottle was broken",
        actor=world.staff,
        now=world.now,
    )
    assert (refund.gateway, refund.state, refund.offline_kind, refund.note) == (
        "offline",
        "settled",
        kind.value,
        "A bottle was broken",
    )
    order.refresh_from_db()
    assert order.balance_minor == 0 and run_checks(world.now) == []
    assert dict(refundable_payments(order_id=order.pk))[payment.reference] == 45_00
    with pytest.raises(DomainError):
        refund_payment(
            payment_reference=payment.reference,
            amount_minor=45_01,
            reason="More",
            actor=world.staff,
            now=world.now,
        )


def test_a_gift_is_never_given_back_as_credit(world: World) -> None:
    payment = take(world, owing(world, 60_00), 60_00, offline_kind=OfflineKind.COMP)
    facts: dict[str, Any] = {"reason": "A mistake", "actor": world.staff, "now": world.now}
    with pytest.raises(DomainError) as refused:
        refund_to_credit(payment_id=payment.pk, amount=Money(10_00, "USD"), **facts)
    assert refused.value.code == "was_gift" and not Payment.objects.filter(kind="refund").exists()
    assert Customer.objects.get(pk=world.ben.pk).credit_minor == 0
