"""Drafts can be deleted, with what hangs on them; what was open or wanted stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.checkout.journey import buy
from tests.rooms.offers.test_releases import draft, window  # noqa: F401 - a fixture
from tests.world import World
from tirage.core.errors import Conflict, DomainError
from tirage.core.models import Event
from tirage.offers.models import CustomAllowance, Offer, OfferItem, Release
from tirage.offers.operations import (
    Hanging,
    ItemValues,
    activate_offer,
    deactivate_offer,
    delete_offer,
    delete_release,
    hanging_on,
    is_draft,
    save_custom_allowance,
    save_items,
    save_offer,
)
from tirage.wishes.models import Wish


def facts(world: World) -> dict[str, Any]:
    return {"actor": world.staff, "now": world.now}


def filled(world: World, offer: Offer) -> Offer:
    save_items(offer=offer, items=[ItemValues(sku_id=world.cabernet.pk, purchase_maximum=6)], **facts(world))
    save_custom_allowance(item=offer.items.get(), customer=world.ben, purchase_maximum=3, **facts(world))
    return offer


def test_an_offer_goes_with_its_items_and_allowances(world: World, draft: Offer) -> None:  # noqa: F811
    before = (OfferItem.objects.count(), CustomAllowance.objects.count())
    hanging = hanging_on([filled(world, draft)])
    assert hanging == Hanging(offers=1, items=1, allowances=1)
    delete_offer(offer=draft, seen=hanging.key, **facts(world))
    assert not Offer.objects.filter(pk=draft.pk).exists()
    assert (OfferItem.objects.count(), CustomAllowance.objects.count()) == before
    told = Event.objects.get(name="offer.deleted")
    assert told.text == "deleted the draft of the offer to Estate in Spring 2027"
    assert told.subject_id == draft.release_id


def test_a_release_goes_with_its_drafts(world: World, draft: Offer) -> None:  # noqa: F811
    other: dict[str, Any] = {"group": world.premier, "values": window(world)}
    save_offer(offer=None, release=draft.release, **other, **facts(world))
    delete_release(
        release=draft.release, seen=hanging_on(list(draft.release.offers.all())).key, **facts(world)
    )
    assert not Release.objects.filter(pk=draft.release_id).exists()
    assert Event.objects.get(name="release.deleted").text == "deleted the release Spring 2027"
    with pytest.raises(Conflict, match="no longer exists"):
        save_offer(offer=None, release=draft.release, **other, **facts(world))


def test_what_was_added_since_is_said_first(world: World, draft: Offer) -> None:  # noqa: F811
    seen = hanging_on([draft]).key
    filled(world, draft)
    with pytest.raises(Conflict, match="has changed since you looked"):
        delete_offer(offer=draft, seen=seen, **facts(world))
    with pytest.raises(Conflict, match="has changed since you looked"):
        delete_release(release=draft.release, seen=seen, **facts(world))
    assert Offer.objects.filter(pk=draft.pk).exists()


def kept(world: World, offer: Offer) -> None:
    for act in (
        lambda seen: delete_offer(offer=offer, seen=seen, **facts(world)),
        lambda seen: delete_release(release=offer.release, seen=seen, **facts(world)),
    ):
        with pytest.raises(DomainError, match="stays in the books"):
            act(hanging_on(list(offer.release.offers.all())).key)
    assert Offer.objects.filter(pk=offer.pk).exists()


def test_what_was_ever_open_stays(world: World, draft: Offer) -> None:  # noqa: F811
    activate_offer(offer=filled(world, draft), **facts(world))
    draft.refresh_from_db()
    kept(world, draft)
    later = facts(world) | {"now": draft.opens_at + timedelta(minutes=1)}
    deactivate_offer(offer=draft, **later)
    draft.refresh_from_db()
    kept(world, draft)


def test_what_was_taken_back_before_it_opened_is_a_draft_again(world: World, draft: Offer) -> None:  # noqa: F811
    activate_offer(offer=filled(world, draft), **facts(world))
    deactivate_offer(offer=draft, **facts(world))
    draft.refresh_from_db()
    delete_offer(offer=draft, seen=hanging_on([draft]).key, **facts(world))
    assert not Offer.objects.filter(pk=draft.pk).exists()


def test_what_somebody_bought_or_wishes_for_stays(world: World, draft: Offer) -> None:  # noqa: F811
    """Also where nobody wrote down that it was open."""
    item = filled(world, draft).items.get()
    assert is_draft([draft])
    wish = Wish.objects.create(
        customer=world.ben, offer_item=item, kind="request", asked=2, made_at=world.now, changed_at=world.now
    )
    kept(world, draft)
    wish.delete()
    assert is_draft([draft])
    buy(world, world.ben, {"CAB23": 2}, world.now)
    Offer.objects.filter(pk=world.estate_offer.pk).update(is_active=False, activated_at=None)
    world.estate_offer.refresh_from_db()
    kept(world, world.estate_offer)
