"""Charging at shipment: money is set aside when ordered, taken when owed, never twice, and let go when not needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.gateways.contract import new_key, usd
from tests.rooms.checkout.journey import buy, checkout_arguments, hold
from tests.rooms.payments.shipment import (
    charge_at_shipment,
    held_at_the_bank,
    make_card,
    set_aside,
    set_more_aside,
    taken_at_the_bank,
)
from tests.world import World, save_test_card
from tirage.checkout.operations import place_order
from tirage.checkout.operations import placing as placing_operations
from tirage.cli.doctor import run_checks
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.integrations.test_gateway.bank import answer_authentication
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Payment
from tirage.payments.operations import (
    Captured,
    StartedPayment,
    capture_order,
    reconcile_payments,
    refund_payment,
    release_authorisations,
    send_charge,
    settle_result,
)
from tirage.payments.protocol import GatewayResult, GatewayTimeout
from tirage.payments.queries import authorised_by_order, authorised_minor, money_missing


def capture(world: World, order: Order, **changes: Any) -> Captured:
    return capture_order(
        **{"order_reference": order.reference, "actor": world.staff, "now": world.now, **changes}
    )


def captures(order: Order) -> list[Payment]:
    return list(order.payments.filter(kind="capture").order_by("pk"))


# Setting aside


def test_an_order_is_placed_with_nothing_paid_and_all_of_it_set_aside(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    held = Payment.objects.get()
    assert (order.state, order.paid_minor) == ("placed", 0) and order.balance_minor == order.owed_minor > 0
    assert (held.kind, held.state, held.released_at) == ("authorise", "settled", None)
    assert held.expires_at is not None and held.expires_at > world.now
    assert authorised_minor(order.pk, world.now) == order.owed_minor == held_at_the_bank()
    assert taken_at_the_bank() == 0 and money_missing(order, world.now) == 0
    assert world.stock(world.cabernet).sold == 2 and run_checks(world.now) == []


def test_charging_at_order_costs_what_it_did_and_sets_nothing_aside(
    world: World, django_assert_num_queries: Any
) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    charged = Payment.objects.get()
    assert (charged.kind, charged.expires_at) == ("charge", None)
    assert authorised_by_order([charged.order_id], world.now) == {}
    with django_assert_num_queries(0):
        assert authorised_by_order([], world.now) == {}


def test_a_declined_authorisation_abandons_as_a_declined_charge_does(world: World) -> None:
    charge_at_shipment()
    make_card(Behaviour.CARD_DECLINED.value)
    assert buy(world, world.ben, {"CAB23": 2}, world.now).status == "declined"
    assert Order.objects.get().state == "abandoned" and held_at_the_bank() == 0
    assert world.stock(world.cabernet).sold == 0 and run_checks(world.now) == []


def test_an_authorisation_that_the_bank_wants_confirmed_places_when_it_is(world: World) -> None:
    charge_at_shipment()
    make_card(Behaviour.AUTHENTICATES_ALWAYS.value)
    assert buy(world, world.ben, {"CAB23": 2}, world.now).status == "needs_customer"
    waiting = Payment.objects.get()
    answer_authentication(gateway_reference=waiting.gateway_reference, approve=True, now=world.now)
    reconcile_payments(now=world.now + timedelta(minutes=31))
    order, held = Order.objects.get(), Payment.objects.get()
    assert (order.state, order.paid_minor) == ("placed", 0)
    assert held.expires_at is not None and authorised_minor(order.pk, world.now) == order.owed_minor


def test_an_authorisation_without_an_end_of_its_own_gets_a_careful_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tirage.integrations.test_gateway.gateway.ends_at", lambda charge: None)
    set_aside(world, world.ben, {"CAB23": 2}, world.now)
    assert Payment.objects.get().expires_at == world.now + timedelta(days=5)


def test_what_lapsed_or_was_let_go_covers_nothing(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    end = Payment.objects.get().expires_at
    assert end is not None
    assert authorised_minor(order.pk, end - timedelta(seconds=1)) == order.owed_minor
    assert authorised_minor(order.pk, end) == 0 and money_missing(order, end) == order.owed_minor
    Payment.objects.update(released_at=world.now)
    assert authorised_minor(order.pk, world.now) == 0


# Taking


def test_capturing_takes_what_is_owed(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    assert capture(world, order) == Captured(order.owed_minor, 0, is_open=False)
    order.refresh_from_db()
    (taken,) = captures(order)
    held = Payment.objects.get(kind="authorise")
    assert (taken.parent, taken.state, taken.amount_minor) == (held, "settled", order.owed_minor)
    assert order.balance_minor == 0 and taken_at_the_bank() == order.owed_minor and held_at_the_bank() == 0
    assert held.released_at == world.now and run_checks(world.now) == []


def test_capturing_again_takes_nothing(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    capture(world, order)
    assert capture(world, order) == Captured(0, 0, is_open=False)
    assert len(captures(order)) == 1 and taken_at_the_bank() == order.owed_minor


def test_less_is_taken_when_less_is_owed(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    Order.objects.update(owed_minor=100_00)
    assert capture(world, order).taken_minor == 100_00 == taken_at_the_bank()
    order.refresh_from_db()
    assert order.balance_minor == 0 and held_at_the_bank() == 0


def test_several_are_taken_the_newest_first_and_the_rest_is_let_go(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    first = Payment.objects.get()
    second, third = (
        set_more_aside(world, order, 50_00, world.now),
        set_more_aside(world, order, 30_00, world.now),
    )
    Order.objects.update(owed_minor=70_00)
    assert capture(world, order).taken_minor == 70_00 == taken_at_the_bank()
    assert [(one.parent, one.amount_minor) for one in captures(order)] == [(third, 30_00), (second, 40_00)]
    first.refresh_from_db()
    assert first.released_at == world.now and held_at_the_bank() == 0
    assert Event.objects.filter(name="authorisation.released").count() == 1


def test_what_is_set_aside_nowhere_is_missing(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    Order.objects.update(owed_minor=order.owed_minor + 25_00)
    assert capture(world, order) == Captured(order.owed_minor, 25_00, is_open=False)


def test_an_order_that_has_ended_gives_nothing(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    cancel_order(
        order_reference=order.reference, restock=True, reason="Asked to", actor=world.staff, now=world.now
    )
    Order.objects.update(owed_minor=10_00)
    assert capture(world, order).taken_minor == 0 == taken_at_the_bank()


def test_an_unknown_order_is_not_found(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        capture_order(order_reference="ORD-NOWHERE2", actor=world.staff, now=world.now)
    assert refused.value.code == "not_found"


def test_no_capture_or_release_is_asked_for_inside_a_transaction(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    with transaction.atomic(), pytest.raises(RuntimeError):
        capture(world, order)
    with transaction.atomic(), pytest.raises(RuntimeError):
        release_authorisations(order_id=order.pk, reason="", actor=world.staff, now=world.now)
    assert taken_at_the_bank() == 0 and held_at_the_bank() == order.owed_minor


def test_a_lapsed_authorisation_is_refused_once_and_flags_the_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    gateway_is_ahead(monkeypatch)
    answer = capture(world, order)
    assert (answer.taken_minor, answer.missing_minor) == (0, order.owed_minor) and "lapsed" in answer.message
    order.refresh_from_db()
    assert "didn't give the" in order.attention and order.state == "placed"
    assert capture(world, order) == Captured(0, order.owed_minor, is_open=False)
    assert len(captures(order)) == 1, "what is gone is not asked for again"
    assert run_checks(world.now) == []


def gateway_is_ahead(monkeypatch: pytest.MonkeyPatch, days: int = 400) -> None:
    """The gateway's clock is so far ahead that everything set aside has lapsed there, and we don't know."""
    gateway = gateway_for("test")
    ahead = gateway._clock() + timedelta(days=days)  # type: ignore[attr-defined]
    monkeypatch.setattr(gateway, "_clock", lambda: ahead)


def test_a_refused_capture_goes_on_with_what_else_is_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal has let the old one go in the moment in which it is to be captured."""
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    newer = set_more_aside(world, order, order.owed_minor, world.now)
    gateway_for("test").void(gateway_reference=newer.gateway_reference, idempotency_key="behind our back")
    assert capture(world, order) == Captured(
        order.owed_minor, 0, is_open=False, message=captures(order)[0].message
    )
    assert [one.state for one in captures(order)] == ["declined", "settled"]
    order.refresh_from_db()
    assert order.attention == "" and order.balance_minor == 0


# Without an answer


def lose_answers(monkeypatch: pytest.MonkeyPatch, *, arrives: bool) -> None:
    real = TestGateway.capture

    def lost(self: TestGateway, **call: Any) -> GatewayResult:
        if arrives:
            real(self, **call)
        raise GatewayTimeout("no answer to a capture")

    monkeypatch.setattr(TestGateway, "capture", lost)


def test_a_capture_without_an_answer_is_found_by_the_reconciler(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    lose_answers(monkeypatch, arrives=True)
    assert capture(world, order) == Captured(0, 0, is_open=True)
    assert capture(world, order) == Captured(0, 0, is_open=True), "not asked for twice"
    assert len(captures(order)) == 1 and captures(order)[0].state == "unknown"
    assert release_authorisations(order_id=order.pk, reason="", actor=world.staff, now=world.now) == 0
    reconcile_payments(now=world.now + timedelta(minutes=1))
    order.refresh_from_db()
    assert order.balance_minor == 0 and taken_at_the_bank() == order.owed_minor
    assert Payment.objects.get(kind="authorise").released_at is not None and run_checks(world.now) == []


def test_a_capture_that_never_arrived_is_given_up_and_taken_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    with monkeypatch.context() as patched:
        lose_answers(patched, arrives=False)
        assert capture(world, order).is_open
    later = world.now + timedelta(minutes=3)
    reconcile_payments(now=later)
    assert captures(order)[0].state == "voided"
    assert capture(world, order, now=later) == Captured(order.owed_minor, 0, is_open=False)
    reconcile_payments(now=later)
    assert [one.state for one in captures(order)] == ["voided", "settled"]
    assert taken_at_the_bank() == order.owed_minor and run_checks(later) == []


def test_a_capture_that_arrived_after_it_was_given_up_is_booked_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    asked: list[dict[str, Any]] = []
    with monkeypatch.context() as patched:
        patched.setattr(TestGateway, "capture", lambda self, **call: late(asked, call))
        capture(world, order)
    reconcile_payments(now=world.now + timedelta(minutes=3))
    TestGateway().capture(**asked[0])
    reconcile_payments(now=world.now + timedelta(hours=1))
    order.refresh_from_db()
    assert (
        order.balance_minor == 0
        and taken_at_the_bank() == order.owed_minor == captures(order)[0].amount_minor
    )
    assert capture(world, order) == Captured(0, 0, is_open=False) and run_checks(world.now) == []


def late(asked: list[dict[str, Any]], call: dict[str, Any]) -> GatewayResult:
    asked.append(call)
    raise GatewayTimeout("still on its way")


# Giving back and letting go


def test_what_was_captured_can_be_given_back(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    capture(world, order)
    (taken,) = captures(order)
    refund_payment(
        payment_reference=taken.reference,
        amount_minor=40_00,
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )
    order.refresh_from_db()
    assert (
        order.paid_minor == taken.amount_minor - 40_00 == taken_at_the_bank() and run_checks(world.now) == []
    )


@pytest.mark.parametrize("asked", [True, False])
def test_a_cancelled_orders_authorisation_is_let_go_by_asking_or_by_itself(world: World, asked: bool) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    cancel_order(
        order_reference=order.reference, restock=True, reason="Asked to", actor=world.staff, now=world.now
    )
    if asked:
        actor = world.staff
        assert release_authorisations(order_id=order.pk, reason="cancelled", actor=actor, now=world.now) == 1
    reconcile_payments(now=world.now + timedelta(minutes=1))
    held = Payment.objects.get()
    assert held.released_at is not None and held_at_the_bank() == 0
    assert Event.objects.filter(name="authorisation.released").count() == 1 and run_checks(world.now) == []


def test_a_release_without_an_answer_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    Order.objects.update(state="cancelled", owed_minor=0)

    def silent(self: TestGateway, **call: Any) -> GatewayResult:
        raise GatewayTimeout("no answer to a void")

    with monkeypatch.context() as patched:
        patched.setattr(TestGateway, "void", silent)
        assert release_authorisations(order_id=order.pk, reason="", actor=world.staff, now=world.now) == 0
    assert Payment.objects.get().released_at is None
    reconcile_payments(now=world.now + timedelta(minutes=1))
    assert Payment.objects.get().released_at is not None and held_at_the_bank() == 0


def test_money_that_the_bank_took_unknown_to_us_is_for_people(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    held = Payment.objects.get()
    TestGateway().capture(
        gateway_reference=held.gateway_reference, amount=usd(1_00), idempotency_key=new_key()
    )
    release_authorisations(order_id=order.pk, reason="", actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert "we know of no such payment" in order.attention


def test_an_authorisation_that_comes_for_an_abandoned_order_is_let_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge_at_shipment()
    paused: list[StartedPayment] = []

    class Paused(Exception):
        pass

    def pause(started: StartedPayment, *, return_url: str) -> GatewayResult | None:
        paused.append(started)
        raise Paused

    hold(world.ben, {"CAB23": 2}, world.now)
    form = checkout_arguments(world, world.ben, world.now)
    with monkeypatch.context() as patched:
        patched.setattr(placing_operations, "send_charge", pause)
        with pytest.raises(Paused):
            place_order(**form)
    reconcile_payments(now=world.now + timedelta(minutes=3))
    result = send_charge(paused[0], return_url="/orders/")
    late = world.now + timedelta(minutes=4)
    assert settle_result(payment_id=paused[0].id, result=result, actor=system(), now=late)
    assert Order.objects.get().state == "abandoned" and held_at_the_bank() > 0
    reconcile_payments(now=world.now + timedelta(minutes=5))
    assert held_at_the_bank() == 0 and world.stock(world.cabernet).sold == 0
    assert run_checks(world.now) == []


def test_another_card_of_bens_is_the_one_that_pays(world: World) -> None:
    card = save_test_card(world.ben, world.now, last4="0001", is_default=False)
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    capture(world, order)
    assert captures(order)[0].payment_method == card
