"""Wine that wasn't picked up is sent and paid for once, as was said; what stands against it is a person's case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.bank import charged_in_all
from tests.rooms.fulfilment.test_pickups import mails, pickup_order, ready
from tests.world import World
from tirage.changes import sending_instead
from tirage.changes.models import ChangeDraft
from tirage.changes.sending_instead import STALE, send_unfetched
from tirage.cli.doctor import run_checks
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.customers.models import Address
from tirage.delivery.models import Destination
from tirage.fulfilment.models import Pickup, ShipRun
from tirage.fulfilment.operations import continue_shipping, draft_shipping, ship_order, start_shipping
from tirage.fulfilment.operations import shipping as shipping_operations
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.integrations.test_gateway.models import TestCard
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod

DAYS = 21


def unfetched(world: World) -> tuple[Order, datetime]:
    """Ben's, ready and with its time over; the moment at which it is."""
    order = pickup_order(world, send_after_days=DAYS)
    ready(world, order)
    return order, world.now + timedelta(days=DAYS)


def stuck_with(order: Order) -> str:
    """Why a person is asked; nothing was charged and the order is a pickup still."""
    order.refresh_from_db()
    assert Pickup.objects.get().state == "stuck" and order.owed_minor == order.paid_minor == charged_in_all()
    assert order.method is not None and order.method.kind == "pickup" and order.state == "placed"
    assert not ChangeDraft.objects.filter(state__in=["open", "paying", "waiting"]).exists()
    return order.attention


def test_sent_to_its_owner_and_charged_once(world: World) -> None:
    order, later = unfetched(world)
    assert send_unfetched(now=later - timedelta(days=1)) == 0
    before = charged_in_all()
    assert [send_unfetched(now=later + timedelta(hours=hours)) for hours in (0, 1)] == [1, 0]
    order.refresh_from_db()
    assert (order.method_id, order.line1) == (world.ground.pk, world.ben_home.line1)
    assert order.owed_minor == order.paid_minor == charged_in_all() > before
    pickup = Pickup.objects.get()
    assert (pickup.state, pickup.sent_instead_at) == ("sent", later)
    assert Event.objects.filter(name="order.pickup_sent", subject_id=order.pk).count() == 1
    assert mails("order_changed") == 1 and order.attention == "" and run_checks(later) == []


def test_without_an_address_somebody_decides(world: World) -> None:
    order, later = unfetched(world)
    Address.objects.filter(customer=world.ben).update(is_default=False)
    assert send_unfetched(now=later) == 0
    assert "no usual address" in stuck_with(order)


def test_where_it_may_not_go_somebody_decides(world: World) -> None:
    order, later = unfetched(world)
    Destination.objects.filter(country=world.ben_home.country, state=world.ben_home.state).update(
        is_open=False
    )
    assert send_unfetched(now=later) == 0
    assert "No way that customers may choose" in stuck_with(order)


def test_without_a_card_somebody_decides(world: World) -> None:
    order, later = unfetched(world)
    PaymentMethod.objects.filter(customer=world.ben).update(removed_at=later)
    assert send_unfetched(now=later) == 0
    assert "No card of the customer’s" in stuck_with(order)


def test_a_declined_card_is_asked_once(world: World) -> None:
    order, later = unfetched(world)
    TestCard.objects.update(behaviour=Behaviour.CARD_DECLINED.value)
    assert send_unfetched(now=later) == send_unfetched(now=later + timedelta(hours=1)) == 0
    assert "The card was declined" in stuck_with(order)
    ready(world, order, later)
    assert Pickup.objects.get().state == "ready"


def test_who_came_is_sent_nothing(world: World) -> None:
    order, later = unfetched(world)
    ship_order(order_reference=order.reference, actor=world.staff, now=later)
    assert send_unfetched(now=later) == 0 and Pickup.objects.get().state == "ready"


def test_a_change_that_nobody_confirmed_begins_anew(world: World) -> None:
    order, later = unfetched(world)
    assert sending_instead._prepare(order.pk, later)
    assert send_unfetched(now=later + timedelta(minutes=1)) == 0
    again = later + STALE
    assert send_unfetched(now=again) >= 1
    send_unfetched(now=again + timedelta(minutes=10))
    order.refresh_from_db()
    assert order.method_id == world.ground.pk and order.owed_minor == order.paid_minor == charged_in_all()
    assert [draft.state for draft in ChangeDraft.objects.order_by("pk")] == ["dropped", "applied"]


def handed_over_meanwhile(
    world: World, order: Order, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handing over, between its two looks at the order; meanwhile the program sends it."""
    meanwhile_sent(later, monkeypatch)
    ship_order(order_reference=order.reference, way=world.pickup.reference, actor=world.staff, now=later)


@pytest.mark.django_db(transaction=True)
def test_handed_over_and_sent_at_once_one_comes_true(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order, later = unfetched(world)
    with pytest.raises(Conflict, match="goes by Ground by now"):
        handed_over_meanwhile(world, order, later, monkeypatch)
    order.refresh_from_db()
    assert (order.state, order.method_id) == ("placed", world.ground.pk)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_look_both_come_true(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order, later = unfetched(world)
    monkeypatch.setattr(shipping_operations, "_refuse_other_way", lambda order, way: None)
    handed_over_meanwhile(world, order, later, monkeypatch)
    order.refresh_from_db()
    assert (order.state, order.method_id) == ("shipped", world.ground.pk)


def run_begun(world: World, order: Order) -> ShipRun:
    """The order chosen to be marked as shipped with others, and begun."""
    run = draft_shipping(order_ids=[order.pk], actor=world.staff, now=world.now)
    assert run.rows.get().way == world.pickup.reference
    return start_shipping(run=run, tell_customers=False, actor=world.staff, now=world.now)


def left_by(world: World, run: ShipRun, now: datetime) -> tuple[str, str]:
    """What became of the run's one order, and the state of the order itself."""
    continue_shipping(run=run, limit=5, actor=world.staff, now=now)
    row = run.rows.select_related("order").get()
    assert row.order.method_id == world.ground.pk
    return row.outcome, row.order.state


@pytest.mark.django_db(transaction=True)
def test_a_run_of_many_leaves_what_was_sent_since_it_was_chosen(world: World) -> None:
    order, later = unfetched(world)
    run = run_begun(world, order)
    assert send_unfetched(now=later) == 1
    assert left_by(world, run, later) == ("refused", "placed")
    assert run.rows.get().reason == "The order goes by Ground by now. Look at it again."


@pytest.mark.django_db(transaction=True)
def test_a_run_begun_before_ways_were_kept_asks_nothing(world: World) -> None:
    order, later = unfetched(world)
    run = run_begun(world, order)
    run.rows.update(way=None)
    send_unfetched(now=later)
    assert left_by(world, run, later) == ("shipped", "shipped")


def meanwhile_sent(later: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program sends the order between two looks of who marks it as shipped."""

    def meanwhile(*arguments: Any) -> Any:
        send_unfetched(now=later)
        return take(*arguments)

    take = shipping_operations._take_money
    monkeypatch.setattr(shipping_operations, "_take_money", meanwhile)


@pytest.mark.django_db(transaction=True)
def test_a_run_and_the_program_at_once_one_comes_true(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order, later = unfetched(world)
    run = run_begun(world, order)
    meanwhile_sent(later, monkeypatch)
    assert left_by(world, run, later) == ("refused", "placed")


@pytest.mark.django_db(transaction=True)
def test_control_a_run_that_does_not_look_hands_over_what_was_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, later = unfetched(world)
    run = run_begun(world, order)
    meanwhile_sent(later, monkeypatch)
    monkeypatch.setattr(shipping_operations, "_refuse_other_way", lambda order, way: None)
    assert left_by(world, run, later) == ("shipped", "shipped")
