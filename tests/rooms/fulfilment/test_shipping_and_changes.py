"""Shipping meets order changes: what was added is taken too, and neither overtakes the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.changes.journey import confirm, customer_actor, draft_of, key_of, pieces_on
from tests.rooms.payments.shipment import held_at_the_bank, set_aside, taken_at_the_bank
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.changes.operations import confirming as confirming_operations
from tirage.changes.operations import outcomes as outcome_operations
from tirage.cli.doctor import run_checks
from tirage.core import reactions
from tirage.core.errors import DomainError
from tirage.fulfilment.operations import ship_order
from tirage.inventory.models import Hold
from tirage.orders.models import Order
from tirage.payments.models import Payment
from tirage.payments.operations import capturing as capturing_operations
from tirage.payments.operations import charging as charging_operations
from tirage.payments.protocol import GatewayResult


@pytest.fixture
def order(world: World) -> Order:
    """Two Cabernets of Ben's, set aside."""
    return set_aside(world, world.ben, {"CAB23": 2}, world.now)


def test_what_a_change_added_is_set_aside_and_taken_with_the_rest(world: World, order: Order) -> None:
    ben = customer_actor(world.ben)
    assert confirm(world, draft_of(world, order, ben, add={world.cabernet: 1}), ben).status == "applied"
    order.refresh_from_db()
    assert order.paid_minor == 0 and held_at_the_bank() == order.owed_minor
    assert Payment.objects.filter(kind="authorise").count() == 2
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == taken_at_the_bank() and held_at_the_bank() == 0
    assert world.stock(world.cabernet).on_hand == 97 and run_checks(world.now) == []


def test_what_a_change_took_off_is_never_taken(world: World, order: Order) -> None:
    ben = customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    assert confirm(world, draft, ben).status == "applied"
    assert not Payment.objects.filter(kind="refund").exists(), "nothing was taken, nothing goes back"
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == taken_at_the_bank() and held_at_the_bank() == 0
    assert pieces_on(order) == {"CAB23": 1} and run_checks(world.now) == []


def test_nothing_leaves_while_a_change_is_being_paid(world: World, order: Order) -> None:
    draft = draft_of(world, order, customer_actor(world.ben), add={world.cabernet: 1})
    ChangeDraft.objects.filter(pk=draft.pk).update(state="paying")
    with pytest.raises(DomainError) as refused:
        ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    assert refused.value.code == "paying" and taken_at_the_bank() == 0
    order.refresh_from_db()
    assert order.state == "placed" and world.stock(world.cabernet).sold == 2


def shipped_while_paying(world: World, order: Order, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody presses the button while the bank is being asked for the change's money; how that went."""
    went: list[str] = []
    real = charging_operations.send_charge

    def pressed_meanwhile(started: Any, **how: Any) -> GatewayResult | None:
        try:
            ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
            went.append("shipped")
        except DomainError as refused:
            went.append(refused.code)
        return real(started, **how)

    monkeypatch.setattr(outcome_operations, "send_charge", pressed_meanwhile)
    ben = customer_actor(world.ben)
    confirm(world, draft_of(world, order, ben, add={world.cabernet: 1}), ben)
    return went


def test_the_button_in_the_worst_moment_waits_for_the_change(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shipped_while_paying(world, order, monkeypatch) == ["paying"]
    assert pieces_on(order) == {"CAB23": 3} and taken_at_the_bank() == 0
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    assert order.paid_minor == order.owed_minor == taken_at_the_bank() and run_checks(world.now) == []


def test_control_without_asking_the_changes_it_leaves_in_the_worst_moment(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards = {"order.shipping", "order.shipped"}
    table = {name: acts for name, acts in reactions._subscriptions().items() if name not in guards}
    monkeypatch.setattr(reactions, "_subscriptions", lambda: table)
    assert shipped_while_paying(world, order, monkeypatch) == ["shipped"]


def changed_while_taking(world: World, order: Order, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A bottle is taken off the order while the bank is being asked for what was set aside; how that went."""
    went: list[str] = []
    ben = customer_actor(world.ben)
    draft = draft_of(world, order, ben, pieces={key_of(order, world.cabernet): 1})
    real = capturing_operations._send_capture

    def confirmed_meanwhile(started: Any) -> GatewayResult | None:
        try:
            went.append(confirm(world, draft, ben).status)
        except DomainError as refused:
            went.append(refused.code)
        return real(started)

    monkeypatch.setattr(capturing_operations, "_send_capture", confirmed_meanwhile)
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    order.refresh_from_db()
    return went


def test_a_change_waits_while_money_is_being_taken(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert changed_while_taking(world, order, monkeypatch) == ["money_moving"]
    assert (order.state, pieces_on(order)) == ("shipped", {"CAB23": 2})
    assert order.paid_minor == order.owed_minor == taken_at_the_bank() and run_checks(world.now) == []


def test_control_without_the_refusal_more_is_taken_than_is_owed(
    world: World, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming_operations, "refuse_under_way", lambda draft: None)
    assert changed_while_taking(world, order, monkeypatch) == ["applied"]
    assert pieces_on(order) == {"CAB23": 1} and taken_at_the_bank() > order.owed_minor


def test_a_draft_ends_with_its_order(world: World, order: Order) -> None:
    draft = draft_of(world, order, customer_actor(world.ben), add={world.cabernet: 1})
    assert Hold.objects.filter(holder=draft.reference).exists()
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    draft.refresh_from_db()
    assert draft.state == "dropped" and not Hold.objects.filter(holder=draft.reference).exists()
    with pytest.raises(DomainError):
        confirm(world, draft, customer_actor(world.ben))
    assert run_checks(world.now) == []
