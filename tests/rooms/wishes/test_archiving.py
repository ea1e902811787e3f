"""Wishes that are left when their offer is over: put away, never granted, put back as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import World, acting
from tirage.core.errors import Conflict, DomainError
from tirage.offers.models import Offer
from tirage.wishes.archiving import archive_one_of_many, archive_wish, restore_one_of_many, restore_wish
from tirage.wishes.models import Wish
from tirage.wishes.operations import decline_wish, set_wish


@pytest.fixture
def wish(world: World) -> Wish:
    """Ben's wish for two, in an offer that has closed since."""
    made = set_wish(
        customer=world.ben,
        offer_item_id=world.item(world.estate_offer, world.cabernet).pk,
        quantity=2,
        agreed=True,
        actor=acting(world.ben),
        now=world.now,
    )
    assert made
    Offer.objects.filter(pk=world.estate_offer.pk).update(closes_at=world.now + timedelta(minutes=1))
    return made


def test_a_wish_of_a_closed_offer_is_put_away_and_back_as_it_was(world: World, wish: Wish) -> None:
    later = world.now + timedelta(hours=1)
    before = Wish.objects.values("kind", "asked", "granted", "price_minor", "agreed_words").get()
    archived = archive_wish(wish_reference=wish.reference, actor=world.staff, now=later)
    assert (archived.state, archived.archived_at) == ("archived", later)
    with pytest.raises(Conflict, match="archived already"):
        decline_wish(wish_reference=wish.reference, reason="", actor=world.staff, now=later)
    restored = restore_wish(wish_reference=wish.reference, actor=world.staff, now=later)
    assert (restored.state, restored.archived_at) == ("open", None)
    assert Wish.objects.values(*before).get() == before


def test_a_wish_of_an_open_offer_stays(world: World, wish: Wish) -> None:
    with pytest.raises(DomainError, match="still open"):
        archive_wish(wish_reference=wish.reference, actor=world.staff, now=world.now)


def test_a_wish_that_is_being_granted_stays(world: World, wish: Wish) -> None:
    Wish.objects.update(granting=1)
    with pytest.raises(Conflict, match="being granted"):
        archive_wish(wish_reference=wish.reference, actor=world.staff, now=world.now + timedelta(hours=1))


def test_a_worker_that_died_after_the_act_finds_it_done(world: World, wish: Wish) -> None:
    """What was done before the run was drafted is somebody else's act, and is told as left."""
    later = world.now + timedelta(hours=1)
    act: dict[str, Any] = {"key": wish.reference, "actor": world.staff}
    for one in (archive_one_of_many, restore_one_of_many):
        one(**act, since=later, now=later)
        one(**act, since=later, now=later)
        with pytest.raises(Conflict):
            one(**act, since=later + timedelta(seconds=1), now=later)


def test_the_customer_may_take_an_archived_wish_back_when_the_offer_opens_again(
    world: World, wish: Wish
) -> None:
    archive_wish(wish_reference=wish.reference, actor=world.staff, now=world.now + timedelta(hours=1))
    facts: dict[str, Any] = {
        "customer": world.ben,
        "offer_item_id": wish.offer_item_id,
        "agreed": True,
        "actor": acting(world.ben),
    }
    set_wish(**facts, quantity=0, now=world.now)
    assert Wish.objects.values_list("state", "archived_at").get() == ("withdrawn", None)
    set_wish(**facts, quantity=1, now=world.now)
    assert Wish.objects.values_list("state", "asked").get() == ("open", 1)
