"""Suggested maximums keep to the rules of the offers, and wait on the grid as a draft."""

from __future__ import annotations

import pytest

from tests.rooms.planning.past import DAY, add_members, order, plan_again
from tests.world import World
from tirage.core.errors import DomainError
from tirage.inventory.models import Stock
from tirage.offers.models import OfferItem, Release
from tirage.planning.suggesting import SOURCE, Suggestion, Wanted, draft_suggestion, suggest_maximums

pytestmark = pytest.mark.django_db


@pytest.fixture
def again(world: World) -> Release:
    """Sixty of Estate, of whom half took two of three Cabernets the last time."""
    for number, member in enumerate(add_members(world, world.estate, 59)):
        if number % 2:
            order(member, world.estate_offer, world.now, {world.cabernet: 2})
    return plan_again(world, world.now + 20 * DAY)


def suggested(suggestion: Suggestion) -> dict[tuple[str, str], int]:
    return {
        (item.offer.group.name, item.sku.code): maximum
        for wine in suggestion.wines
        for item, _, maximum in wine.items
    }


def ask(world: World, release: Release, sell: float = 0.9, chance: float = 0.95) -> Suggestion:
    return suggest_maximums(release, Wanted(sell, chance), world.now + 10 * DAY)


def test_more_stock_and_a_smaller_chance_suggest_more(world: World, again: Release) -> None:
    few = suggested(ask(world, again))
    bold = suggested(ask(world, again, chance=0.4))
    Stock.objects.filter(sku=world.cabernet).update(on_hand=600)
    many = suggested(ask(world, again))
    cabernet = ("Estate", "CAB23")
    assert few[cabernet] < bold[cabernet] <= many[cabernet]


def test_the_offers_rules_are_kept(world: World, again: Release) -> None:
    """Chardonnay comes in threes for Premier, at least six; nobody may have more bottles than the cart may hold."""
    again.offers.update(bottles_maximum=9)
    Stock.objects.update(on_hand=50_000)
    OfferItem.objects.filter(offer__release=again, sku=world.chardonnay, multiple=3).update(
        purchase_minimum=6
    )
    found = suggested(ask(world, again, sell=1.0, chance=0.01))
    assert found["Premier", "CHA24"] == 9
    assert found["Estate", "CAB23"] == 9
    assert found["Premier", "SYR23-3"] == 3, "packs of three bottles"
    Stock.objects.update(on_hand=50)
    scarce = suggested(ask(world, again, sell=0.01))
    assert scarce["Premier", "CHA24"] == 6


def test_what_isnt_offered_or_isnt_there_stays(world: World, again: Release) -> None:
    OfferItem.objects.filter(offer__release=again, sku=world.magnum).update(purchase_maximum=0)
    Stock.objects.filter(sku=world.chardonnay).update(on_hand=0)
    found = ask(world, again)
    assert {code for _, code in suggested(found)} == {"CAB23", "SYR23-3"}
    assert {item.sku.code for item in found.without_stock} == {"CHA24"}


def test_it_is_kept_as_a_draft_of_the_grid(world: World, again: Release) -> None:
    before = list(OfferItem.objects.order_by("pk").values_list("purchase_maximum", flat=True))
    found = ask(world, again)
    draft = draft_suggestion(suggestion=found, actor=world.staff, now=world.now + 10 * DAY)
    assert draft.source == SOURCE and "90%" in draft.note
    kept = {(offer, sku): value for offer, sku, _, value in draft.cells}
    assert kept == {place: value for place, value in found.cells.items() if place in kept}
    assert len(kept) == found.changes > 0
    assert list(OfferItem.objects.order_by("pk").values_list("purchase_maximum", flat=True)) == before


def test_an_open_release_is_left_alone(world: World) -> None:
    with pytest.raises(DomainError, match="open"):
        suggest_maximums(world.release, Wanted(0.9, 0.95), world.now)
