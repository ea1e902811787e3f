"""Reminders of an opening: asked for, sent once and in time, moved with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.checkout.journey import customer_actor
from tests.world import World
from tirage.checkout.models import OpeningReminder
from tirage.checkout.operations.opening import ask_for_reminder, drop_reminder, remind_of_openings
from tirage.core.errors import DomainError
from tirage.customers.models import Customer
from tirage.notifications.compose import compose, words_of
from tirage.notifications.content import values_of
from tirage.notifications.lateness import why_untrue
from tirage.notifications.models import SentMail
from tirage.notifications.states import MailKind
from tirage.offers.models import Offer

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def early(world: World) -> World:
    """Everything opens in two hours."""
    Offer.objects.update(opens_at=world.now + 2 * HOUR, closes_at=world.now + 50 * HOUR)
    return world


def ask(world: World, customer: Customer, after: timedelta = timedelta(0)) -> None:
    ask_for_reminder(customer=customer, actor=customer_actor(customer), now=world.now + after)


def mails(customer: Customer) -> int:
    return SentMail.objects.filter(customer=customer, kind="opening_near").count()


def test_it_leaves_half_an_hour_before_and_once(early: World) -> None:
    ask(early, early.ana)
    ask(early, early.ana)
    assert OpeningReminder.objects.count() == 1
    assert remind_of_openings(now=early.now + 89 * MINUTE) == 0
    assert remind_of_openings(now=early.now + 90 * MINUTE) == 1
    assert remind_of_openings(now=early.now + 91 * MINUTE) == 0
    assert mails(early.ana) == 1 and mails(early.ben) == 0


def test_an_opening_that_is_moved_takes_it_along(early: World) -> None:
    ask(early, early.ana)
    Offer.objects.update(opens_at=early.now + 26 * HOUR)
    assert remind_of_openings(now=early.now + 2 * HOUR) == 0
    assert remind_of_openings(now=early.now + 26 * HOUR) == 1


def test_put_off_after_it_was_queued_it_isnt_sent(early: World) -> None:
    ask(early, early.ana)
    now = early.now + 95 * MINUTE
    remind_of_openings(now=now)
    mail = SentMail.objects.get(kind="opening_near")
    assert why_untrue(mail, now) == ""
    Offer.objects.update(opens_at=early.now + 26 * HOUR)
    assert "put off" in why_untrue(mail, now)


def test_long_after_the_opening_nobody_is_reminded(early: World) -> None:
    ask(early, early.ana)
    assert remind_of_openings(now=early.now + 3 * HOUR) == 0


def test_it_can_be_dropped_and_is_refused_where_nothing_is_about_to_open(early: World) -> None:
    ask(early, early.ana)
    drop_reminder(customer=early.ana, actor=customer_actor(early.ana), now=early.now)
    assert not OpeningReminder.objects.exists()
    with pytest.raises(DomainError) as soon:
        ask(early, early.ana, 100 * MINUTE)
    assert soon.value.code == "opens_soon"
    with pytest.raises(DomainError) as late:
        ask(early, early.ana, 3 * HOUR)
    assert late.value.code == "no_opening" and not OpeningReminder.objects.exists()


def test_the_mail_names_the_moment_and_signs_in(early: World) -> None:
    ask(early, early.ana)
    remind_of_openings(now=early.now + 2 * HOUR)
    mail = SentMail.objects.get(kind="opening_near")
    values = values_of(mail, early.winery)
    sent = compose(words_of(MailKind.OPENING_NEAR), values, early.winery)
    assert "You asked us to remind you" in sent.text and "PDT" in sent.subject and "/in/" in sent.text
