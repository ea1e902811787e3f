"""Coming in by a passkey: whose device signed, once, under this shop's address only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings

from tests.passkeys import PRESENT, SoftDevice
from tests.world import World
from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.waits import WAITS, TooSoon
from tirage.customers.models import Customer, Passkey
from tirage.customers.operations import sign_out_everywhere, suspend_customer
from tirage.customers.passkeys import (
    LIFE,
    MOST_KEYS,
    Asked,
    Question,
    add_passkey,
    are_possible,
    ask_for_new_key,
    ask_who,
    passkeys_of,
    prune_passkeys,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
)

SHOP = "https://shop.example.com"
VISITOR = Actor(ActorKind.CUSTOMER, None, "a visitor", "req-1")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def shop(settings: LazySettings) -> None:
    settings.SITE_URL = SHOP


def asked(question: Question, at: datetime) -> Asked:
    return Asked(question.challenge, at)


def give_key(customer: Customer, now: datetime, device: SoftDevice | None = None) -> SoftDevice:
    """A device of the customer's, with a key that is kept."""
    device = device or SoftDevice(SHOP)
    question = ask_for_new_key(customer)
    add_passkey(
        customer=customer,
        name=" My  phone ",
        answer=device.make(question.options),
        asked=asked(question, now),
        actor=VISITOR,
        now=now,
    )
    return device


def enter(phone: SoftDevice, at: datetime, **more: object) -> Customer:
    question = ask_who()
    answer = phone.sign(question.options)
    how = {"answer": answer, "asked": asked(question, at), "actor": VISITOR, "now": at + SECOND, **more}
    return sign_in_with_passkey(**how).customer  # type: ignore[arg-type]


def test_who_made_it_comes_in_by_it(world: World, now: datetime) -> None:
    device = give_key(world.ana, now)
    assert enter(device, now + MINUTE) == world.ana
    key = passkeys_of(world.ana).get()
    assert (key.name, key.signatures, key.used_at) == ("My phone", 1, now + MINUTE + SECOND)
    texts = Event.objects.filter(customer_id=world.ana.pk).order_by("pk").values_list("text", flat=True)
    assert list(texts)[-2:] == ["added the passkey “My phone”", "signed in with a passkey"]


def test_an_answer_is_good_once(world: World, now: datetime) -> None:
    device, at = give_key(world.ana, now), now + MINUTE
    question = ask_who()
    how = {"answer": device.sign(question.options), "asked": asked(question, at), "actor": VISITOR}
    assert sign_in_with_passkey(**how, now=at + SECOND).customer == world.ana  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="doesn’t open"):
        sign_in_with_passkey(**how, now=at + 2 * SECOND)  # type: ignore[arg-type]


def test_an_answer_of_before_is_no_good_where_devices_dont_count(world: World, now: datetime) -> None:
    device = give_key(world.ana, now, SoftDevice(SHOP, counts=False))
    old = ask_who()
    kept = device.sign(old.options)
    assert enter(device, now + MINUTE) == world.ana
    with pytest.raises(DomainError, match="doesn’t open"):
        sign_in_with_passkey(
            answer=kept, asked=asked(old, now + MINUTE), actor=VISITOR, now=now + MINUTE + 2 * SECOND
        )


def _foreign(device: SoftDevice) -> None:
    device.origin = "https://shop.example.com.evil.example"


def _unverified(device: SoftDevice) -> None:
    sign = device.sign
    device.sign = lambda options, flags=PRESENT: sign(options, PRESENT)  # type: ignore[method-assign]


def _other_key(device: SoftDevice) -> None:
    device.private = SoftDevice(SHOP).private


def _unknown(device: SoftDevice) -> None:
    device.key_id = b"x" * 32


@pytest.mark.parametrize("spoil", [_foreign, _unverified, _other_key, _unknown])
def test_another_sites_unverified_forged_and_unknown_ones_are_refused(
    world: World, now: datetime, spoil: Callable[[SoftDevice], None]
) -> None:
    device = give_key(world.ana, now)
    spoil(device)
    with pytest.raises(DomainError, match="doesn’t open"):
        enter(device, now + MINUTE)


def test_a_question_of_another_browser_or_too_old_is_refused(world: World, now: datetime) -> None:
    device, question = give_key(world.ana, now), ask_who()
    answer, at = device.sign(question.options), now + MINUTE
    for put in (None, asked(ask_who(), at), asked(question, at - LIFE), asked(question, at + MINUTE)):
        with pytest.raises(DomainError, match="doesn’t open"):
            sign_in_with_passkey(answer=answer, asked=put, device="known", actor=VISITOR, now=at)
        at += timedelta(hours=2)
        question = ask_who()
        answer = device.sign(question.options)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"rawId": 7}', '{"rawId": "%"}', "{" * 30_000])
def test_rubbish_is_refused(world: World, now: datetime, answer: str) -> None:
    put = asked(ask_who(), now)
    with pytest.raises(DomainError, match="doesn’t open"):
        sign_in_with_passkey(answer=answer, asked=put, ip="203.0.113.5", actor=VISITOR, now=now)
    with pytest.raises(DomainError, match="doesn’t open"):
        add_passkey(customer=world.ana, name="x", answer=answer, asked=put, actor=VISITOR, now=now)


def test_wrong_answers_wait_and_the_known_device_doesnt(world: World, now: datetime) -> None:
    device, at = give_key(world.ana, now), now + MINUTE
    right, device.private = device.private, SoftDevice(SHOP).private
    for _ in range(WAITS.count(timedelta(0)) + 1):
        with pytest.raises(DomainError, match="doesn’t open"):
            enter(device, at)
    with pytest.raises(TooSoon):
        enter(device, at)
    device.private = right
    assert enter(device, at, device="known") == world.ana


def test_a_copy_that_counts_behind_is_refused(world: World, now: datetime) -> None:
    device = give_key(world.ana, now)
    for turn in range(1, 3):
        enter(device, now + turn * MINUTE)
    device.signatures = 0
    with pytest.raises(DomainError, match="looks like a copy"):
        enter(device, now + 3 * MINUTE)


def test_everything_that_ends_sign_ins_ends_keys(world: World, now: datetime) -> None:
    device = give_key(world.ana, now)
    sign_out_everywhere(customer=world.ana, actor=VISITOR, now=now)
    with pytest.raises(DomainError, match="doesn’t open"):
        enter(device, now + MINUTE)
    world.ana.refresh_from_db()
    assert not passkeys_of(world.ana).exists()
    assert prune_passkeys(now=now) == 1 and not Passkey.objects.exists()


def test_a_suspended_customer_stays_out(world: World, now: datetime) -> None:
    device = give_key(world.ana, now)
    suspend_customer(customer=world.ana, reason="Asked us to", actor=world.staff, now=now)
    with pytest.raises(DomainError, match="doesn’t open"):
        enter(device, now + MINUTE)


def test_a_neighbours_key_is_neither_renamed_nor_removed(world: World, now: datetime) -> None:
    device = give_key(world.ana, now)
    reference = passkeys_of(world.ana).get().reference
    assert not remove_passkey(customer=world.ben, reference=reference, actor=VISITOR, now=now)
    assert (
        rename_passkey(customer=world.ben, reference=reference, name="Mine", actor=VISITOR, now=now) is None
    )
    assert enter(device, now + MINUTE) == world.ana
    assert remove_passkey(customer=world.ana, reference=reference, actor=VISITOR, now=now)
    with pytest.raises(DomainError, match="doesn’t open"):
        enter(device, now + 2 * MINUTE)


def test_one_key_is_kept_once_and_no_more_than_the_most(world: World, now: datetime) -> None:
    device = give_key(world.ana, now)
    with pytest.raises(DomainError, match="kept here already"):
        give_key(world.ben, now, device)
    for _ in range(MOST_KEYS - 1):
        give_key(world.ana, now)
    with pytest.raises(DomainError, match="10 passkeys are the most"):
        give_key(world.ana, now)


def test_a_name_is_asked_for(world: World, now: datetime) -> None:
    give_key(world.ana, now)
    key = passkeys_of(world.ana).get()
    with pytest.raises(DomainError, match="Give it a name"):
        rename_passkey(customer=world.ana, reference=key.reference, name="  ", actor=VISITOR, now=now)
    rename_passkey(customer=world.ana, reference=key.reference, name="Desk", actor=VISITOR, now=now)
    assert passkeys_of(world.ana).get().name == "Desk"


@pytest.mark.parametrize(
    ("site", "possible"),
    [
        (SHOP, True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://a.example", False),
    ],
)
def test_where_browsers_do_it(settings: LazySettings, site: str, possible: bool) -> None:
    settings.SITE_URL = site
    assert are_possible() is possible
