"""Wine that lies ready: said once, its customer told where and until when, reminded on the method's days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.rooms.checkout.journey import buy
from tests.world import World
from tirage.core.errors import Conflict
from tirage.core.models import Event
from tirage.core.winery import current_winery
from tirage.delivery.models import Method
from tirage.delivery.rules import Terms
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.operations import mark_ready, remind_of_pickups, ship_order
from tirage.notifications.compose import compose, words_of
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.orders.models import Order


def pickup_order(world: World, **days: int) -> Order:
    """Ben's, by a method whose days are these."""
    columns = {"pickup_address": "12 Mill Road, Philo", "opening_hours": "Tuesday to Saturday, 10 to 4"}
    Method.objects.filter(pk=world.pickup.pk).update(**(columns | days))
    placing = buy(world, world.ben, {"CAB23": 2}, world.now, method_reference=world.pickup.reference)
    return Order.objects.get(reference=placing.order_reference)


def ready(world: World, order: Order, now: datetime | None = None) -> Pickup:
    return mark_ready(order_reference=order.reference, actor=world.staff, now=now or world.now)


def mails(kind: str) -> int:
    return SentMail.objects.filter(kind=kind).count()


def text_of(kind: str) -> str:
    mail, winery = SentMail.objects.filter(kind=kind).latest("pk"), current_winery()
    return compose(words_of(MailKind(kind)), values_of(mail, winery), winery).text


def test_ready_is_said_with_place_hours_and_end(world: World) -> None:
    order = pickup_order(world, remind_first_days=7, remind_again_days=14, send_after_days=21)
    assert order.terms is not None and Terms.from_json(order.terms).sent_after_days == 21
    pickup = ready(world, order)
    day = pickup.ready_at.date()
    assert (pickup.remind_on, pickup.send_on) == (day + timedelta(days=7), day + timedelta(days=21))
    assert mails("pickup_ready") == 1
    text, last = text_of("pickup_ready"), day + timedelta(days=20)
    assert "12 Mill Road, Philo" in text and "Tuesday to Saturday, 10 to 4" in text
    assert f"It waits for you until {last:%A, %B} {last.day}, {last.year}." in text
    event = Event.objects.get(name="order.ready")
    assert (event.subject_id, event.customer_id) == (order.pk, world.ben.pk)


def test_a_promise_is_what_was_said_at_the_checkout(world: World) -> None:
    order = pickup_order(world)
    Method.objects.filter(pk=world.pickup.pk).update(send_after_days=21)
    assert ready(world, order).send_on is None
    assert "waits for you until" not in text_of("pickup_ready")


def test_reminded_on_its_days_and_never_twice_a_day(world: World) -> None:
    ready(world, pickup_order(world, remind_first_days=7, remind_again_days=14))
    for days, sent in ((6, 0), (7, 1), (7, 1), (13, 1), (14, 2), (40, 2)):
        remind_of_pickups(now=world.now + timedelta(days=days))
        assert mails("pickup_reminder") == sent, days
    assert "still waits for you here" in text_of("pickup_reminder")
    assert Pickup.objects.get().reminded == 2


def test_reminders_missed_meanwhile_are_one(world: World) -> None:
    ready(world, pickup_order(world, remind_first_days=7, remind_again_days=14))
    for days in (20, 21, 40):
        remind_of_pickups(now=world.now + timedelta(days=days))
    assert mails("pickup_reminder") == 1


def test_nobody_is_reminded_before_nine(world: World) -> None:
    pickup = ready(world, pickup_order(world, remind_first_days=7))
    Pickup.objects.update(remind_on=date(2027, 1, 5))
    midnight = datetime(2027, 1, 5, 8, 30, tzinfo=pickup.ready_at.tzinfo)  # half past midnight in California
    remind_of_pickups(now=midnight)
    assert mails("pickup_reminder") == 0
    remind_of_pickups(now=midnight + timedelta(hours=9))
    assert mails("pickup_reminder") == 1


def test_who_came_is_reminded_of_nothing(world: World) -> None:
    order = pickup_order(world, remind_first_days=7)
    ready(world, order)
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now + timedelta(days=1))
    assert remind_of_pickups(now=world.now + timedelta(days=8)) == 0 and mails("pickup_reminder") == 0


def test_what_cannot_be_ready(world: World) -> None:
    order = pickup_order(world)
    ready(world, order)
    with pytest.raises(Conflict, match="lies ready already"):
        ready(world, order)
    sent = buy(world, world.ana, {"CAB23": 1}, world.now)
    with pytest.raises(Conflict, match="waits to be picked up"):
        ready(world, Order.objects.get(reference=sent.order_reference))
    assert mails("pickup_ready") == 1
