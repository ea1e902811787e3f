"""From a stranger's form to a customer: nobody is on the list before the mailed button is pressed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import World
from tirage.core.actors import Actor, ActorKind
from tirage.core.errors import DomainError
from tirage.core.models import Event, Winery
from tirage.core.winery import forget_winery
from tirage.customers.models import Customer, Group
from tirage.customers.operations import suspend_customer
from tirage.joining.models import SignUp, WaitingPlace
from tirage.joining.signing_up import (
    PER_MAILBOX,
    PER_NETWORK,
    Asked,
    confirm_sign_up,
    prune_sign_ups,
    sign_up,
)

WORDS = "Invite me to releases by mail."
VISITOR = Actor(ActorKind.CUSTOMER, None, "a visitor")


def opened(mode: str) -> None:
    Winery.objects.update(sign_up=mode)
    forget_winery()


def asked(world: World, **changes: Any) -> Asked:
    facts: dict[str, Any] = {
        "email": "Zoe@Example.com",
        "first_name": " Zoe ",
        "last_name": "Zander",
        "agrees": True,
        "agreed_words": WORDS,
        "source": "Tasting room",
        "ip": "203.0.113.7",
        "now": world.now,
        **changes,
    }
    return sign_up(**facts)


def test_a_form_makes_no_customer_and_its_button_does(world: World) -> None:
    opened("list")
    kept = asked(world)
    assert not Customer.objects.filter(email="zoe@example.com").exists()
    joined = confirm_sign_up(token=kept.token, actor=VISITOR, now=world.now)
    zoe = Customer.objects.get(email="zoe@example.com")
    assert joined.is_new and joined.customer == zoe and joined.place is None
    assert (zoe.name, zoe.source) == ("Zoe Zander", "Tasting room")
    assert zoe.marketing_consent_at == world.now and zoe.marketing_source == "sign_up"
    assert SignUp.objects.get().agreed_words == WORDS
    assert zoe.memberships.get().group == Group.objects.get(is_default=True)
    told = Event.objects.filter(customer_id=zoe.pk).values_list("name", "actor_label")
    assert ("customer.consent_changed", "Zoe Zander") in told
    again = confirm_sign_up(token=kept.token, actor=VISITOR, now=world.now)
    assert again.customer == zoe and not again.is_new


def test_without_the_tick_nobody_agreed(world: World) -> None:
    opened("list")
    kept = asked(world, agrees=False)
    zoe = confirm_sign_up(token=kept.token, actor=VISITOR, now=world.now).customer
    zoe.refresh_from_db()
    assert zoe.marketing_consent_at is None and SignUp.objects.get().agreed_words == ""


def test_who_waits_is_in_line_and_in_no_group(world: World) -> None:
    opened("waiting")
    joined = confirm_sign_up(token=asked(world, note="A friend").token, actor=VISITOR, now=world.now)
    place = WaitingPlace.objects.get()
    assert joined.place == place and place.since == world.now and place.note == "A friend"
    assert not joined.customer.memberships.exists()


def test_somebody_on_the_list_stays_as_they_are(world: World) -> None:
    """A stranger's form changes nothing of a customer: only the mailbox's owner presses the button."""
    opened("list")
    kept = asked(world, email=world.ana.email, first_name="Not", last_name="Ana")
    assert kept.is_known
    joined = confirm_sign_up(token=kept.token, actor=VISITOR, now=world.now)
    world.ana.refresh_from_db()
    assert joined.customer == world.ana and world.ana.first_name == "Ana" and not joined.is_new


@pytest.mark.parametrize("mode", ["list", "waiting"])
def test_a_suspended_account_stays_closed(world: World, mode: str) -> None:
    opened(mode)
    suspend_customer(customer=world.ana, reason="A test", actor=world.staff, now=world.now)
    kept = asked(world, email=world.ana.email)
    with pytest.raises(DomainError) as refused:
        confirm_sign_up(token=kept.token, actor=VISITOR, now=world.now)
    assert refused.value.code == "suspended"


def test_what_is_refused(world: World) -> None:
    with pytest.raises(DomainError) as shut:
        asked(world)
    assert shut.value.code == "sign_up_closed", "as an installation begins"
    opened("list")
    for changes, code in (({"email": "zoe"}, "email_invalid"), ({"first_name": " "}, "name_missing")):
        with pytest.raises(DomainError) as refused:
            asked(world, **changes)
        assert refused.value.code == code
    kept = asked(world)
    for token, at in ((kept.token + "x", world.now), (kept.token, world.now + timedelta(days=3))):
        with pytest.raises(DomainError) as late:
            confirm_sign_up(token=token, actor=VISITOR, now=at)
        assert late.value.code == "link_wrong"
    opened("closed")
    with pytest.raises(DomainError) as full:
        confirm_sign_up(token=kept.token, actor=VISITOR, now=world.now)
    assert (
        full.value.code == "sign_up_closed" and not Customer.objects.filter(email="zoe@example.com").exists()
    )


def test_no_mailbox_and_no_network_is_flooded(world: World) -> None:
    opened("list")
    for _ in range(PER_MAILBOX):
        asked(world)
    with pytest.raises(DomainError) as mailbox:
        asked(world, ip="198.51.100.9")
    assert mailbox.value.code == "too_many_requests"
    for number in range(PER_NETWORK - PER_MAILBOX):
        asked(world, email=f"guest{number}@example.com")
    with pytest.raises(DomainError) as network:
        asked(world, email="late@example.com")
    assert network.value.code == "too_many_requests"
    asked(world, email="late@example.com", now=world.now + timedelta(hours=1))


def test_forms_that_nobody_confirmed_are_forgotten(world: World) -> None:
    opened("list")
    confirm_sign_up(token=asked(world).token, actor=VISITOR, now=world.now)
    asked(world, email="never@example.com")
    assert prune_sign_ups(now=world.now + timedelta(days=29)) == 0
    assert prune_sign_ups(now=world.now + timedelta(days=31)) == 1
    assert SignUp.objects.get().email == "zoe@example.com"
