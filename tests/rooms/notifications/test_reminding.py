"""Reminders: due by the clock, once of each kind, to who agreed, and never to who has bought."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox

from tests.rooms.changes.journey import bought
from tests.rooms.checkout.journey import hold
from tests.world import World
from tirage.core.hands import Overtaken
from tirage.customers.models import Customer, Membership
from tirage.notifications import sending
from tirage.notifications.models import SentMail
from tirage.notifications.operations import give_mails_jobs
from tirage.notifications.reminder_models import Reminder, ReminderPlan
from tirage.notifications.reminding import (
    plans_of,
    queue_reminders,
    save_reminders,
    send_due_reminders,
    values_of_plans,
)
from tirage.notifications.states import ReminderKind
from tirage.offers.models import Offer


@pytest.fixture
def release(world: World) -> World:
    """Everybody agreed to mail; the offers opened an hour ago and close in a week."""
    Customer.objects.update(marketing_consent_at=world.now)
    return world


def switch(world: World, **hours: int) -> None:
    """Switches these kinds on, with their hours."""
    values = values_of_plans(world.release)
    for kind, count in hours.items():
        values |= {kind: True, f"{kind}_hours": count}
    save_reminders(release=world.release, values=values, actor=world.staff, now=world.now)


def reminded(now: datetime) -> dict[str, list[str]]:
    """Who was queued what, by kind."""
    send_due_reminders(now=now)
    found: dict[str, list[str]] = {}
    for one in Reminder.objects.select_related("customer").order_by("customer__first_name"):
        found.setdefault(one.kind, []).append(one.customer.first_name)
    return found


def send_all(now: datetime) -> list[str]:
    for mail in SentMail.objects.filter(kind__startswith="reminder").order_by("pk"):
        sending.send_one(mail.pk, now)
    return [to for letter in outbox.outbox for to in letter.to]


def test_nothing_is_sent_unless_it_is_switched_on(release: World) -> None:
    assert reminded(release.now + timedelta(days=6, hours=20)) == {}
    assert not any(plan.is_on for plan in plans_of(release.release).values())


def test_who_has_not_bought_is_reminded_once_so_long_after_the_opening(release: World) -> None:
    switch(release, not_yet=48)
    assert reminded(release.now + timedelta(hours=46)) == {}
    then = release.now + timedelta(hours=47)
    assert reminded(then) == {"not_yet": ["Ana", "Ben"]}, "suspended Dora gets none"
    assert reminded(then + timedelta(days=2)) == {"not_yet": ["Ana", "Ben"]}
    assert give_mails_jobs(now=then) == 2
    assert sorted(send_all(then)) == ["ana@example.com", "ben@example.com"]
    assert "List-Unsubscribe" in outbox.outbox[0].extra_headers
    assert "Your bottles are still here" in str(outbox.outbox[0].body)


def test_who_has_bought_is_left_in_peace(release: World) -> None:
    bought(release, release.ben, {"CAB23": 1})
    switch(release, not_yet=1, last_day=24)
    then = release.now + timedelta(days=1)
    assert reminded(then) == {"not_yet": ["Ana"]}
    assert reminded(release.now + timedelta(days=6, hours=22))["last_day"] == ["Ana"]


def test_a_reminder_that_waits_is_let_go_when_its_customer_buys(release: World) -> None:
    switch(release, not_yet=1)
    assert reminded(release.now) == {"not_yet": ["Ana", "Ben"]}
    bought(release, release.ben, {"CAB23": 1})
    assert send_all(release.now) == ["ana@example.com"]
    withheld = SentMail.objects.get(customer=release.ben, kind="reminder_not_yet")
    assert (withheld.ended, withheld.problem) == ("withheld", "The customer has bought meanwhile.")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda world: Customer.objects.update(marketing_consent_at=None), "wants no mail"),
        (lambda world: ReminderPlan.objects.update(is_on=False), "switched off"),
        (lambda world: Offer.objects.update(is_active=False), "has closed"),
        (lambda world: Membership.objects.all().delete(), "isn't in the offer's group"),
    ],
)
def test_what_has_changed_meanwhile_lets_it_go(release: World, change: Any, why: str) -> None:
    switch(release, not_yet=1)
    reminded(release.now)
    change(release)
    assert send_all(release.now) == []
    assert all(why in mail.problem for mail in SentMail.objects.all())


def test_who_must_not_be_written_to_is_not_queued(release: World) -> None:
    Customer.objects.filter(pk=release.ana.pk).update(marketing_consent_at=None)
    SentMail.objects.create(
        customer=release.ben,
        kind="wish_made",
        due_at=release.now,
        ended="refused",
        refused_by=release.ben.email,
    )
    switch(release, not_yet=1)
    assert reminded(release.now) == {}
    Customer.objects.filter(pk=release.ben.pk).update(email="ben@elsewhere.example")
    assert reminded(release.now) == {"not_yet": ["Ben"]}, "another address counts anew"


def test_bottles_left_in_a_cart(release: World) -> None:
    switch(release, cart=3)
    hold(release.ana, {"CAB23": 2}, release.now)
    lapsed = release.now + timedelta(minutes=release.winery.cart_minutes)
    assert reminded(lapsed - timedelta(minutes=1)) == {}, "she is still choosing"
    assert reminded(lapsed + timedelta(hours=2, minutes=59)) == {}
    then = lapsed + timedelta(hours=3)
    assert reminded(then) == {"cart": ["Ana"]}
    assert send_all(then) == ["ana@example.com"]
    assert outbox.outbox[0].subject == "You had chosen 2 Estate Cabernet Sauvignon 2023"


def test_whoever_is_shopping_just_now_is_not_disturbed(release: World) -> None:
    switch(release, not_yet=1, last_day=24 * 7)
    hold(release.ana, {"CAB23": 2}, release.now)
    assert reminded(release.now)["not_yet"] == ["Ben"]


def test_nobody_is_reminded_of_two_things_on_one_day(release: World) -> None:
    switch(release, not_yet=1, last_day=24 * 7)
    assert reminded(release.now) == {"not_yet": ["Ana", "Ben"]}
    assert reminded(release.now + timedelta(hours=19)) == {"not_yet": ["Ana", "Ben"]}
    assert reminded(release.now + timedelta(hours=21))["last_day"] == ["Ana", "Ben"]


def test_a_test_group_and_a_closed_offer_remind_nobody(release: World) -> None:
    switch(release, not_yet=1)
    release.estate.is_test = True
    release.estate.save()
    Offer.objects.filter(pk=release.premier_offer.pk).update(closes_at=release.now)
    assert reminded(release.now) == {}


def test_many_are_queued_in_portions_and_few_statements(
    release: World, django_assert_max_num_queries: Any
) -> None:
    switch(release, not_yet=1)
    for number in range(25):
        one = Customer.objects.create(
            email=f"many{number}@example.com", signed_up_at=release.now, marketing_consent_at=release.now
        )
        Membership.objects.create(
            customer=one, group=release.estate, kind=release.estate.kind, since=release.now
        )
    plan = ReminderPlan.objects.get(is_on=True)
    with django_assert_max_num_queries(10):
        assert queue_reminders(plan_id=plan.pk, limit=20, now=release.now) == 20
    assert queue_reminders(plan_id=plan.pk, limit=20, now=release.now) == 7
    assert queue_reminders(plan_id=plan.pk, limit=20, now=release.now) == 0


def test_a_try_that_was_broken_off_is_not_tried_again(release: World) -> None:
    switch(release, not_yet=1)
    reminded(release.now)
    SentMail.objects.filter(customer=release.ana).update(attempts=1)
    assert send_all(release.now) == ["ben@example.com"]
    assert "may have arrived" in SentMail.objects.get(customer=release.ana).problem


def test_a_server_that_says_not_now_is_asked_again(release: World, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(release, not_yet=1)
    reminded(release.now)
    deliver = sending.deliver

    def refuse(*facts: Any, **more: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(sending, "deliver", refuse)
    assert send_all(release.now) == []
    monkeypatch.setattr(sending, "deliver", deliver)
    assert sorted(send_all(release.now + timedelta(hours=1))) == ["ana@example.com", "ben@example.com"]


def test_two_people_change_different_switches(release: World) -> None:
    shown = values_of_plans(release.release)
    facts: dict[str, Any] = {"release": release.release, "actor": release.staff, "now": release.now}
    save_reminders(values={**shown, "not_yet": True}, shown=shown, **facts)
    save_reminders(values={**shown, "cart": True, "cart_hours": 5}, shown=shown, **facts)
    plans = plans_of(release.release)
    assert plans[ReminderKind.NOT_YET].is_on and plans[ReminderKind.CART].hours == 5
    with pytest.raises(Overtaken):
        save_reminders(values={**shown, "cart_hours": 6}, shown=shown, **facts)
