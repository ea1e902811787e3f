"""Cards, refunds and the one place where outcomes are settled: nothing moves twice, nothing is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.bank import charged_in_all
from tests.rooms.checkout.journey import buy, checkout_arguments, customer_actor, hold
from tests.world import World, save_test_card
from tirage.checkout.operations import finish_payment, place_order
from tirage.checkout.operations import placing as placing_operations
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import TEST_NUMBERS, Behaviour
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.models import TestCard
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import (
    StartedPayment,
    forget_let_go_cards,
    make_default_card,
    reconcile_payments,
    refund_payment,
    refund_stray_payments,
    refundable_payments,
    remove_card,
    save_card,
    send_charge,
    settle_result,
)
from tirage.payments.operations.forgetting import FORGET_AFTER
from tirage.payments.protocol import GatewayResult, Outcome

NUMBERS = {behaviour: number for number, behaviour in reversed(TEST_NUMBERS.items())}
WORKING = NUMBERS[Behaviour.SUCCEEDS]


def save(customer: Customer, now: datetime, number: str = WORKING, **changes: Any) -> PaymentMethod:
    details = {"card_number": number, "card_expiry": "04 / 39", "card_cvc": "123"}
    facts: dict[str, Any] = {"make_default": False, "attempt_key": "form-1", **changes}
    return save_card(customer=customer, details=details, actor=customer_actor(customer), now=now, **facts)


def default_of(customer: Customer) -> list[str]:
    cards = customer.payment_methods.filter(is_default=True, removed_at__isnull=True)
    return list(cards.values_list("reference", flat=True))


# Cards


def test_the_first_card_is_the_default_and_a_later_one_when_asked(world: World) -> None:
    first = save(world.clara, world.now)
    assert (first.brand, first.last4, default_of(world.clara)) == ("Visa", "4242", [first.reference])
    second = save(world.clara, world.now, NUMBERS[Behaviour.CARD_DECLINED], attempt_key="form-2")
    assert default_of(world.clara) == [first.reference]
    third = save(world.clara, world.now, attempt_key="form-3", make_default=True)
    assert default_of(world.clara) == [third.reference] and second.pk != third.pk


def test_a_form_sent_twice_saves_one_card(world: World) -> None:
    first, second = save(world.clara, world.now), save(world.clara, world.now)
    assert first.pk == second.pk and PaymentMethod.objects.filter(customer=world.clara).count() == 1
    assert TestCard.objects.filter(customer_reference=world.clara.reference).count() == 1
    assert Event.objects.filter(name="card.saved", customer_id=world.clara.pk).count() == 1


def test_another_card_in_a_form_that_was_sent_before_is_asked_for_again(world: World) -> None:
    """The browser's way back shows the old form, whose key is for the card that was typed first."""
    first = save(world.clara, world.now)
    with pytest.raises(DomainError) as refused:
        save(world.clara, world.now, NUMBERS[Behaviour.CARD_DECLINED])
    assert refused.value.code == "card_refused" and "once more" in refused.value.message
    assert list(PaymentMethod.objects.filter(customer=world.clara)) == [first]


def test_a_removed_card_doesnt_come_back_by_its_old_form(world: World) -> None:
    old, kept = save(world.clara, world.now), save(world.clara, world.now, attempt_key="form-2")
    actor = customer_actor(world.clara)
    remove_card(customer=world.clara, card_reference=old.reference, actor=actor, now=world.now)
    with pytest.raises(DomainError) as refused:
        save(world.clara, world.now, make_default=True)
    assert refused.value.code == "card_refused" and default_of(world.clara) == [kept.reference]


def test_a_saved_card_whose_answer_was_lost_is_saved_once(world: World) -> None:
    number = NUMBERS[Behaviour.SAVE_TIMES_OUT]
    with pytest.raises(DomainError) as unknown:
        save(world.clara, world.now, number)
    assert (
        unknown.value.code == "card_unknown"
        and not PaymentMethod.objects.filter(customer=world.clara).exists()
    )
    assert save(world.clara, world.now, number).last4 == number[-4:]
    assert TestCard.objects.filter(customer_reference=world.clara.reference).count() == 1


@pytest.mark.parametrize(
    "number", [NUMBERS[Behaviour.SAVE_DECLINED], "4242424242424241", "4111111111111111", "not a card"]
)
def test_a_refused_card_leaves_nothing(world: World, number: str) -> None:
    with pytest.raises(DomainError) as refused:
        save(world.clara, world.now, number)
    assert refused.value.code == "card_refused" and "card_number" in refused.value.fields
    assert not PaymentMethod.objects.filter(customer=world.clara).exists()
    assert not Event.objects.filter(name="card.saved").exists()


def test_removing_the_default_passes_it_to_the_newest(world: World) -> None:
    first = save(world.clara, world.now, attempt_key="1")
    second = save(world.clara, world.now, attempt_key="2")
    third = save(world.clara, world.now, attempt_key="3")
    actor = customer_actor(world.clara)
    remove_card(customer=world.clara, card_reference=first.reference, actor=actor, now=world.now)
    assert default_of(world.clara) == [third.reference]
    remove_card(customer=world.clara, card_reference=second.reference, actor=actor, now=world.now)
    assert default_of(world.clara) == [third.reference]
    remove_card(customer=world.clara, card_reference=third.reference, actor=actor, now=world.now)
    assert default_of(world.clara) == []
    at_the_gateway = TestCard.objects.filter(customer_reference=world.clara.reference, removed_at=None)
    assert at_the_gateway.count() == 3 and forget_let_go_cards(now=world.now + FORGET_AFTER / 2) == 0
    assert forget_let_go_cards(now=world.now + FORGET_AFTER) == 3 and not at_the_gateway.exists()
    assert forget_let_go_cards(now=world.now + FORGET_AFTER) == 0


def test_a_default_can_be_chosen(world: World) -> None:
    first = save(world.clara, world.now, attempt_key="1")
    second = save(world.clara, world.now, attempt_key="2")
    chosen = make_default_card(
        customer=world.clara,
        card_reference=second.reference,
        actor=customer_actor(world.clara),
        now=world.now,
    )
    assert chosen.is_default and default_of(world.clara) == [second.reference] != [first.reference]


@pytest.mark.parametrize("act", [remove_card, make_default_card])
def test_a_neighbours_or_a_removed_card_is_not_found(world: World, act: Any) -> None:
    facts: dict[str, Any] = {
        "card_reference": world.ana_card.reference,
        "actor": customer_actor(world.ben),
        "now": world.now,
    }
    with pytest.raises(DomainError) as refused:
        act(customer=world.ben, **facts)
    assert refused.value.code == "not_found"
    remove_card(customer=world.ana, **facts)
    with pytest.raises(DomainError) as gone:
        act(customer=world.ana, **facts)
    assert gone.value.code == "not_found"


def test_a_removed_card_buys_nothing(world: World) -> None:
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    actor = customer_actor(world.ben)
    remove_card(customer=world.ben, card_reference=world.ben_card.reference, actor=actor, now=world.now)
    with pytest.raises(DomainError) as refused:
        place_order(**form)
    assert refused.value.code == "card_missing" and not Order.objects.exists()


# No network inside a transaction


def test_no_charge_is_sent_inside_a_transaction(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    paid = Payment.objects.get()
    asked = StartedPayment(
        paid.pk,
        "PAY-NEW22222",
        "test",
        world.ben_card.token,
        Money(paid.amount_minor, paid.currency),
        "again",
    )
    with transaction.atomic(), pytest.raises(RuntimeError):
        send_charge(asked, return_url="/orders/")
    assert charged_in_all() == paid.amount_minor


def test_nothing_else_talks_to_the_bank_inside_a_transaction(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    paid = Payment.objects.get()
    with transaction.atomic(), pytest.raises(RuntimeError):
        give_back(world, paid, 1_00)
    with transaction.atomic(), pytest.raises(RuntimeError):
        save(world.clara, world.now)
    assert charged_in_all() == paid.amount_minor


# Settling


def test_the_second_road_to_an_outcome_does_nothing(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    paid = Payment.objects.get()
    before = (Order.objects.values().get(), Event.objects.count())
    answers = [
        GatewayResult(Outcome.SETTLED, paid.gateway_reference),
        GatewayResult(Outcome.DECLINED, paid.gateway_reference, "card_declined"),
        GatewayResult(Outcome.NEEDS_CUSTOMER, paid.gateway_reference),
        None,
    ]
    for answer in answers:
        assert not settle_result(payment_id=paid.pk, result=answer, actor=system(), now=world.now)
    assert (Order.objects.values().get(), Event.objects.count()) == before and run_checks(world.now) == []


def test_a_decline_is_the_end_of_a_payment(world: World) -> None:
    card = save_test_card(
        world.ben, world.now, behaviour=Behaviour.CARD_DECLINED, last4="0341", is_default=False
    )
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    declined = Payment.objects.get()
    settled = GatewayResult(Outcome.SETTLED, "tch_late")
    assert not settle_result(payment_id=declined.pk, result=settled, actor=system(), now=world.now)
    assert Order.objects.get().paid_minor == 0 and run_checks(world.now) == []


# Refunds


def paid_by(world: World, behaviour: Behaviour) -> Payment:
    """Ben's settled payment with a card of this behaviour."""
    card = save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)
    assert buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference).status == "placed"
    return Payment.objects.get()


def give_back(world: World, paid: Payment, minor: int) -> Payment:
    return refund_payment(
        payment_reference=paid.reference,
        amount_minor=minor,
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )


def left(paid: Payment) -> int:
    return dict(refundable_payments(order_id=paid.order_id)).get(paid.reference, 0)


def test_a_refund_is_booked_on_the_order(world: World) -> None:
    paid = paid_by(world, Behaviour.SUCCEEDS)
    refund = give_back(world, paid, 100_00)
    assert (refund.state, refund.kind, refund.parent_id, refund.amount_minor) == (
        "settled",
        "refund",
        paid.pk,
        100_00,
    )
    order = Order.objects.get()
    assert order.paid_minor == paid.amount_minor - 100_00 == charged_in_all() == left(paid)
    assert order.balance_minor == 0 and run_checks(world.now) == []


def test_a_declined_refund_leaves_the_money_and_may_be_tried_again(world: World) -> None:
    paid = paid_by(world, Behaviour.REFUND_DECLINED)
    refund = give_back(world, paid, 100_00)
    assert (refund.state, refund.decline_code) == ("declined", "refund_failed") and refund.message
    order = Order.objects.get()
    assert order.state == "placed" and charged_in_all() == paid.amount_minor == left(paid)
    assert order.attention.startswith("The bank didn't refund $100.00 to the customer: ")
    assert give_back(world, paid, 100_00).pk != refund.pk and run_checks(world.now) == []


def test_a_refund_without_an_answer_is_found_by_the_reconciler(world: World) -> None:
    paid = paid_by(world, Behaviour.REFUND_TIMES_OUT)
    refund = give_back(world, paid, 100_00)
    assert refund.state == "unknown" and Order.objects.get().paid_minor == paid.amount_minor
    assert left(paid) == paid.amount_minor - 100_00, "what may be on its way can't be given back again"
    with pytest.raises(DomainError) as refused:
        give_back(world, paid, paid.amount_minor)
    assert refused.value.code == "too_much"
    assert reconcile_payments(now=world.now + timedelta(minutes=1)) == 1
    refund.refresh_from_db()
    assert refund.state == "settled"
    assert Order.objects.get().paid_minor == charged_in_all() == paid.amount_minor - 100_00
    assert reconcile_payments(now=world.now + timedelta(minutes=2)) == 0 and run_checks(world.now) == []


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_or_less_is_no_refund(world: World, minor: int) -> None:
    paid = paid_by(world, Behaviour.SUCCEEDS)
    with pytest.raises(DomainError) as refused:
        give_back(world, paid, minor)
    assert refused.value.code == "too_much" and Payment.objects.count() == 1


def test_a_refund_needs_a_reason_and_a_payment_with_money(world: World) -> None:
    paid = paid_by(world, Behaviour.SUCCEEDS)
    facts: dict[str, Any] = {"amount_minor": 1, "actor": world.staff, "now": world.now}
    with pytest.raises(DomainError) as wordless:
        refund_payment(payment_reference=paid.reference, reason=" ", **facts)
    refund = give_back(world, paid, 1)
    with pytest.raises(DomainError) as twice:
        refund_payment(payment_reference=refund.reference, reason="Again", **facts)
    with pytest.raises(DomainError) as unknown:
        refund_payment(payment_reference="PAY-NOWHERE2", reason="Where", **facts)
    codes = [one.value.code for one in (wordless, twice, unknown)]
    assert codes == ["reason_missing", "not_refundable", "not_refundable"]
    assert Payment.objects.filter(kind="refund").count() == 1


# Money that arrives after its order has ended


class Paused(Exception):
    """The process stands still between storing the payment and asking for it."""


def late_money(
    world: World, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour = Behaviour.SUCCEEDS
) -> Payment:
    """Ben's checkout pauses before the bank is asked, is given up by the reconciler, and then asks after all."""
    paused: list[StartedPayment] = []

    def pause(started: StartedPayment, *, return_url: str) -> GatewayResult | None:
        paused.append(started)
        raise Paused

    card = save_test_card(world.ben, world.now, behaviour=behaviour, last4="0001", is_default=False)
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now, card_reference=card.reference)
    with monkeypatch.context() as patched:
        patched.setattr(placing_operations, "send_charge", pause)
        with pytest.raises(Paused):
            place_order(**form)
    reconcile_payments(now=world.now + timedelta(minutes=3))
    payment = Payment.objects.get()
    assert (payment.state, Order.objects.get().state) == ("voided", "abandoned")
    late = world.now + timedelta(minutes=4)
    result = send_charge(paused[0], return_url="/orders/")
    assert settle_result(payment_id=payment.pk, result=result, actor=system(), now=late)
    payment.refresh_from_db()
    return payment


def test_money_for_an_abandoned_order_is_booked_then_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = late_money(world, monkeypatch)
    order = Order.objects.get()
    assert payment.state == "settled" and (order.state, order.paid_minor) == (
        "abandoned",
        payment.amount_minor,
    )
    assert world.stock(world.cabernet).sold == 0, "the bottles are not promised again"
    assert refund_stray_payments(now=world.now + timedelta(minutes=5)) == 1
    order.refresh_from_db()
    assert order.paid_minor == 0 == charged_in_all()
    assert refund_stray_payments(now=world.now + timedelta(minutes=6)) == 0
    assert run_checks(world.now + timedelta(hours=9)) == []


def test_the_reconciler_gives_stray_money_back_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_money(world, monkeypatch)
    reconcile_payments(now=world.now + timedelta(minutes=5))
    assert Order.objects.get().paid_minor == 0 == charged_in_all()
    assert Payment.objects.get(kind="refund").state == "settled"


def test_stray_money_that_the_bank_wont_take_back_is_for_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = late_money(world, monkeypatch, Behaviour.REFUND_DECLINED)
    for minutes in range(5, 15):
        reconcile_payments(now=world.now + timedelta(minutes=minutes))
    assert Payment.objects.filter(kind="refund").count() == 1, "not asked again every minute"
    assert Order.objects.get().paid_minor == payment.amount_minor == charged_in_all()
    found = {finding.check.name for finding in run_checks(world.now + timedelta(hours=9))}
    assert found == {"abandoned_orders_keep_no_money"}


# What the bank asks of the customer


@pytest.mark.parametrize(("approve", "state"), [(True, "placed"), (False, "abandoned")])
def test_an_answer_at_the_bank_is_found_without_the_customer(world: World, approve: bool, state: str) -> None:
    card = save_test_card(
        world.ben, world.now, behaviour=Behaviour.AUTHENTICATES_ALWAYS, last4="0001", is_default=False
    )
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    payment = Payment.objects.get()
    answer_authentication(gateway_reference=payment.gateway_reference, approve=approve, now=world.now)
    assert reconcile_payments(now=world.now + timedelta(minutes=29)) == 0
    assert reconcile_payments(now=world.now + timedelta(minutes=31)) == 1
    order = Order.objects.get()
    assert order.state == state and order.paid_minor == charged_in_all()


def test_a_late_yes_for_an_ended_order_is_not_called_placed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process pauses before the bank; the reconciler ends the order; the process wakes and the bank says yes."""
    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)

    def wake_late(started: StartedPayment, *, return_url: str) -> GatewayResult | None:
        reconcile_payments(now=world.now + timedelta(minutes=3))
        return send_charge(started, return_url=return_url)

    monkeypatch.setattr(placing_operations, "send_charge", wake_late)
    placing = place_order(**form)
    assert placing.status == "declined" and "goes back to your card" in placing.message
    payment = Payment.objects.get()
    again = finish_payment(
        customer=world.ben,
        payment_reference=payment.reference,
        actor=customer_actor(world.ben),
        now=world.now + timedelta(minutes=4),
    )
    assert again.status == "declined"


def test_a_call_that_arrives_after_it_was_given_up_is_found_and_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left alive to report it: the reconciler itself asks once more."""
    late_money(world, monkeypatch)
    payment = Payment.objects.get()
    Payment.objects.filter(pk=payment.pk).update(state="voided", settled_at=None, decline_code="never_seen")
    Order.objects.update(paid_minor=0)
    reconcile_payments(now=world.now + timedelta(hours=5))
    payment.refresh_from_db()
    assert payment.state == "settled" and Order.objects.get().paid_minor == 0 == charged_in_all()
    assert Payment.objects.get(kind="refund").state == "settled"


def open_again(world: World, **facts: Any) -> Payment:
    """Ana's paid order, whose payment is in doubt again and older than every other."""
    buy(world, world.ana, {"CAB23": 2}, world.now)
    rows = Payment.objects.filter(order__customer=world.ana)
    rows.update(state="unknown", settled_at=None, made_at=world.now - timedelta(days=1), **facts)
    return rows.get()


def test_a_payment_that_the_bank_doesnt_know_stays_open_and_keeps_no_other_waiting(world: World) -> None:
    lost, found = open_again(world, gateway_reference="tch_gone"), unknown_order(world)
    assert reconcile_payments(now=world.now + timedelta(minutes=1)) == 2
    assert Payment.objects.get(pk=lost.pk).state == "unknown"
    assert Payment.objects.get(pk=found.pk).state == "settled"


def test_a_payment_that_cant_be_looked_at_keeps_no_other_waiting(world: World) -> None:
    open_again(world, idempotency_key="PAY-BROKEN22")
    found = unknown_order(world)
    real = TestGateway.find

    def broken(self: TestGateway, *, idempotency_key: str) -> GatewayResult | None:
        if idempotency_key == "PAY-BROKEN22":
            raise RuntimeError("a fault of ours")
        return real(self, idempotency_key=idempotency_key)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TestGateway, "find", broken)
        Payment.objects.filter(idempotency_key="PAY-BROKEN22").update(gateway_reference="")
        with pytest.raises(RuntimeError, match="a fault of ours"):
            reconcile_payments(now=world.now + timedelta(minutes=1))
    assert Payment.objects.get(pk=found.pk).state == "settled"


def unknown_order(world: World) -> Payment:
    """Ben's order, whose charge went through without an answer."""
    facts: dict[str, Any] = {"behaviour": Behaviour.TIMES_OUT_CHARGED, "last4": "1007", "is_default": False}
    card = save_test_card(world.ben, world.now, **facts)
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    return Payment.objects.get(order__customer=world.ben)
