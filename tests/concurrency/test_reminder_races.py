"""Reminders beside purchases, workers and kills: never after a purchase, never twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.concurrency.crowd import gather, invite, rush
from tests.concurrency.test_grant_kills import dying_at, in_a_child
from tests.rooms.checkout.journey import checkout_arguments, hold
from tests.world import World, build_world
from tirage.checkout.models import OpeningReminder
from tirage.checkout.operations import opening, place_order
from tirage.checkout.operations import placing as placing_operations
from tirage.checkout.operations.opening import remind_of_openings
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications import reminding, sending
from tirage.notifications.models import SentMail
from tirage.notifications.reminder_models import Reminder
from tirage.notifications.reminding import save_reminders, send_due_reminders, values_of_plans
from tirage.offers.models import Offer
from tirage.orders import operations as order_operations
from tirage.orders.models import Order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 6


@pytest.fixture
def world(transactional_db: None) -> World:
    """The world, committed; everybody agreed to mail, and reminders are on."""
    world = build_world(read_clock())
    Customer.objects.update(marketing_consent_at=world.now)
    values = values_of_plans(world.release) | {"not_yet": True, "not_yet_hours": 1}
    save_reminders(release=world.release, values=values, actor=world.staff, now=world.now)
    return world


def reminder_beside_a_purchase(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ben's order is written and not committed yet when the worker takes his reminder in hand; what was delivered."""
    now, written, looked = read_clock(), gather(2), gather(2, patience=1)
    send_due_reminders(now=now)
    mail = SentMail.objects.get(customer=world.ben)
    hold(world.ben, {"CAB23": 2}, now)
    form = checkout_arguments(world, world.ben, now)
    delivered: list[str] = []
    monkeypatch.setattr(sending, "deliver", lambda composed, *, to, message_id="": delivered.append(to))
    start_order = order_operations.start_order

    def slowly(*facts: Any, **more: Any) -> Any:
        found = start_order(*facts, **more)
        written()
        looked()
        return found

    monkeypatch.setattr(placing_operations, "start_order", slowly)

    def remind() -> None:
        written()
        sending.send_one(mail.pk, now)
        looked()

    results = rush([partial(place_order, **form), remind])
    assert results.refusals == []
    assert Order.objects.get(customer=world.ben).state == "placed"
    return delivered


def test_a_purchase_that_is_under_way_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reminder_beside_a_purchase(world, monkeypatch) == []
    assert SentMail.objects.get(customer=world.ben, kind="reminder_not_yet").ended == "withheld"


def test_control_without_the_carts_lock_it_goes_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "wait_for_checkout", lambda *facts: None)
    assert reminder_beside_a_purchase(world, monkeypatch) == [world.ben.email]


def remind_all(letters: Path) -> None:
    """What the worker does; the mail server's book is a file, which a death doesn't undo."""

    def deliver(composed: Any, *, to: str, message_id: str = "") -> None:
        with letters.open("a") as book:
            book.write(f"{to}\n")

    now, kept = read_clock(), sending.deliver
    sending.deliver = deliver
    try:
        send_due_reminders(now=now)
        for mail in SentMail.objects.filter(sent_at=None, ended="").order_by("pk"):
            sending.send_one(mail.pk, now)
    finally:
        sending.deliver = kept


def arrived(letters: Path) -> Counter[str]:
    return Counter(letters.read_text().split()) if letters.exists() else Counter()


def test_killed_at_each_step_nobody_is_reminded_twice(world: World, tmp_path: Path) -> None:
    letters, people, killed = tmp_path / "letters", invite(world, PEOPLE), 0
    Customer.objects.update(marketing_consent_at=world.now)
    for count in range(1, 40, 3):
        killed += in_a_child(dying_at(count, partial(remind_all, letters))) == signal.SIGKILL
    remind_all(letters)
    book = arrived(letters)
    assert killed > 5 and max(book.values()) == 1, (killed, book)
    assert Reminder.objects.count() == SentMail.objects.count() == PEOPLE + 2
    silent = {mail.customer_id for mail in SentMail.objects.filter(ended="withheld")}
    assert all(one.email in book or one.pk in silent for one in people), "sent, or known to be in doubt"


def dies_before_noting(letters: Path) -> None:
    """The mail server has said yes, and nobody writes it down."""
    sending._note_sent = lambda *facts: os.kill(os.getpid(), signal.SIGKILL)
    remind_all(letters)


def test_control_without_the_doubt_somebody_is_reminded_twice(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = tmp_path / "letters"
    monkeypatch.setattr(sending, "_AT_MOST_ONCE", frozenset())
    assert in_a_child(partial(dies_before_noting, letters)) == signal.SIGKILL
    remind_all(letters)
    assert max(arrived(letters).values()) == 2


def test_two_workers_at_one_plan_queue_each_customer_once(world: World) -> None:
    invite(world, PEOPLE)
    Customer.objects.update(marketing_consent_at=world.now)
    results = rush([partial(send_due_reminders, now=read_clock())] * 3)
    assert results.refusals == [] and sum(results.answers) == PEOPLE + 2
    assert Reminder.objects.count() == PEOPLE + 2


def opening_reminders(world: World) -> None:
    """Everybody has asked to be reminded of an opening in ten minutes."""
    Offer.objects.update(opens_at=world.now + timedelta(minutes=10))
    people = [*invite(world, PEOPLE), world.ana, world.ben]
    OpeningReminder.objects.bulk_create(
        OpeningReminder(customer=one, offer=world.premier_offer, asked_at=world.now) for one in people
    )


def remind_at_once(world: World) -> int:
    """Three workers; how many mails there are."""
    opening_reminders(world)
    results = rush([partial(remind_of_openings, now=read_clock())] * 3)
    assert results.refusals == []
    return SentMail.objects.filter(kind="opening_near").count()


def test_an_opening_is_announced_to_each_once(world: World) -> None:
    assert remind_at_once(world) == PEOPLE + 2


def test_control_without_the_reminders_lock_some_get_it_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = gather(3)

    def unlocked(rows: Any) -> list[Any]:
        found = list(rows.order_by("pk"))
        together()
        return found

    monkeypatch.setattr(opening, "lock_rows", unlocked)
    assert remind_at_once(world) > PEOPLE + 2
