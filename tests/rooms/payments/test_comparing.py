"""The books beside the gateway's own list: what is found, once, and what ends by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django_tasks_db.models import DBTaskResult

from tests.rooms.checkout.journey import buy
from tests.rooms.payments.comparing import books, compare, paid_order, stray_charge, the_finding
from tests.rooms.payments.shipment import charge_at_shipment
from tests.world import World
from tirage.cli.jobs import run_due
from tirage.config.schedule import SCHEDULE
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.money import Money
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.integrations.test_gateway.models import TestCharge, TestMovement
from tirage.orders.models import Order
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Comparison, Finding, Payment
from tirage.payments.operations import (
    begin_comparison,
    capture_order,
    continue_comparison,
    refund_payment,
    start_comparison,
)
from tirage.payments.protocol import GatewayTimeout
from tirage.payments.tasks import go_on_comparing

DAY = timedelta(days=1)


def test_books_that_agree_find_nothing(world: World) -> None:
    _, payment = paid_order(world)
    refund_payment(
        payment_reference=payment.reference,
        amount_minor=10_00,
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )
    charge_at_shipment()
    held = buy(world, world.ana, {"CAB23": 2}, world.now)
    capture_order(order_reference=held.order_reference, actor=world.staff, now=world.now)
    before = books()
    run = compare(world.now)
    assert (run.stage, run.found, run.listed) == ("done", 0, 3)
    assert not Finding.objects.exists() and books() == before
    assert (
        Payment.objects.filter(kind__in=["charge", "authorise", "refund"], listed_at=world.now).count() == 3
    )


def test_a_charge_that_the_books_have_forgotten_is_found_once(world: World) -> None:
    made = stray_charge(world.ben_card, 120_00, order="ORD-22222222")
    before = books()
    assert (compare(world.now).found, compare(world.now + DAY).found) == (1, 0)
    found = the_finding()
    assert (found.kind, found.gateway_reference) == ("stray_charge", made.gateway_reference)
    assert (found.theirs_minor, found.ours_minor, found.currency) == (120_00, None, "USD")
    assert (found.description, found.idempotency_key) == ("ORD-22222222", "PAY-QQQQQQQQ")
    assert Event.objects.filter(name="finding.found", subject_id=found.pk).count() == 1
    assert books() == before


def test_what_went_back_at_the_gateway_holds_nothing_and_ends_by_itself(world: World) -> None:
    made = stray_charge(world.ben_card, 120_00)
    compare(world.now)
    gateway_for("test").refund(
        gateway_reference=made.gateway_reference, amount=Money(120_00, "USD"), idempotency_key="by-hand"
    )
    compare(world.now + DAY)
    found = the_finding()
    assert (found.state, found.resolution) == ("closed", "agreed")


def test_what_is_set_aside_for_nobody_is_found(world: World) -> None:
    stray_charge(world.ben_card, 70_00, held=True)
    compare(world.now)
    assert (the_finding().their_state, the_finding().theirs_minor) == ("set_aside", 70_00)


def test_declined_charges_and_open_questions_are_no_money(world: World) -> None:
    stray_charge(world.ben_card, 70_00)
    TestCharge.objects.update(state="declined", captured_minor=0)
    compare(world.now)
    TestCharge.objects.update(state="needs_customer")
    compare(world.now + DAY)
    assert not Finding.objects.exists()


def test_a_refund_in_the_gateways_own_pages_is_found(world: World) -> None:
    _, payment = paid_order(world)
    gateway_for("test").refund(
        gateway_reference=payment.gateway_reference, amount=Money(25_00, "USD"), idempotency_key="by-hand"
    )
    compare(world.now)
    found = the_finding()
    assert (found.kind, found.theirs_minor) == ("stray_refund", 25_00)
    assert found.charge_reference == payment.gateway_reference


def test_a_payment_that_the_gateway_doesnt_know_is_found_and_ends_when_it_does(world: World) -> None:
    _, payment = paid_order(world)
    kept = TestCharge.objects.get()
    TestCharge.objects.all().delete()
    for day in range(2):
        compare(world.now + day * DAY)
    found = the_finding()
    assert (found.kind, found.payment, found.ours_minor) == ("missing", payment, payment.amount_minor)
    kept.save(force_insert=True)
    compare(world.now + 2 * DAY)
    assert the_finding().resolution == "agreed"


@pytest.mark.parametrize(
    ("changes", "theirs", "state"),
    [
        ({"captured_minor": 1_00}, 1_00, "moved"),
        ({"currency": "EUR"}, None, "moved"),
        ({"state": "voided", "captured_minor": 0}, 0, "gone"),
    ],
)
def test_another_amount_currency_or_outcome_is_found(
    world: World, changes: dict[str, Any], theirs: int | None, state: str
) -> None:
    _, payment = paid_order(world)
    before = books()
    TestCharge.objects.update(**changes)
    assert (compare(world.now).found, compare(world.now + DAY).found) == (1, 0)
    found = the_finding()
    expected = payment.amount_minor if theirs is None else theirs
    assert (found.kind, found.theirs_minor, found.their_state) == ("differs", expected, state)
    assert (found.payment, found.ours_minor) == (payment, payment.amount_minor)
    assert books() == before


def test_money_of_a_payment_that_was_given_up_is_found(world: World) -> None:
    _, payment = paid_order(world)
    Payment.objects.update(state="voided")
    compare(world.now)
    assert (the_finding().kind, the_finding().ours_minor) == ("differs", 0)
    assert the_finding().theirs_minor == payment.amount_minor


def test_a_capture_that_the_books_dont_know_is_found(world: World) -> None:
    charge_at_shipment()
    buy(world, world.ben, {"CAB23": 2}, world.now)
    held = Payment.objects.get()
    TestCharge.objects.update(captured_minor=held.amount_minor)
    compare(world.now)
    assert (the_finding().kind, the_finding().ours_minor) == ("differs", 0)


def test_what_ends_by_itself_at_this_time_is_nothing_to_find_and_what_was_let_go_here_is(
    world: World,
) -> None:
    charge_at_shipment()
    buy(world, world.ben, {"CAB23": 2}, world.now)
    Payment.objects.update(expires_at=world.now - timedelta(minutes=1))
    compare(world.now)
    assert not Finding.objects.exists()
    Payment.objects.update(released_at=world.now)
    compare(world.now + DAY)
    assert (the_finding().kind, the_finding().their_state) == ("differs", "set_aside")


def test_what_is_under_way_is_nothing_to_find(world: World) -> None:
    paid_order(world)
    Payment.objects.update(state="unknown", settled_at=None)
    TestCharge.objects.update(captured_minor=1_00)
    compare(world.now)
    assert not Finding.objects.exists()


def test_what_moves_while_the_list_is_read_is_nothing_to_find(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is old when it is judged: the gateway is asked once more."""
    charge_at_shipment()
    placing = buy(world, world.ben, {"CAB23": 2}, world.now)
    listed = TestGateway.list_page

    def list_then_ship(self: TestGateway, **asked: Any) -> Any:
        page = listed(self, **asked)
        capture_order(order_reference=placing.order_reference, actor=world.staff, now=world.now)
        return page

    monkeypatch.setattr(TestGateway, "list_page", list_then_ship)
    compare(world.now)
    assert not Finding.objects.exists() and Payment.objects.filter(kind="capture").exists()


def test_a_finding_that_was_looked_into_comes_up_again_only_when_it_is_another(world: World) -> None:
    stray_charge(world.ben_card, 120_00)
    compare(world.now)
    Finding.objects.update(state="closed", resolution="looked_into", reason="Ours", closed_at=world.now)
    assert compare(world.now + DAY).found == 0 and the_finding().state == "closed"
    TestCharge.objects.update(refunded_minor=20_00)
    assert compare(world.now + 2 * DAY).found == 1
    assert (the_finding().state, the_finding().theirs_minor) == ("open", 100_00)


def test_more_than_a_page_and_more_than_a_step(world: World) -> None:
    for number in range(130):
        stray_charge(world.ben_card, 1_00, key=f"key-{number}")
    assert (compare(world.now).found, Finding.objects.count()) == (130, 130)
    TestMovement.objects.all().delete()
    TestCharge.objects.all().delete()
    compare(world.now + DAY)
    assert Finding.objects.filter(resolution="agreed").count() == 130


@pytest.mark.parametrize("dies_at", range(5))
def test_who_is_killed_goes_on_where_it_stopped(
    world: World, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(101):
        stray_charge(world.ben_card, 1_00, key=f"key-{number}")
    asked = 0
    list_page = TestGateway.list_page

    def counting(self: TestGateway, **how: Any) -> Any:
        nonlocal asked
        asked += 1
        return list_page(self, **how)

    monkeypatch.setattr(TestGateway, "list_page", counting)
    arguments: dict[str, Any] = {"since": world.now - DAY, "until": world.now + 1000 * DAY, "actor": system()}
    run = begin_comparison(**arguments, now=world.now)
    run = continue_comparison(comparison=run, steps=dies_at, now=world.now)
    again = begin_comparison(**arguments, now=world.now + DAY)
    assert again.pk == run.pk
    continue_comparison(comparison=again, steps=100, now=world.now + DAY)
    assert asked == 3, "no page was asked for twice"
    assert Finding.objects.count() == 101 and Comparison.objects.get().found == 101


def test_a_silent_gateway_stops_it_and_nothing_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stray_charge(world.ben_card, 1_00)

    def silent(self: TestGateway, **asked: Any) -> None:
        raise GatewayTimeout("no answer")

    run = begin_comparison(since=world.now, until=world.now + 1000 * DAY, actor=system(), now=world.now)
    with monkeypatch.context() as patch:
        patch.setattr(TestGateway, "list_page", silent)
        with pytest.raises(GatewayTimeout):
            go_on_comparing.func(run.reference)
    assert Comparison.objects.get().finished_at is None
    go_on_comparing.func(run.reference)
    assert Comparison.objects.get().finished_at and Finding.objects.count() == 1
    go_on_comparing.func(run.reference)
    go_on_comparing.func("CMP-UNKNOWN")


def test_the_job_makes_way_for_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tirage.payments.tasks.STEPS", 1)
    run = begin_comparison(since=world.now, until=world.now + DAY, actor=system(), now=world.now)
    jobs = DBTaskResult.objects.filter(task_path="tirage.payments.tasks.go_on_comparing")
    go_on_comparing.func(run.reference)
    assert jobs.count() == 1 and Comparison.objects.get().finished_at is None


def test_the_schedule_has_it_done_by_the_worker_over_the_last_days(world: World) -> None:
    entry = [one for one in SCHEDULE if one.name == "compare_with_gateway"]
    assert run_due(entry, now=world.now) == ["compare_with_gateway"]
    (run,) = Comparison.objects.all()
    assert (run.since, run.until) == (world.now - 10 * DAY, world.now)
    assert DBTaskResult.objects.filter(args_kwargs__args=[run.reference]).count() == 1
    continue_comparison(comparison=run, steps=100, now=world.now)
    late = start_comparison(actor=system(), now=world.now + 30 * DAY)
    assert late.since == world.now, "nothing between two comparisons is left out"


def test_a_period_that_ends_before_it_begins_is_refused(world: World) -> None:
    with pytest.raises(DomainError):
        begin_comparison(since=world.now, until=world.now, actor=system(), now=world.now)


def test_a_restored_dump_finds_what_it_has_forgotten(world: World, settings: LazySettings) -> None:
    """Two were charged after the dump: one order that it has, paid since, and one that it has not."""
    order, payment = paid_order(world)
    later, later_payment = paid_order(world, world.ana)
    Payment.objects.all().delete()
    Order.objects.filter(pk=order.pk).update(paid_minor=0)
    run = compare(world.now)
    assert run.found == 2
    found = Finding.objects.order_by("id")
    assert [one.description for one in found] == [order.reference, later.reference]
    assert [one.idempotency_key for one in found] == [payment.reference, later_payment.reference]
