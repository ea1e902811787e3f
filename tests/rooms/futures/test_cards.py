"""Cards that won't do by the day on which they are charged: found in time, asked for once, replaced for good."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.core import mail as mailing

from tests.bank import charged_in_all
from tests.rooms.checkout.journey import customer_actor
from tests.rooms.futures.campaign import Futures, begin, buy, order_of, plan
from tests.rooms.futures.settled import arrive, ask
from tests.world import World
from tirage.changes.collecting import retry_due_collections
from tirage.futures.calling import call_instalments
from tirage.futures.cards import ending_cards, kept_card, name_card, tell_of_ending_cards
from tirage.futures.models import CardNotice, Instalment, Mandate
from tirage.notifications.models import SentMail
from tirage.notifications.sending import send_one
from tirage.orders.models import Order
from tirage.payments.models import Payment, PaymentMethod
from tirage.payments.operations import save_card

MARCH = datetime(2027, 3, 1, 18, tzinfo=UTC)


def days_before(days: int) -> datetime:
    return MARCH - timedelta(days=days)


@pytest.fixture
def sold(world: World) -> Futures:
    """Ben pays 360 now, 360 on March 1, 480 in September, by a card that is good until the end of February."""
    futures = begin(world)
    plan(futures)
    order_of(buy(futures, world.ben, 12))
    PaymentMethod.objects.filter(customer=world.ben).update(exp_year=2027, exp_month=2)
    return futures


def another(world: World, now: datetime) -> PaymentMethod:
    details = {"card_number": "5555555555554444", "card_expiry": "12 / 39", "card_cvc": "123"}
    return save_card(
        customer=world.ben,
        details=details,
        make_default=False,
        actor=customer_actor(world.ben),
        now=now,
    )


def told() -> list[int]:
    return list(CardNotice.objects.order_by("pk").values_list("days", flat=True))


def mails() -> int:
    return SentMail.objects.filter(kind="card_ending").count()


def test_asked_sixty_thirty_and_seven_days_before_and_never_twice(sold: Futures) -> None:
    for days in range(70, -1, -1):
        tell_of_ending_cards(now=days_before(days))
        tell_of_ending_cards(now=days_before(days) + timedelta(minutes=5))
    assert told() == [60, 30, 7] and mails() == 3
    assert [one.at for one in CardNotice.objects.order_by("pk")] == [days_before(d) for d in (60, 30, 7)]


def test_what_a_worker_missed_isn_t_made_up_for(sold: Futures) -> None:
    """It was away until ten days before: one mail, not two."""
    assert tell_of_ending_cards(now=days_before(10)) == 1
    assert told() == [30] and mails() == 1


def test_the_mail_names_the_card_the_days_and_the_way(sold: Futures) -> None:
    tell_of_ending_cards(now=days_before(60))
    assert send_one(SentMail.objects.get(kind="card_ending").pk, days_before(60)) is None
    (mail,) = [one for one in mailing.outbox if "before we charge it" in one.subject]
    assert "Visa" in mail.subject and "expires at the end of February 2027" in mail.body
    assert "On March 1, 2027" in mail.body and "$360.00" in mail.body
    assert "On September 1, 2027" not in mail.body, "that is further away than sixty days"


def test_a_card_that_is_good_that_month_is_no_trouble(sold: Futures) -> None:
    PaymentMethod.objects.update(exp_month=3)
    assert ending_cards(days_before(60)) == []
    (one,) = ending_cards(days_before(60), within=300)
    assert one.on == date(2027, 9, 1) and one.amount and one.amount.minor == 480_00


def test_another_good_card_would_be_charged_and_is_no_trouble(sold: Futures) -> None:
    another(sold.world, sold.world.now)
    assert ending_cards(days_before(60)) == []


def test_a_card_that_was_named_is_what_instalments_are_charged_to(sold: Futures) -> None:
    """By the mandate, though the old one would still do when it is called."""
    world, order = sold.world, Order.objects.get()
    PaymentMethod.objects.update(exp_year=2039)
    card = another(world, days_before(50))
    assert kept_card(order.pk) != card
    named = partial(name_card, customer=world.ben, card=card, actor=customer_actor(world.ben))
    assert named(now=days_before(50)) == 1
    assert named(now=days_before(50)) == 0, "a second press says nothing new"
    assert "charge it for the later parts" in Mandate.objects.get().words and kept_card(order.pk) == card
    call_instalments(now=days_before(7))
    call_instalments(now=MARCH)
    retry_due_collections(now=MARCH)
    assert charged_in_all() == 720_00
    assert Payment.objects.latest("pk").payment_method == card


def test_who_has_no_card_at_all_is_on_the_list_and_not_mailed(sold: Futures) -> None:
    PaymentMethod.objects.update(removed_at=sold.world.now)
    (one,) = ending_cards(days_before(60))
    assert one.card is None and tell_of_ending_cards(now=days_before(60)) == 0


def test_a_settlement_s_last_day_counts_too(world: World) -> None:
    futures = begin(world)
    order_of(buy(futures, world.ben, 12))
    arrive(futures, 60)
    PaymentMethod.objects.filter(customer=world.ben).update(
        exp_year=world.now.year, exp_month=world.now.month
    )
    (settlement,) = ask(futures)
    settlement.due_on = date(world.now.year + 1, 1, 15)
    settlement.save()
    (one,) = ending_cards(world.now, within=300)
    assert one.on == settlement.due_on and one.amount is None


def test_wine_that_is_expected_asks_whoever_left_a_card(sold: Futures) -> None:
    """Its window opens in September 2028; nothing of its price is to come any more."""
    Instalment.objects.update(amount_minor=0)
    Order.objects.update(later_minor=0)
    (one,) = ending_cards(datetime(2028, 8, 1, tzinfo=UTC))
    assert one.on == sold.lot.window_from
    assert tell_of_ending_cards(now=datetime(2028, 8, 1, tzinfo=UTC)) == 1
