"""Thieves who test cards wait, whoever else is there goes on, and the team is told."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.gateways.test_test_gateway import fields
from tests.rooms.checkout.journey import buy
from tests.world import World, acting
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Try
from tirage.core.states import TryKind
from tirage.core.tries import forget_old_tries, note_held, note_refusal, tallies
from tirage.customers.models import Customer
from tirage.customers.sign_in import sign_in_with_code
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import save_card
from tirage.staff.guessing import guessed, noticed, watch_guessing

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GOOD, NOT_SAVED, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 0341"


def give(customer: Customer, now: datetime, number: str = GOOD, ip: str = "203.0.113.7") -> PaymentMethod:
    return save_card(
        customer=customer, details=fields(number), make_default=False, ip=ip, actor=acting(customer), now=now
    )


def refused(customer: Customer, now: datetime, ip: str = "203.0.113.7") -> None:
    """The bank says no; that is all."""
    with pytest.raises(DomainError) as refusal:
        give(customer, now, NOT_SAVED, ip)
    assert refusal.value.code == "card_refused"


def held(customer: Customer, now: datetime, ip: str = "203.0.113.7") -> int:
    """It isn't even asked; in how many minutes to come again."""
    cards = PaymentMethod.objects.count()
    with capture_logs() as log, pytest.raises(Conflict) as refusal:
        give(customer, now, GOOD, ip)
    assert refusal.value.code == "too_many_tries" and PaymentMethod.objects.count() == cards
    assert [one["event"] for one in log] == ["card_try_held"]
    words = refusal.value.message
    assert "Use a card that is saved" in words and "write to us" in words
    return int((re.findall(r"in (\d+) minutes", words) or ["1"])[0])


def pretend(count: int, outcome: str, at: datetime, *, spread: bool = True) -> None:
    """So many other people's new cards."""
    Try.objects.bulk_create(
        Try(
            kind="card",
            outcome=outcome,
            customer_reference=f"CUS-{outcome}-{number}",
            network=f"198.51.{number // 250}.{number % 250}" if spread else "203.0.113.7",
            at=at,
        )
        for number in range(count)
    )


def test_a_customer_waits_after_ten_new_cards_and_not_longer_than_was_said(world: World) -> None:
    for number in range(10):
        give(world.ben, world.now + number * MINUTE, ip=f"203.0.113.{number}")
    wait = held(world.ben, world.now + 10 * MINUTE, ip="198.51.100.1")
    assert wait == 50
    assert held(world.ben, world.now + 59 * MINUTE) == 1, "being held off makes nobody wait longer"
    give(world.ana, world.now + 10 * MINUTE)
    give(world.ben, world.now + (10 + wait) * MINUTE)


def test_one_address_waits_after_twenty_refusals_whoever_it_says_to_be(world: World) -> None:
    pretend(19, "refused", world.now, spread=False)
    pretend(60, "passed", world.now, spread=False)
    refused(world.ben, world.now)
    held(world.ana, world.now + MINUTE)
    give(world.ana, world.now + MINUTE, ip="198.51.100.1")
    give(world.ana, world.now + MINUTE, ip="")
    give(world.ana, world.now + HOUR)


def test_an_ipv6_household_is_one_address(world: World) -> None:
    for number in range(10):
        refused(world.ben, world.now, ip=f"2001:db8::{number:x}")
        refused(world.clara, world.now, ip=f"2001:db8::1:{number:x}")
    held(world.ana, world.now, ip="2001:db8::ffff")
    give(world.ana, world.now, ip="2001:db8:0:1::1")


def test_the_shop_waits_when_most_are_refused_from_anywhere_and_saved_cards_go_on(world: World) -> None:
    pretend(120, "refused", world.now)
    assert held(world.ana, world.now + MINUTE) == 9
    assert buy(world, world.ana, {"CAB23": 2}, world.now + MINUTE).status == "placed"
    give(world.ana, world.now + 10 * MINUTE)


def test_a_release_day_with_its_few_refusals_is_no_attack(world: World) -> None:
    pretend(130, "refused", world.now)
    pretend(1_000, "passed", world.now)
    give(world.ana, world.now + MINUTE)


def test_a_new_card_that_its_first_payment_is_declined_with_counts_as_refused(world: World) -> None:
    card = give(world.ben, world.now, DECLINED)
    assert tallies(since=world.now - MINUTE)[TryKind.CARD].refused == 0
    buy(world, world.ben, {"CAB23": 2}, world.now, card_reference=card.reference)
    assert tallies(since=world.now - MINUTE)[TryKind.CARD].refused == 1


def test_guessing_from_many_addresses_is_noticed_counted_and_logged(world: World) -> None:
    for number in range(19):
        note_refusal(TryKind.CODE, network=f"198.51.100.{number % 5}", now=world.now)
    assert noticed(world.now) == {}
    with pytest.raises(DomainError):
        sign_in_with_code(
            email="ana@example.com", code="123456", ip="203.0.113.9", actor=acting(world.ana), now=world.now
        )
    assert list(noticed(world.now)) == ["Sign-in codes"]
    codes = guessed(world.now)[1]
    assert (codes.hour.refused, codes.hour.addresses) == (20, 6)
    with capture_logs() as log:
        assert watch_guessing(now=world.now) == 1
    assert (log[0]["event"], log[0]["what"], log[0]["addresses"]) == ("guessing_noticed", "Sign-in codes", 6)
    assert noticed(world.now + HOUR) == {} and guessed(world.now + HOUR)[1].day.refused == 20


def test_many_mistakes_from_one_place_are_no_guessing_of_the_world(world: World) -> None:
    for _ in range(40):
        note_refusal(TryKind.CODE, network="198.51.100.1", now=world.now)
    assert noticed(world.now) == {}


def test_wrong_passwords_of_the_team_are_counted_too(world: World) -> None:
    for number in range(19):
        note_refusal(TryKind.PASSWORD, network=f"198.51.100.{number % 5}", now=world.now)
    assert noticed(world.now) == {}
    for _ in range(3):
        note_held(TryKind.PASSWORD, network="203.0.113.9", now=world.now)
    assert list(noticed(world.now)) == ["Passwords of the team"]
    assert guessed(world.now)[2].hour.held == 1
    note_held(TryKind.PASSWORD, network="203.0.113.9", now=world.now + MINUTE)
    assert guessed(world.now + MINUTE)[2].hour.held == 2


def test_tries_are_forgotten_after_a_month(world: World) -> None:
    pretend(3, "refused", world.now)
    assert forget_old_tries(now=world.now + timedelta(days=29)) == 0
    assert forget_old_tries(now=world.now + timedelta(days=31)) == 3
