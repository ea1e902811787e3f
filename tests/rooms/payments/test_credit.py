"""Store credit: a ledger that only grows, a balance that never falls below nought."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import CreditEntry, Payment
from tirage.payments.operations import (
    give_credit,
    refund_payment,
    refund_to_credit,
    refundable_payments,
    spend_credit,
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def give(world: World, minor: int, **changes: Any) -> int:
    facts: dict[str, Any] = {"customer": world.ben, "reason": "Corked magnum", "actor": world.staff}
    return give_credit(amount=usd(minor), now=world.now, **{**facts, **changes})


def ledger(customer: Customer) -> list[tuple[int, int]]:
    """Amounts and running balances, oldest first; the balance on the customer's row last."""
    rows = CreditEntry.objects.filter(customer=customer).order_by("pk")
    return list(rows.values_list("amount_minor", "balance_minor"))


def balance(customer: Customer) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=customer.pk)


def bought(world: World) -> Payment:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    return Payment.objects.get()


def owing(world: World, minor: int) -> Order:
    """Ben's placed order, with so much of it not paid yet: the whole was given back and is owed again."""
    paid = bought(world)
    Payment.objects.filter(pk=paid.pk).update(amount_minor=paid.amount_minor - minor)
    Order.objects.update(paid_minor=paid.amount_minor - minor)
    return Order.objects.get()


def spend(world: World, order: Order, minor: int) -> int:
    return spend_credit(
        order_id=order.pk, customer_id=world.ben.pk, amount=usd(minor), actor=world.staff, now=world.now
    )


# Given and taken


def test_credit_is_given_and_taken_with_its_reason(world: World) -> None:
    assert give(world, 50_00) == 50_00
    assert give(world, -20_00, reason="Given twice") == 30_00
    assert ledger(world.ben) == [(50_00, 50_00), (-20_00, 30_00)] and balance(world.ben) == 30_00
    entry = CreditEntry.objects.latest("pk")
    assert (entry.reason, entry.actor_label, entry.currency, entry.payment) == (
        "Given twice",
        "Olive Owens",
        "USD",
        None,
    )
    texts = Event.objects.filter(customer_id=world.ben.pk, name__startswith="credit.").order_by("pk")
    assert list(texts.values_list("name", "text")) == [
        ("credit.given", "gave $50.00 of store credit (Corked magnum)"),
        ("credit.taken", "took back $20.00 of store credit (Given twice)"),
    ]
    assert run_checks(world.now) == []


@pytest.mark.parametrize(
    ("minor", "changes", "code"),
    [
        (-30_01, {}, "credit_too_low"),
        (0, {}, "amount_missing"),
        (10_00, {"reason": "  "}, "reason_missing"),
        (10_00, {"seen_minor": 0}, "credit_moved_on"),
    ],
)
def test_what_is_refused_changes_nothing(
    world: World, minor: int, changes: dict[str, Any], code: str
) -> None:
    give(world, 30_00)
    before = (ledger(world.ben), Event.objects.count())
    with pytest.raises(DomainError) as refused:
        give(world, minor, **changes)
    assert refused.value.code == code
    assert (ledger(world.ben), Event.objects.count()) == before and balance(world.ben) == 30_00


def test_a_form_sent_twice_gives_once(world: World) -> None:
    give(world, 30_00, seen_minor=0)
    with pytest.raises(Conflict):
        give(world, 30_00, seen_minor=0)
    assert balance(world.ben) == 30_00


# Spent


def test_credit_pays_for_an_order(world: World) -> None:
    order = owing(world, 60_00)
    give(world, 50_00)
    payment = Payment.objects.get(pk=spend(world, order, 50_00))
    order.refresh_from_db()
    assert order.balance_minor == 10_00 and balance(world.ben) == 0
    assert (payment.gateway, payment.kind, payment.state) == ("credit", "charge", "settled")
    entry = CreditEntry.objects.get(payment=payment)
    assert (entry.amount_minor, entry.balance_minor) == (-50_00, 0)
    assert Event.objects.filter(
        subject_kind="order", subject_id=order.pk, customer_id=world.ben.pk, text__contains="$50.00"
    ).exists()
    assert dict(refundable_payments(order_id=order.pk))[payment.reference] == 50_00


@pytest.mark.parametrize("minor", [50_01, 0, -1])
def test_more_than_there_is_or_nothing_is_refused(world: World, minor: int) -> None:
    order = owing(world, 60_00)
    give(world, 50_00)
    before = (Payment.objects.count(), Event.objects.count(), order.paid_minor)
    with transaction.atomic(), pytest.raises(DomainError):
        spend(world, order, minor)
    order.refresh_from_db()
    assert (Payment.objects.count(), Event.objects.count(), order.paid_minor) == before
    assert ledger(world.ben) == [(50_00, 50_00)] and balance(world.ben) == 50_00


# Back again


def test_a_card_payment_goes_back_as_credit_when_asked(world: World) -> None:
    paid = bought(world)
    refund = Payment.objects.get(
        pk=refund_to_credit(
            payment_id=paid.pk, amount=usd(100_00), reason="Corked", actor=world.staff, now=world.now
        )
    )
    assert (refund.gateway, refund.kind, refund.state, refund.parent_id) == (
        "credit",
        "refund",
        "settled",
        paid.pk,
    )
    order = Order.objects.get()
    assert order.paid_minor == paid.amount_minor - 100_00 and order.balance_minor == 0
    assert dict(refundable_payments(order_id=order.pk)) == {paid.reference: paid.amount_minor - 100_00}
    assert ledger(world.ben) == [(100_00, 100_00)] and run_checks(world.now) == []


def test_never_more_credit_back_than_was_paid(world: World) -> None:
    paid = bought(world)
    refund_to_credit(
        payment_id=paid.pk, amount=usd(100_00), reason="Corked", actor=world.staff, now=world.now
    )
    before = Order.objects.values().get()
    for minor in (paid.amount_minor - 100_00 + 1, 0, -5):
        with pytest.raises(DomainError) as refused:
            refund_to_credit(
                payment_id=paid.pk, amount=usd(minor), reason="More", actor=world.staff, now=world.now
            )
        assert refused.value.code == "too_much"
    assert Order.objects.values().get() == before and balance(world.ben) == 100_00


def test_a_refund_to_credit_needs_a_reason_and_a_payment_with_money(world: World) -> None:
    paid = bought(world)
    facts: dict[str, Any] = {"amount": usd(1_00), "actor": world.staff, "now": world.now}
    with pytest.raises(DomainError) as wordless:
        refund_to_credit(payment_id=paid.pk, reason=" ", **facts)
    refund_id = refund_to_credit(payment_id=paid.pk, reason="Corked", **facts)
    with pytest.raises(DomainError) as of_a_refund:
        refund_to_credit(payment_id=refund_id, reason="Again", **facts)
    Order.objects.update(state="pending", placed_at=None)
    with pytest.raises(DomainError) as pending:
        refund_to_credit(payment_id=paid.pk, reason="Too early", **facts)
    codes = [one.value.code for one in (wordless, of_a_refund, pending)]
    assert codes == ["reason_missing", "not_refundable", "order_pending"] and balance(world.ben) == 1_00


def test_spent_credit_goes_back_to_the_credit(world: World) -> None:
    order = owing(world, 60_00)
    give(world, 60_00)
    payment = Payment.objects.get(pk=spend(world, order, 60_00))
    refund = refund_payment(
        payment_reference=payment.reference,
        amount_minor=25_00,
        reason="Late",
        actor=world.staff,
        now=world.now,
    )
    assert (refund.state, refund.gateway) == ("settled", "credit")
    assert ledger(world.ben) == [(60_00, 60_00), (-60_00, 0), (25_00, 25_00)]
    order.refresh_from_db()
    assert order.balance_minor == 0, "a goodwill refund is not asked for again"


def test_a_cancelled_orders_money_can_all_become_credit(world: World) -> None:
    paid = bought(world)
    order = cancel_order(
        order_reference=Order.objects.get().reference,
        restock=True,
        reason="Moved away",
        actor=world.staff,
        now=world.now,
    )
    refund_to_credit(
        payment_id=paid.pk,
        amount=usd(paid.amount_minor),
        reason="Moved away",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert (order.owed_minor, order.paid_minor) == (0, 0) and order.changes.count() == 2
    assert balance(world.ben) == paid.amount_minor and run_checks(world.now) == []
