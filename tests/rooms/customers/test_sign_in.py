"""Coming in without a password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.world import World
from tirage.core.actors import Actor, ActorKind, system
from tirage.core.errors import DomainError
from tirage.core.models import Event
from tirage.core.networks import network_of
from tirage.core.waits import WAITS, TooSoon
from tirage.customers.models import Customer, SignInRequest
from tirage.customers.operations import sign_out_everywhere, suspend_customer
from tirage.customers.sign_in import (
    REQUESTS_PER_EMAIL,
    REQUESTS_PER_NETWORK,
    LinkTooOld,
    SignedIn,
    SignInMail,
    make_campaign_link,
    prune_sign_in_requests,
    request_sign_in,
    sign_in_with_campaign_link,
    sign_in_with_code,
    sign_in_with_link,
)

VISITOR = Actor(ActorKind.CUSTOMER, None, "a visitor", "req-1")


def ask(email: str, now: datetime, ip: str = "203.0.113.5") -> SignInMail:
    return request_sign_in(email=email, next_path="/offer/", ip=ip, actor=VISITOR, now=now)


def enter(email: str, code: str, now: datetime) -> SignedIn:
    return sign_in_with_code(email=email, code=code, actor=VISITOR, now=now)


def follow(token: str, now: datetime) -> SignedIn:
    return sign_in_with_link(token=token, actor=VISITOR, now=now)


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_lets_in_once(world: World, now: datetime) -> None:
    mail = ask(" ANA@Example.com ", now)
    assert mail.customer == world.ana
    spaced = f"{mail.code[:3]} {mail.code[3:]}"
    signed_in = enter("Ana@example.com", spaced, now)
    assert (signed_in.customer, signed_in.next_path) == (world.ana, "/offer/")
    with pytest.raises(DomainError, match="doesn't fit"):
        enter("ana@example.com", mail.code, now)
    event = Event.objects.get(name="customer.signed_in")
    assert (event.actor_id, event.actor_label, event.request_id) == (world.ana.pk, "Ana Alvarez", "req-1")


def test_neither_code_nor_token_is_kept(world: World, now: datetime) -> None:
    mail = ask("ana@example.com", now)
    row = SignInRequest.objects.values().get()
    kept = " ".join(str(value) for value in row.values())
    assert mail.code not in kept.replace(row["code_hash"], "").replace(row["link_hash"], "")
    assert mail.link_token not in kept


def test_the_first_of_two_codes_still_fits(world: World, now: datetime) -> None:
    first = ask("ana@example.com", now)
    ask("ana@example.com", now + timedelta(seconds=20))
    assert enter("ana@example.com", first.code, now + timedelta(minutes=1)).customer == world.ana


def test_a_code_ends_with_its_fifteen_minutes(world: World, now: datetime) -> None:
    mail, late = ask("ana@example.com", now), ask("ben@example.com", now)
    assert enter("ana@example.com", mail.code, now + timedelta(minutes=14, seconds=59)).customer == world.ana
    with pytest.raises(DomainError, match="doesn't fit"):
        enter("ben@example.com", late.code, now + timedelta(minutes=15))


def test_wrong_codes_make_the_right_one_wait_and_never_the_link(world: World, now: datetime) -> None:
    mail = ask("ana@example.com", now)
    for _ in range(3):
        with pytest.raises(DomainError, match="doesn't fit"):
            enter("ana@example.com", other_code(mail.code), now)
    with pytest.raises(TooSoon) as refused:
        enter("ana@example.com", mail.code, now)
    assert refused.value.wait == WAITS[2]
    assert follow(mail.link_token, now).customer == world.ana
    assert enter("ana@example.com", mail.code, now + WAITS[2]).customer == world.ana


def test_guessing_is_as_slow_with_many_codes_out(world: World, now: datetime) -> None:
    """However many mails a stranger causes, there are as many guesses as waits allow, and not five a mail."""
    guesses, at = 0, now
    while at < now + timedelta(hours=3):
        if at.minute % 15 == now.minute % 15 and at.second == now.second:
            ask("ana@example.com", at)
        try:
            enter("ana@example.com", "no code", at)
        except TooSoon:
            pass
        except DomainError:
            guesses += 1
        at += timedelta(seconds=15)
    assert guesses == 10


@pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com"])
def test_waits_tell_nothing_about_the_address(world: World, now: datetime, email: str) -> None:
    ask(email, now)
    for _ in range(3):
        with pytest.raises(DomainError, match="doesn't fit"):
            enter(email, "nonsense", now)
    with pytest.raises(TooSoon):
        enter(email, "nonsense", now)


def test_a_flood_of_codes_keeps_nobody_out_of_a_known_device(world: World, now: datetime) -> None:
    mail = ask("ana@example.com", now)
    for _ in range(3):
        with pytest.raises(DomainError, match="doesn't fit"):
            enter("ana@example.com", other_code(mail.code), now)
    found = sign_in_with_code(
        email="ana@example.com", code=mail.code, device="her telephone", actor=VISITOR, now=now
    )
    assert found.customer == world.ana


def test_one_person_can_not_enter_with_anothers_code(world: World, now: datetime) -> None:
    mail = ask("ana@example.com", now)
    ask("ben@example.com", now)
    with pytest.raises(DomainError, match="doesn't fit"):
        enter("ben@example.com", mail.code, now)


def test_a_stranger_is_told_the_same_and_mailed_nothing(world: World, now: datetime) -> None:
    mail = ask("nobody@example.com", now)
    assert mail.customer is None
    assert SignInRequest.objects.get().email == "nobody@example.com"
    with pytest.raises(DomainError) as wrong:
        enter("nobody@example.com", mail.code, now)
    ask("ana@example.com", now)
    with pytest.raises(DomainError) as also_wrong:
        enter("ana@example.com", "000000", now)
    assert wrong.value.message == also_wrong.value.message
    with pytest.raises(DomainError):
        follow(mail.link_token, now)


def test_the_suspended_stay_out(world: World, now: datetime) -> None:
    assert ask("dora@example.com", now).customer is None
    mail = ask("ana@example.com", now)
    suspend_customer(customer=world.ana, reason="Asked us to", actor=world.staff, now=now)
    for attempt in (
        lambda: enter("ana@example.com", mail.code, now),
        lambda: follow(mail.link_token, now),
    ):
        with pytest.raises(DomainError):
            attempt()


def test_a_mailed_link_outlives_the_scanner_that_opens_it_first(world: World, now: datetime) -> None:
    mail = ask("ana@example.com", now)
    for _ in range(3):
        assert follow(mail.link_token, now + timedelta(minutes=1)).customer == world.ana
    with pytest.raises(DomainError, match="15 minutes"):
        follow(mail.link_token, now + timedelta(minutes=15))
    with pytest.raises(DomainError, match="15 minutes"):
        follow("guess", now)


@pytest.mark.parametrize("email", ["ana@example.com", "nobody@example.com"])
def test_mails_to_one_address_are_limited_known_or_not(world: World, now: datetime, email: str) -> None:
    for _ in range(REQUESTS_PER_EMAIL):
        ask(email, now)
    with pytest.raises(DomainError, match="several mails") as refused:
        ask(email, now + timedelta(minutes=14))
    assert refused.value.code == "too_many_requests"
    assert SignInRequest.objects.count() == REQUESTS_PER_EMAIL
    ask(email, now + timedelta(minutes=15))


def test_one_network_is_limited_over_all_addresses(world: World, now: datetime) -> None:
    rows = [
        SignInRequest(
            email=f"p{n}@example.com",
            link_hash=str(n),
            code_hash="",
            ip="203.0.113.5",
            made_at=now,
            expires_at=now,
        )
        for n in range(REQUESTS_PER_NETWORK)
    ]
    SignInRequest.objects.bulk_create(rows)
    with pytest.raises(DomainError, match="network"):
        ask("ana@example.com", now)
    assert ask("ana@example.com", now, ip="203.0.113.6").customer == world.ana


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("nonsense", ""),
    ],
)
def test_what_counts_as_one_network(ip: str, network: str) -> None:
    assert network_of(ip) == network


def campaign(world: World, now: datetime) -> str:
    return make_campaign_link(world.ana, "/offer/", now=now).rstrip("/").rpartition("/")[2]


def test_a_campaign_link_works_for_three_weeks(world: World, now: datetime) -> None:
    token = campaign(world, now)
    for days in (0, 5, 20):
        found = sign_in_with_campaign_link(token=token, actor=VISITOR, now=now + timedelta(days=days))
        assert isinstance(found, SignedIn)
        assert (found.customer, found.next_path) == (world.ana, "/offer/")
    late = sign_in_with_campaign_link(token=token, actor=VISITOR, now=now + timedelta(days=21))
    assert late == LinkTooOld(world.ana, "/offer/")


def test_signing_out_everywhere_ends_campaign_links(world: World, now: datetime) -> None:
    token = campaign(world, now)
    sign_out_everywhere(customer=world.ana, actor=world.staff, now=now)
    found = sign_in_with_campaign_link(token=token, actor=VISITOR, now=now)
    assert found == LinkTooOld(world.ana, "/offer/")


def test_a_campaign_link_of_somebody_suspended_or_forged_is_no_link(world: World, now: datetime) -> None:
    token = campaign(world, now)
    with pytest.raises(DomainError, match="no longer works"):
        sign_in_with_campaign_link(token=token[:-2] + "xx", actor=VISITOR, now=now)
    Customer.objects.filter(pk=world.ana.pk).update(status="suspended")
    with pytest.raises(DomainError, match="no longer works"):
        sign_in_with_campaign_link(token=token, actor=replace(VISITOR, label="x"), now=now)


def test_old_requests_are_forgotten_and_fresh_ones_kept(world: World, now: datetime) -> None:
    for at in (now - timedelta(days=2), now):
        request_sign_in(email=world.ana.email, next_path="/", ip="203.0.113.9", actor=system(), now=at)
    assert prune_sign_in_requests(now=now) == 1
    assert SignInRequest.objects.get().made_at == now
