"""Store credit at the checkout: spent in the transaction that places, back in the one that abandons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.bank import charged_in_all
from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.world import World, save_test_card
from tirage.checkout.models import Cart
from tirage.checkout.operations import give_up_payment, place_order
from tirage.checkout.operations import placing as placing_operations
from tirage.cli.doctor import run_checks
from tirage.core.errors import DomainError
from tirage.core.models import Event, Winery
from tirage.core.money import Money
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.models import CreditEntry, Payment
from tirage.payments.operations import (
    StartedPayment,
    give_credit,
    reconcile_payments,
    refund_payment,
    refundable_payments,
    send_charge,
    settle_result,
)
from tirage.payments.protocol import GatewayResult


def give(world: World, minor: int) -> None:
    give_credit(
        customer=world.ben,
        amount=Money(minor, "USD"),
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )


def balance(world: World) -> int:
    return Customer.objects.values_list("credit_minor", flat=True).get(pk=world.ben.pk)


def ledger() -> list[int]:
    return list(CreditEntry.objects.order_by("pk").values_list("amount_minor", flat=True))


def form(world: World, credit: int, **changes: Any) -> dict[str, Any]:
    """Ben's form for two Cabernets, with so much credit taken off the total."""
    hold(world.ben, {"CAB23": 2}, world.now)
    facts = checkout_arguments(world, world.ben, world.now, use_credit=True, **changes)
    return {**facts, "expected_total_minor": facts["expected_total_minor"] - credit}


def card(world: World, behaviour: Behaviour) -> str:
    return save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False).reference


def total_of(facts: dict[str, Any], credit: int) -> int:
    return int(facts["expected_total_minor"]) + credit


def test_credit_pays_a_part_and_the_card_the_rest(world: World) -> None:
    give(world, 35_00)
    facts = form(world, 35_00)
    assert place_order(**facts).status == "placed"
    order = Order.objects.get()
    assert order.state == "placed" and order.paid_minor == order.owed_minor == total_of(facts, 35_00)
    assert charged_in_all() == facts["expected_total_minor"]
    assert (balance(world), ledger()) == (0, [35_00, -35_00])
    placed = Event.objects.get(name="order.placed")
    assert placed.data["paid_minor"] == order.owed_minor
    assert run_checks(world.now) == []


def test_credit_that_covers_everything_needs_no_card(world: World) -> None:
    give(world, 1_000_00)
    facts = form(world, 0, card_reference="")
    total = facts.pop("expected_total_minor")
    assert place_order(**facts, expected_total_minor=0).status == "placed"
    order, payment = Order.objects.get(), Payment.objects.get()
    assert (order.state, order.paid_minor, order.balance_minor) == ("placed", total, 0)
    assert (payment.gateway, payment.amount_minor) == ("credit", total)
    assert balance(world) == 1_000_00 - total and charged_in_all() == 0
    assert not Cart.objects.get(customer=world.ben).lines.exists() and run_checks(world.now) == []


def test_the_same_form_again_finds_the_order_that_credit_paid(world: World) -> None:
    give(world, 1_000_00)
    facts = {**form(world, 0), "expected_total_minor": 0}
    first = place_order(**facts)
    assert place_order(**facts).order_reference == first.order_reference
    assert Order.objects.count() == 1 and Payment.objects.count() == 1


def test_a_declined_card_gives_the_credit_back(world: World) -> None:
    give(world, 35_00)
    placing = place_order(**form(world, 35_00, card_reference=card(world, Behaviour.CARD_DECLINED)))
    assert placing.status == "declined"
    order = Order.objects.get()
    assert (order.state, order.paid_minor) == ("abandoned", 0)
    assert (balance(world), ledger()) == (35_00, [35_00, -35_00, 35_00])
    assert CreditEntry.objects.latest("pk").reason == "The order was not placed"
    assert run_checks(world.now + timedelta(hours=9)) == []
    assert place_order(**form(world, 35_00)).status == "placed", "it can be spent again"


def test_giving_the_banks_question_up_gives_the_credit_back(world: World) -> None:
    give(world, 35_00)
    facts = form(world, 35_00, card_reference=card(world, Behaviour.AUTHENTICATES_ALWAYS))
    placing = place_order(**facts)
    assert placing.status == "needs_customer" and balance(world) == 0
    again = place_order(**facts)
    assert (again.status, again.payment_reference) == ("unknown", placing.payment_reference)
    give_up_payment(
        customer=world.ben,
        payment_reference=placing.payment_reference,
        actor=customer_actor(world.ben),
        now=world.now,
    )
    assert balance(world) == 35_00 and run_checks(world.now) == []


class Killed(Exception):
    """The process died between the two transactions."""


def test_a_crash_before_the_bank_gives_the_credit_back_and_late_money_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[StartedPayment] = []

    def die(started: StartedPayment, *, return_url: str) -> GatewayResult | None:
        stored.append(started)
        raise Killed

    give(world, 35_00)
    facts = form(world, 35_00)
    with monkeypatch.context() as patched:
        patched.setattr(placing_operations, "send_charge", die)
        with pytest.raises(Killed):
            place_order(**facts)
    assert balance(world) == 0 and Order.objects.get().paid_minor == 35_00
    assert run_checks(world.now) == []
    reconcile_payments(now=world.now + timedelta(minutes=3))
    assert balance(world) == 35_00 and Order.objects.get().state == "abandoned"
    result = send_charge(stored[0], return_url="/orders/")
    settle_result(payment_id=stored[0].id, result=result, actor=world.staff, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=4))
    assert (charged_in_all(), balance(world), Order.objects.get().paid_minor) == (0, 35_00, 0)
    assert run_checks(world.now + timedelta(hours=9)) == []


def test_credit_that_changed_since_the_page_was_seen_refuses(world: World) -> None:
    give(world, 35_00)
    facts = form(world, 35_00)
    give(world, -5_00)
    before = (Order.objects.count(), Event.objects.count(), ledger())
    with pytest.raises(DomainError) as refused:
        place_order(**facts)
    assert refused.value.code == "price_changed"
    assert (Order.objects.count(), Event.objects.count(), ledger()) == before


def test_credit_is_left_alone_where_nobody_asks_for_it(world: World) -> None:
    give(world, 35_00)
    facts = form(world, 0)
    assert place_order(**{**facts, "use_credit": False}).status == "placed"
    assert balance(world) == 35_00 and Payment.objects.get().gateway == "test"


def test_nobody_without_credit_waits_for_it(world: World) -> None:
    """The same statements, asked for or not."""
    seen = []
    for use_credit in (True, False):
        facts = {**form(world, 0), "use_credit": use_credit}
        with CaptureQueriesContext(connection) as queries:
            assert place_order(**facts).status == "placed"
        seen.append([query["sql"].split("(")[0][:60] for query in queries.captured_queries])
        cancel_order(
            order_reference=Order.objects.latest("pk").reference,
            restock=True,
            reason="Again",
            actor=world.staff,
            now=world.now,
        )
    assert len(seen[0]) == len(seen[1])
    assert not [statement for statement in seen[0] if "creditentry" in statement]


def test_what_credit_paid_can_not_be_given_back_while_the_card_is_asked(world: World) -> None:
    give(world, 35_00)
    place_order(**form(world, 35_00, card_reference=card(world, Behaviour.TIMES_OUT_LOST)))
    spent = Payment.objects.get(gateway="credit")
    with pytest.raises(DomainError) as refused:
        refund_payment(
            payment_reference=spent.reference,
            amount_minor=35_00,
            reason="Too early",
            actor=world.staff,
            now=world.now,
        )
    assert refused.value.code == "order_pending" and balance(world) == 0


def test_a_cancelled_order_gives_card_and_credit_back_to_where_they_came_from(world: World) -> None:
    give(world, 35_00)
    place_order(**form(world, 35_00))
    order = cancel_order(
        order_reference=Order.objects.get().reference,
        restock=True,
        reason="Moved away",
        actor=world.staff,
        now=world.now,
    )
    for reference, minor in refundable_payments(order_id=order.pk):
        refund_payment(
            payment_reference=reference,
            amount_minor=minor,
            reason="Moved away",
            actor=world.staff,
            now=world.now,
        )
    assert (balance(world), charged_in_all(), Order.objects.get().paid_minor) == (35_00, 0, 0)
    assert run_checks(world.now) == []


@pytest.mark.parametrize(
    ("behaviour", "state", "left"),
    [(Behaviour.SUCCEEDS, "placed", 0), (Behaviour.CARD_DECLINED, "abandoned", 35_00)],
)
def test_with_the_rest_only_set_aside_it_is_the_same(
    world: World, behaviour: Behaviour, state: str, left: int
) -> None:
    Winery.objects.update(charge_when="at_shipment")
    forget_winery()
    give(world, 35_00)
    place_order(**form(world, 35_00, card_reference=card(world, behaviour)))
    order = Order.objects.get()
    paid = 35_00 - left
    assert (order.state, order.paid_minor, balance(world)) == (state, paid, left)
    assert order.payments.filter(kind="authorise").get().amount_minor == order.owed_minor - 35_00
    assert run_checks(world.now) == []
