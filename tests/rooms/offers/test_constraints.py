"""The offers' walls."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db.models import F

from tests.rooms.constraints import Breach, assert_refused
from tests.world import World
from tirage.core.bounds import LAST_MOMENT, MOST_MINOR
from tirage.offers.models import CustomAllowance, GridDraft, Offer, OfferItem, Release


def same_group(world: World) -> None:
    Offer.objects.filter(pk=world.estate_offer.pk).update(group=world.premier)


def same_wine(world: World) -> None:
    world.estate_offer.items.filter(sku=world.magnum).update(sku=world.cabernet)


def allow(world: World, minimum: int, maximum: int) -> None:
    CustomAllowance.objects.create(
        offer_item=world.item(world.estate_offer, world.cabernet),
        customer=world.ben,
        purchase_minimum=minimum,
        purchase_maximum=maximum,
    )


def allowed_twice(world: World) -> None:
    allow(world, 0, 1)
    allow(world, 0, 2)


def drafted(world: World, *states: str) -> None:
    for state in states:
        GridDraft.objects.create(
            release=world.release,
            source="Paste",
            cells=[],
            state=state,
            made_at=world.now,
            actor_kind="staff",
            actor_label="Olive Owens",
        )


BREACHES: dict[str, Breach] = {
    "grid_draft_state_is_legal": lambda world: GridDraft.objects.create(
        release=world.release,
        source="Paste",
        cells=[],
        state="perhaps",
        made_at=world.now,
        ended_at=world.now,
    ),
    "grid_draft_one_open_of_a_source": lambda world: drafted(world, "open", "open"),
    "grid_draft_ended_has_its_time": lambda world: drafted(world, "applied"),
    "release_kind_is_legal": lambda world: Release.objects.update(kind="raffle"),
    "release_wish_kind_is_legal": lambda world: Release.objects.update(wish_kind="hope"),
    "release_changes_until_packing": lambda world: Release.objects.update(
        packing_on=date(2026, 11, 2), changes_until=date(2026, 11, 3)
    ),
    "offer_one_a_group": same_group,
    "offer_moments_in_bounds": lambda world: Offer.objects.update(closes_at=LAST_MOMENT + timedelta(days=1)),
    "offer_spend_minimum_in_bounds": lambda world: Offer.objects.update(spend_minimum_minor=MOST_MINOR + 1),
    "offer_item_price_in_bounds": lambda world: OfferItem.objects.update(price_minor=MOST_MINOR + 1),
    "offer_opens_before_it_closes": lambda world: Offer.objects.update(closes_at=F("opens_at")),
    "offer_maximum_reaches_minimum": lambda world: Offer.objects.update(bottles_minimum=6, bottles_maximum=5),
    "offer_spend_minimum_not_negative": lambda world: Offer.objects.update(spend_minimum_minor=-1),
    "offer_item_once": same_wine,
    "offer_item_maximum_reaches_minimum": lambda world: OfferItem.objects.update(purchase_minimum=13),
    "offer_item_default_within_maximum": lambda world: OfferItem.objects.update(default_quantity=13),
    "offer_item_multiple_positive": lambda world: OfferItem.objects.update(multiple=0),
    "offer_item_price_not_negative": lambda world: OfferItem.objects.update(price_minor=-1),
    "custom_allowance_once": allowed_twice,
    "custom_allowance_maximum_reaches_minimum": lambda world: allow(world, 2, 1),
}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_the_database_says_no(world: World, name: str) -> None:
    assert_refused(name, lambda: BREACHES[name](world))
