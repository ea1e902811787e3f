"""Marking orders as shipped: money first, then state, bottles and activity together, and nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.rooms.checkout.journey import buy
from tests.rooms.payments.shipment import (
    held_at_the_bank,
    set_aside,
    set_more_aside,
    taken_at_the_bank,
)
from tests.world import World
from tirage.cli.doctor import run_checks
from tirage.core import reactions
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.fulfilment.models import ShipRow
from tirage.fulfilment.operations import (
    Shipped,
    continue_shipping,
    draft_shipping,
    say_result,
    ship_order,
    start_shipping,
)
from tirage.fulfilment.operations import runs as run_operations
from tirage.fulfilment.queries import preview_shipping, refused_rows, ship_progress
from tirage.integrations.test_gateway.gateway import TestGateway
from tirage.inventory.models import Movement
from tirage.orders.models import Order
from tirage.orders.operations import cancel_order, flag_order
from tirage.payments.models import Payment
from tirage.payments.operations import reconcile_payments, refund_payment
from tirage.payments.protocol import GatewayResult, GatewayTimeout


def paid_order(world: World, customer: Any = None, pieces: int = 2, **changes: Any) -> Order:
    placing = buy(world, customer or world.ben, {"CAB23": pieces}, world.now, **changes)
    return Order.objects.get(reference=placing.order_reference)


def ship(world: World, order: Order, **changes: Any) -> Shipped:
    facts: dict[str, Any] = {"order_reference": order.reference, "actor": world.staff, "now": world.now}
    return ship_order(**(facts | changes))


def code_of(world: World, order: Order, **changes: Any) -> str:
    """The refusal's code; nothing has changed by it."""
    before = (Order.objects.values().get(pk=order.pk), Movement.objects.count(), taken_at_the_bank())
    with pytest.raises(DomainError) as refused:
        ship(world, order, **changes)
    assert (Order.objects.values().get(pk=order.pk), Movement.objects.count(), taken_at_the_bank()) == before
    return refused.value.code


# One order


def test_a_paid_order_leaves_with_its_bottles(world: World) -> None:
    order, later = paid_order(world), world.now + timedelta(days=3)
    shipped = ship(world, order, tracking=" 1Z 999 ", now=later).order
    assert (shipped.state, shipped.shipped_at) == ("shipped", later)
    stock = world.stock(world.cabernet)
    assert (stock.on_hand, stock.sold, stock.held) == (98, 0, 0)
    movement = Movement.objects.get(reason="shipped")
    assert (movement.quantity, movement.note, movement.at) == (-2, order.reference, later)
    event = Event.objects.get(name="order.shipped")
    assert (event.subject_id, event.customer_id) == (order.pk, world.ben.pk)
    assert event.text == "marked the order as shipped, tracking number 1Z 999"
    assert event.data == {"tracking": "1Z 999", "unpaid_reason": "", "taken_minor": 0}
    assert run_checks(later) == []


def test_what_is_set_aside_is_taken_and_the_rest_let_go(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2, "CHA24": 1}, world.now)
    set_more_aside(world, order, 30_00, world.now)
    shipped = ship(world, order)
    assert shipped.taken.minor == order.owed_minor == taken_at_the_bank() and held_at_the_bank() == 0
    assert (shipped.order.state, shipped.order.balance_minor) == ("shipped", 0)
    assert Event.objects.get(name="order.shipped").data["taken_minor"] == order.owed_minor
    assert Movement.objects.filter(reason="shipped").count() == 2 and run_checks(world.now) == []


def test_what_is_set_aside_for_an_order_paid_otherwise_is_let_go(world: World) -> None:
    order = paid_order(world)
    set_more_aside(world, order, 30_00, world.now)
    taken = taken_at_the_bank()
    assert ship(world, order).taken.minor == 0
    assert taken_at_the_bank() == taken and held_at_the_bank() == 0


def test_a_picked_up_order_is_handed_over(world: World) -> None:
    order = paid_order(world, method_reference=world.pickup.reference)
    ship(world, order)
    assert Event.objects.get(name="order.shipped").text == "handed the order over"


def test_an_order_leaves_once(world: World) -> None:
    order = paid_order(world)
    ship(world, order)
    assert code_of(world, order) == "not_shippable"
    assert world.stock(world.cabernet).on_hand == 98


@pytest.mark.parametrize("state", ["pending", "cancelled", "abandoned"])
def test_only_placed_orders_leave(world: World, state: str) -> None:
    order = paid_order(world)
    Order.objects.update(state=state)
    assert code_of(world, order) == "not_shippable"


def test_an_unknown_order_and_an_endless_number_are_refused(world: World) -> None:
    order = paid_order(world)
    assert code_of(world, order, order_reference="ORD-NOWHERE2") == "not_found"
    assert code_of(world, order, tracking="1" * 81) == "tracking_too_long"


def test_nothing_ships_inside_a_transaction(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    with transaction.atomic(), pytest.raises(RuntimeError):
        ship(world, order)
    assert taken_at_the_bank() == 0


# Money


def test_missing_money_refuses_before_anything_is_taken(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    Order.objects.update(owed_minor=order.owed_minor + 25_00)
    with pytest.raises(DomainError) as refused:
        ship(world, order)
    assert refused.value.message.startswith("$25.00 of this order are neither paid nor set aside")
    assert "unpaid_reason" in refused.value.fields
    assert code_of(world, order, unpaid_reason="  ") == "money_missing"
    assert held_at_the_bank() == order.owed_minor and Payment.objects.count() == 1


def test_with_a_reason_it_goes_without_its_money(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    Order.objects.update(owed_minor=order.owed_minor + 25_00)
    shipped = ship(world, order, unpaid_reason="Pays on Friday")
    assert (shipped.order.state, shipped.order.balance_minor) == ("shipped", 25_00)
    assert taken_at_the_bank() == order.owed_minor
    assert Event.objects.get(name="order.shipped").text == (
        "marked the order as shipped, with $25.00 unpaid: Pays on Friday"
    )


def test_money_to_give_back_does_not_keep_the_wine(world: World) -> None:
    order = paid_order(world)
    Order.objects.update(owed_minor=100_00)
    assert ship(world, order).order.state == "shipped"


def test_a_lapsed_authorisation_counts_as_missing(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    Payment.objects.update(expires_at=world.now)
    assert code_of(world, order) == "money_missing"


def test_a_bank_that_refuses_keeps_the_order_and_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    monkeypatch.setattr("tirage.integrations.test_gateway.gateway.has_lapsed", lambda charge, now: True)
    with pytest.raises(DomainError) as refused:
        ship(world, order)
    assert refused.value.code == "money_missing" and "has lapsed" in refused.value.message
    order.refresh_from_db()
    assert order.state == "placed" and order.attention and world.stock(world.cabernet).sold == 2


def test_a_bank_that_is_silent_keeps_the_order_until_it_has_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    real = TestGateway.capture

    def lost(self: TestGateway, **call: Any) -> GatewayResult:
        real(self, **call)
        raise GatewayTimeout("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(TestGateway, "capture", lost)
        with pytest.raises(Conflict) as refused:
            ship(world, order)
        assert refused.value.code == "money_open"
        assert code_of(world, order) == "money_open", "it isn't asked for twice"
    reconcile_payments(now=world.now + timedelta(minutes=1))
    shipped = ship(world, order)
    assert shipped.order.state == "shipped" and taken_at_the_bank() == order.owed_minor
    assert Payment.objects.filter(kind="capture").count() == 1 and run_checks(world.now) == []


LAPSES = "What is set aside on the card could not be renewed: declined"
MISSING = "The bank didn't give the $10.00 that were set aside: declined"


@pytest.mark.parametrize("words", [LAPSES, MISSING])
def test_a_flag_about_money_goes_with_a_paid_order_and_stays_on_an_unpaid_one(
    world: World, words: str
) -> None:
    paid, unpaid = paid_order(world), paid_order(world, world.ana)
    Order.objects.filter(pk=unpaid.pk).update(owed_minor=unpaid.owed_minor + 1)
    for order in (paid, unpaid):
        flag_order(order_id=order.pk, words=words, actor=world.staff, now=world.now)
        ship(world, order, unpaid_reason="A friend of the house")
    assert [Order.objects.get(pk=order.pk).attention for order in (paid, unpaid)] == ["", words]


def test_a_flag_about_something_else_waits_for_a_person(world: World) -> None:
    order = paid_order(world)
    words = "The customer's bank disputes $10.00 (fraudulent). Answer it in Stripe by October 14."
    flag_order(order_id=order.pk, words=words, actor=world.staff, now=world.now)
    assert ship(world, order).order.attention == words


def test_a_shipped_order_can_still_be_refunded_and_not_cancelled(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    ship(world, order)
    taken = Payment.objects.get(kind="capture")
    refund_payment(
        payment_reference=taken.reference,
        amount_minor=1_00,
        reason="Corked",
        actor=world.staff,
        now=world.now,
    )
    with pytest.raises(Conflict):
        cancel_order(
            order_reference=order.reference, restock=True, reason="Late", actor=world.staff, now=world.now
        )
    assert run_checks(world.now) == []


# What other rooms say and hear


def listen(monkeypatch: pytest.MonkeyPatch, name: str, reaction: Any) -> None:
    table = {**reactions._subscriptions(), name: [reaction]}
    monkeypatch.setattr(reactions, "_subscriptions", lambda: table)


def test_another_room_may_refuse_before_money_is_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)

    def refuse(**facts: Any) -> None:
        assert facts == {"order_id": order.pk, "now": world.now}
        raise Conflict("paying", "A change of this order is being paid.")

    listen(monkeypatch, "order.shipping", refuse)
    assert code_of(world, order) == "paying" and held_at_the_bank() == order.owed_minor


def test_a_change_that_begins_while_money_is_taken_still_keeps_the_wine(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, asked = set_aside(world, world.ben, {"CAB23": 2}, world.now), []

    def refuse_the_second_time(**facts: Any) -> None:
        asked.append(facts)
        if len(asked) == 2:
            raise Conflict("paying", "A change of this order is being paid.")

    listen(monkeypatch, "order.shipping", refuse_the_second_time)
    with pytest.raises(Conflict):
        ship(world, order)
    order.refresh_from_db()
    assert (order.state, order.balance_minor) == ("placed", 0) and world.stock(world.cabernet).sold == 2
    assert ship(world, order).order.state == "shipped"


@pytest.mark.parametrize("tell", [True, False])
def test_what_was_shipped_is_told(world: World, monkeypatch: pytest.MonkeyPatch, tell: bool) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    for name in ("order.shipped", "shipment.announced"):
        listen(monkeypatch, name, lambda name=name, **facts: told.append((name, facts)))
    order = paid_order(world)
    ship(world, order, tracking="1Z", tell_customer=tell)
    facts = {"order_id": order.pk, "customer_id": world.ben.pk, "now": world.now}
    announced = [("shipment.announced", {**facts, "tracking": "1Z"})] if tell else []
    assert told == [("order.shipped", facts), *announced]


# Many orders


def three_orders(world: World) -> tuple[Order, Order, Order]:
    """One set aside, one paid at the door, one with money missing."""
    authorised = set_aside(world, world.ben, {"CAB23": 1}, world.now)
    missing = set_aside(world, world.ana, {"CHA24": 3}, world.now)
    Order.objects.filter(pk=missing.pk).update(owed_minor=missing.owed_minor + 5_00)
    cancelled = set_aside(world, world.ben, {"CAB23": 1}, world.now)
    cancel_order(
        order_reference=cancelled.reference, restock=True, reason="Asked", actor=world.staff, now=world.now
    )
    return authorised, missing, cancelled


def draft(world: World, *orders: Order) -> Any:
    return draft_shipping(order_ids=[order.pk for order in orders], actor=world.staff, now=world.now)


def test_a_preview_counts_what_will_leave_and_what_not(world: World, django_assert_num_queries: Any) -> None:
    authorised, missing, cancelled = three_orders(world)
    run = draft(world, authorised, missing, cancelled, authorised)
    with django_assert_num_queries(3):
        preview = preview_shipping(run, world.now)
    assert (preview.total, preview.ready, preview.unpaid, preview.not_placed) == (3, 1, 1, 1)
    assert (preview.to_take_minor, preview.bottles, preview.handed_over) == (authorised.owed_minor, 1, 0)
    assert Order.objects.filter(state="shipped").count() == 0 == taken_at_the_bank()


def test_a_run_ships_what_it_may_and_says_why_not(world: World) -> None:
    authorised, missing, cancelled = three_orders(world)
    run = draft(world, authorised, missing, cancelled)
    facts: dict[str, Any] = {"actor": world.staff, "now": world.now}
    assert continue_shipping(run=run, limit=9, **facts).state == "draft", (
        "nothing leaves before it is started"
    )
    run = start_shipping(run=run, tell_customers=False, actor=world.staff, now=world.now)
    run = continue_shipping(run=run, limit=1, **facts)
    assert (run.state, ship_progress(run).words) == ("running", "1 of 3")
    run = continue_shipping(run=run, limit=9, **facts)
    assert (run.state, ship_progress(run).words) == ("finished", "3 of 3")
    assert say_result(run) == "marked 1 order as shipped. 2 were left as they were."
    reasons = {row.order_id: row.reason for row in refused_rows(run)}
    assert reasons.keys() == {missing.pk, cancelled.pk}
    assert "neither paid nor set aside" in reasons[missing.pk] and "canceled" in reasons[cancelled.pk]
    assert taken_at_the_bank() == authorised.owed_minor


def test_a_run_that_was_interrupted_goes_on_and_ships_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorised, missing, _ = three_orders(world)
    run = start_shipping(
        run=draft(world, authorised, missing), tell_customers=True, actor=world.staff, now=world.now
    )
    # The process died after the order had left and before the run's row was written.
    ship(world, authorised)
    run = continue_shipping(run=run, limit=9, actor=world.staff, now=world.now)
    rows = dict(ShipRow.objects.values_list("order_id", "outcome"))
    assert rows == {authorised.pk: "shipped", missing.pk: "refused"}
    assert world.stock(world.cabernet).on_hand == 99 and run.state == "finished"


def test_two_browsers_that_push_one_run_agree(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    authorised, _, _ = three_orders(world)
    run = start_shipping(run=draft(world, authorised), tell_customers=True, actor=world.staff, now=world.now)
    real = ship_order

    def another_is_faster(**facts: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(run_operations, "ship_order", real)
            continue_shipping(run=run, limit=9, actor=world.staff, now=world.now)
        return real(**facts)

    monkeypatch.setattr(run_operations, "ship_order", another_is_faster)
    assert continue_shipping(run=run, limit=9, actor=world.staff, now=world.now).state == "finished"
    assert (
        ShipRow.objects.get().outcome == "shipped" and Event.objects.filter(name="order.shipped").count() == 1
    )


def test_choosing_nothing_is_refused_and_old_drafts_are_tidied(world: World) -> None:
    with pytest.raises(DomainError) as refused:
        draft(world)
    assert refused.value.code == "nothing_chosen"
    order = paid_order(world)
    old = draft(world, order)
    draft_shipping(order_ids=[order.pk], actor=world.staff, now=world.now + timedelta(days=3))
    assert not type(old).objects.filter(pk=old.pk).exists()
