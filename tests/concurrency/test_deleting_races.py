"""A draft is opened and deleted at once, on PostgreSQL with real threads: one of them is refused."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from tests.concurrency.crowd import Results, rush
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.errors import Conflict
from tirage.core.models import Event as Told
from tirage.offers.models import Offer
from tirage.offers.operations import activate_offer, deleting, hanging_on
from tirage.offers.operations.deleting import delete_offer, is_draft

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(transactional_db: None) -> tuple[World, Offer]:
    """The world's offer to Estate as it was before anybody opened it, committed."""
    world = build_world(read_clock())
    Offer.objects.filter(pk=world.estate_offer.pk).update(is_active=False, activated_at=None)
    world.estate_offer.refresh_from_db()
    return world, world.estate_offer


def race(world: World, offer: Offer, monkeypatch: pytest.MonkeyPatch) -> Results:
    """One deletes; between its look and its act another opens, if it can."""
    looked, opened, seen = Event(), Event(), hanging_on([offer]).key

    def look_and_linger(offers: Any) -> bool:
        found = is_draft(offers)
        looked.set()
        opened.wait(2)
        return found

    monkeypatch.setattr(deleting, "is_draft", look_and_linger)

    def open_it() -> str:
        assert looked.wait(10)
        activate_offer(offer=offer, knows_short=10**6, actor=world.staff, now=world.now)
        opened.set()
        return "opened"

    def delete_it() -> str:
        delete_offer(offer=offer, seen=seen, actor=world.staff, now=world.now)
        return "deleted"

    return rush([open_it, delete_it])


def test_a_draft_that_is_deleted_never_opens(
    draft: tuple[World, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = race(*draft, monkeypatch)
    assert results.answers == ["deleted"]
    assert [type(refusal) for refusal in results.refusals] == [Conflict]
    assert not Told.objects.filter(name="offer.activated").exists()


def test_control_without_the_lock_an_open_offer_is_deleted(
    draft: tuple[World, Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "locked_offer", lambda offer: Offer.objects.get(pk=offer.pk))
    results = race(*draft, monkeypatch)
    assert sorted(results.answers) == ["deleted", "opened"]
    assert Told.objects.filter(name="offer.activated").exists()
    assert not Offer.objects.filter(pk=draft[1].pk).exists()
