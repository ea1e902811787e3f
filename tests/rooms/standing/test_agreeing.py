"""Agreeing to a standing order: the words are kept, and nobody has two."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.standing.standing import agreed, offered
from tests.world import World, acting
from tirage.core.errors import Conflict, DomainError
from tirage.customers.models import Customer
from tirage.standing.agreeing import Wanted, agree, end, resume
from tirage.standing.models import StandingAgreement, StandingOrder
from tirage.standing.rules import WORDS
from tirage.standing.states import Amount
from tirage.standing.terms import current_terms, save_terms

FULL = Wanted(Amount.FULL)


def test_the_words_are_kept_as_they_were_read(world: World) -> None:
    offered(world, told_days=4)
    agreed(world, world.ana, Amount.CAPPED, 6)
    first = StandingAgreement.objects.get()
    assert "my allocation up to 6 bottles in all" in first.words and "4 days before" in first.words
    assert (first.version, first.at, first.actor_label) == (1, world.now, "Ana Alvarez")
    assert "Halcyon Ridge orders" in first.words and "{" not in first.words
    save_terms(values={"words": "I agree to {amount}."}, actor=world.staff, now=world.now)
    first.refresh_from_db()
    assert first.words.startswith("I agree that Halcyon Ridge")
    agreed(world, world.ana, Amount.CAPPED, 6)
    assert StandingAgreement.objects.count() == 1, "the same again changes nothing"
    agreed(world, world.ana)
    words = StandingAgreement.objects.order_by("pk").values_list("words", "version")
    assert list(words)[1] == ("I agree to my full allocation.", 2) and StandingOrder.objects.count() == 1


def test_words_that_changed_meanwhile_are_read_again(world: World) -> None:
    offered(world)
    version = current_terms().version
    save_terms(values={"words": "I agree to {amount}."}, actor=world.staff, now=world.now)
    with pytest.raises(Conflict) as changed:
        agree(customer=world.ana, wanted=FULL, version=version, actor=acting(world.ana), now=world.now)
    assert changed.value.code == "words_changed" and StandingOrder.objects.count() == 0


def test_what_is_missing_is_said(world: World) -> None:
    refusals = []

    def refused(customer: Customer, wanted: Wanted = FULL, **more: Any) -> None:
        facts: dict[str, Any] = {"version": 1, "actor": acting(customer), "now": world.now, **more}
        with pytest.raises(DomainError) as refusal:
            agree(customer=customer, wanted=wanted, **facts)
        refusals.append(refusal.value.code)

    refused(world.ana)
    offered(world)
    refused(world.dora)
    refused(world.clara)
    refused(world.ana, Wanted(Amount.CAPPED, 0))
    refused(world.ana, Wanted(Amount.CAPPED))
    refused(world.ana, Wanted(Amount.FULL, None, world.ben_home.reference))
    refused(world.ana, Wanted(Amount.FULL, None, "", world.ben_card.reference))
    refused(world.ana, actor=world.staff)
    Customer.objects.filter(pk=world.ana.pk).update(adult_confirmed_at=None)
    world.ana.refresh_from_db()
    refused(world.ana)
    young = world.now.date() - timedelta(days=20 * 365)
    Customer.objects.filter(pk=world.ana.pk).update(birth_date=young)
    refused(world.ana, adult_confirmed=True)
    world.ana_home.delete()
    world.ana_brooklyn.delete()
    refused(world.ana)
    assert refusals == [
        "not_offered",
        "suspended",
        "card_missing",
        "cap_invalid",
        "cap_invalid",
        "address_missing",
        "card_missing",
        "said_missing",
        "adult_missing",
        "too_young",
        "address_missing",
    ]
    assert StandingOrder.objects.count() == 0


def test_staff_note_what_a_customer_said(world: World) -> None:
    """They may although customers aren't offered it."""
    made = agree(
        customer=world.ben,
        wanted=FULL,
        version=1,
        said="On the telephone, November 3",
        actor=world.staff,
        now=world.now,
    )
    kept = made.agreements.get()
    assert (kept.said, kept.actor_kind) == ("On the telephone, November 3", "staff")


def test_after_an_end_another_may_begin(world: World) -> None:
    offered(world)
    first = agreed(world, world.ana)
    end(customer=world.ana, actor=acting(world.ana), now=world.now)
    with pytest.raises(DomainError, match="no standing order"):
        resume(customer=world.ana, actor=acting(world.ana), now=world.now)
    assert agreed(world, world.ana) != first


def test_terms_within_bounds_and_with_the_amount_in_their_words(world: World) -> None:
    values = {"told_days": 31, "kept_days": 0, "words": "I agree."}
    with pytest.raises(DomainError) as refused:
        save_terms(values=values, actor=world.staff, now=world.now)
    assert set(refused.value.fields) == {"told_days", "kept_days", "words"}
    assert "{amount}" in WORDS and current_terms().version == 1
