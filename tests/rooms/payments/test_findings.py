"""What a person does about a finding: each act once, with the gateway, and in the books."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.payments.comparing import books, compare, paid_order, stray_charge, the_finding
from tests.rooms.payments.owing import owing_order
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.models import TestCard, TestCharge, TestMovement
from tirage.orders.models import Order
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Finding, Payment
from tirage.payments.operations import (
    attach_found,
    book_arrival,
    book_found_refund,
    give_back_found,
    look_into,
    reconcile_payments,
)
from tirage.payments.protocol import GatewayTimeout

DAY = timedelta(days=1)


def act(world: World, operation: Any, **facts: Any) -> Any:
    """What Olive does about the one finding."""
    return operation(finding_reference=the_finding().reference, **facts, actor=world.staff, now=world.now)


def refused(world: World, operation: Any, code: str, **facts: Any) -> None:
    """It is refused and nothing has moved."""
    before, at_bank = books(), charged_in_all()
    with pytest.raises(DomainError) as refusal:
        act(world, operation, **facts)
    assert refusal.value.code == code
    assert (books(), charged_in_all()) == (before, at_bank)


class TestAttaching:
    def test_a_charge_becomes_the_orders_payment_under_its_old_number(self, world: World) -> None:
        order = owing_order(world, world.ben, world.now)
        made = stray_charge(world.ben_card, 50_00, order=order.reference)
        compare(world.now)
        payment = act(world, attach_found, order_reference=order.reference.lower())
        order.refresh_from_db()
        assert (payment.reference, payment.idempotency_key) == ("PAY-QQQQQQQQ", "PAY-QQQQQQQQ")
        assert (payment.kind, payment.state, payment.amount_minor) == ("charge", "settled", 50_00)
        assert (payment.gateway_reference, payment.payment_method) == (made.gateway_reference, world.ben_card)
        assert (order.balance_minor, run_checks(world.now)) == (0, [])
        found = the_finding()
        assert (found.state, found.resolution, found.payment) == ("closed", "attached", payment)
        assert found.actor_label == world.staff.label
        told = Event.objects.get(name="finding.closed")
        assert order.reference in told.text and told.actor_id == world.staff.id
        refused(world, attach_found, "finding_moved_on", order_reference=order.reference)
        assert compare(world.now + DAY).found == 0

    def test_what_is_set_aside_becomes_an_authorisation_that_can_be_taken(self, world: World) -> None:
        order = owing_order(world, world.ben, world.now)
        stray_charge(world.ben_card, 50_00, held=True)
        compare(world.now)
        payment = act(world, attach_found, order_reference=order.reference)
        assert (payment.kind, payment.state) == ("authorise", "settled")
        order.refresh_from_db()
        assert order.balance_minor == 50_00 and run_checks(world.now) == []

    def test_orders_that_cant_have_it_are_refused(self, world: World) -> None:
        order, _ = paid_order(world)
        stray_charge(world.ben_card, 50_00)
        compare(world.now)
        refused(world, attach_found, "order_unknown", order_reference="ORD-NONESUCH")
        Order.objects.update(currency="EUR")
        refused(world, attach_found, "other_currency", order_reference=order.reference)

    def test_what_moved_at_the_gateway_meanwhile_is_looked_at_again(self, world: World) -> None:
        order = owing_order(world, world.ben, world.now)
        stray_charge(world.ben_card, 50_00)
        compare(world.now)
        TestCharge.objects.filter(idempotency_key="PAY-QQQQQQQQ").update(refunded_minor=1_00)
        refused(world, attach_found, "finding_moved_on", order_reference=order.reference)

    def test_a_silent_gateway_changes_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        order = owing_order(world, world.ben, world.now)
        stray_charge(world.ben_card, 50_00)
        compare(world.now)

        def silent(self: TestGateway, **asked: Any) -> None:
            raise GatewayTimeout("no answer")

        monkeypatch.setattr(TestGateway, "look_up", silent)
        refused(world, attach_found, "gateway_silent", order_reference=order.reference)


class TestGivingBack:
    def test_a_charge_goes_back_once(self, world: World) -> None:
        stray_charge(world.ben_card, 120_00)
        compare(world.now)
        before = books()
        given = act(world, give_back_found, reason="Nobody ordered it")
        assert (given.state, given.resolution, given.reason) == ("closed", "given_back", "Nobody ordered it")
        assert (charged_in_all(), books()) == (0, before)
        refused(world, give_back_found, "finding_moved_on", reason="Again")
        assert compare(world.now + DAY).found == 0 and the_finding().resolution == "given_back"
        names = Event.objects.filter(subject_kind="finding").order_by("id").values_list("name", flat=True)
        assert list(names) == ["finding.found", "finding.giving", "finding.closed"]

    def test_what_is_set_aside_is_let_go(self, world: World) -> None:
        stray_charge(world.ben_card, 120_00, held=True)
        compare(world.now)
        act(world, give_back_found, reason="Nobody ordered it")
        assert TestCharge.objects.get().state == "voided"

    def test_a_reason_is_asked_for(self, world: World) -> None:
        stray_charge(world.ben_card, 120_00)
        compare(world.now)
        refused(world, give_back_found, "reason_missing", reason=" ")

    def test_what_the_books_hold_is_not_given_back_here(self, world: World) -> None:
        paid_order(world)
        TestCharge.objects.update(captured_minor=1_00)
        compare(world.now)
        refused(world, give_back_found, "finding_moved_on", reason="Odd")

    def test_a_gateway_that_says_no_leaves_it_open_with_its_words(self, world: World) -> None:
        TestCard.objects.update(behaviour=Behaviour.REFUND_DECLINED.value)
        stray_charge(world.ben_card, 120_00)
        compare(world.now)
        left = act(world, give_back_found, reason="Nobody ordered it")
        assert left.state == "open" and "bank" in left.problem and charged_in_all() == 120_00
        TestCharge.objects.update(behaviour=Behaviour.SUCCEEDS.value)
        assert act(world, give_back_found, reason="Once more").resolution == "given_back"
        assert charged_in_all() == 0

    @pytest.mark.parametrize("by", ["the worker", "the next comparison"])
    def test_an_answer_that_was_lost_is_asked_for_again_and_moves_nothing_twice(
        self, world: World, by: str
    ) -> None:
        TestCard.objects.update(behaviour=Behaviour.REFUND_TIMES_OUT.value)
        stray_charge(world.ben_card, 120_00)
        compare(world.now)
        left = act(world, give_back_found, reason="Nobody ordered it")
        assert left.state == "giving" and charged_in_all() == 0
        later = world.now + timedelta(minutes=5)
        reconcile_payments(now=later) if by == "the worker" else compare(later)
        assert (the_finding().resolution, TestMovement.objects.count()) == ("given_back", 1)
        assert the_finding().actor_label == world.staff.label

    def test_who_dies_before_asking_has_it_asked_later(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stray_charge(world.ben_card, 120_00)
        compare(world.now)

        def dies(self: TestGateway, **asked: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(TestGateway, "refund", dies)
            with pytest.raises(SystemExit):
                act(world, give_back_found, reason="Nobody ordered it")
        assert charged_in_all() == 120_00
        reconcile_payments(now=world.now + timedelta(minutes=1))
        assert charged_in_all() == 120_00, "its own request may be at work"
        reconcile_payments(now=world.now + timedelta(minutes=3))
        assert (the_finding().resolution, charged_in_all()) == ("given_back", 0)

    def test_money_of_a_payment_that_was_given_up_goes_back_and_isnt_found_again(self, world: World) -> None:
        order, _ = paid_order(world)
        Payment.objects.update(state="voided")
        Order.objects.filter(pk=order.pk).update(paid_minor=0)
        compare(world.now)
        act(world, give_back_found, reason="It was given up")
        assert charged_in_all() == 0
        assert compare(world.now + DAY).found == 0 and Finding.objects.count() == 1


class TestBooking:
    def found_refund(self, world: World) -> tuple[Order, Payment]:
        order, payment = paid_order(world)
        gateway_for("test").refund(
            gateway_reference=payment.gateway_reference, amount=Money(25_00, "USD"), idempotency_key="by-hand"
        )
        compare(world.now)
        return order, payment

    @pytest.mark.parametrize("still_owed", [True, False])
    def test_a_refund_of_elsewhere_is_booked_and_owed_or_not(self, world: World, still_owed: bool) -> None:
        order, payment = self.found_refund(world)
        refund = act(world, book_found_refund, still_owed=still_owed, reason="A bottle was corked")
        order.refresh_from_db()
        assert (refund.kind, refund.state, refund.parent) == ("refund", "settled", payment)
        assert order.balance_minor == (25_00 if still_owed else 0)
        assert charged_in_all() == payment.amount_minor - 25_00 == order.paid_minor
        assert run_checks(world.now) == [] and the_finding().resolution == "booked"
        refused(world, book_found_refund, "finding_moved_on", still_owed=still_owed, reason="Again")
        assert compare(world.now + DAY).found == 0

    def test_money_that_came_after_all_is_booked(self, world: World) -> None:
        order, _ = paid_order(world)
        Payment.objects.update(state="voided", settled_at=None)
        Order.objects.filter(pk=order.pk).update(paid_minor=0)
        compare(world.now)
        assert act(world, book_arrival).state == "settled"
        order.refresh_from_db()
        assert (order.balance_minor, the_finding().resolution) == (0, "booked")
        refused(world, book_arrival, "finding_moved_on")

    def test_what_is_of_another_amount_isnt_booked(self, world: World) -> None:
        paid_order(world)
        Payment.objects.update(state="voided", settled_at=None)
        TestCharge.objects.update(captured_minor=1_00)
        compare(world.now)
        refused(world, book_arrival, "finding_moved_on")


class TestLookingInto:
    def test_it_is_written_down_with_who_and_why(self, world: World) -> None:
        stray_charge(world.ben_card, 120_00)
        compare(world.now)
        refused(world, look_into, "reason_missing", reason="")
        done = act(world, look_into, reason="The tasting room's own till")
        assert (done.resolution, done.actor_label) == ("looked_into", world.staff.label)
        assert "tasting room" in Event.objects.get(name="finding.closed").text
        with pytest.raises(Conflict):
            act(world, look_into, reason="Again")
