"""Items of one offer from a file."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.rooms.imports.conftest import Bring, notices, reasons, upload
from tests.world import World
from tirage.core.actors import system
from tirage.core.errors import DomainError
from tirage.imports.operations import check_import
from tirage.offers.models import OfferItem
from tirage.wishes.models import Wish

pytestmark = pytest.mark.django_db


def test_adds_and_changes_by_sku(world: World, bring: Bring) -> None:
    offer = world.estate_offer
    run = bring("offer-items", "Sku,Max,Offer price\nCAB23,4,$110\nSYR23-3,2,\n", offer=offer.reference)
    cabernet = world.item(offer, world.cabernet)
    assert (cabernet.purchase_maximum, cabernet.wish_maximum, cabernet.price_minor) == (4, 6, 110_00)
    assert world.item(offer, world.syrah_pack).position == 3
    assert offer.items.count() == 4
    assert run.outcome == "1 new item, 1 changed, in the offer to Estate."


def test_replacing_removes_the_others(world: World, bring: Bring) -> None:
    offer = world.estate_offer
    run = bring("offer-items", "Sku,Max\nCHA24,6\nCAB23,3\n", offer=offer.reference, replace=True)
    assert list(offer.items.order_by("position").values_list("sku__code", flat=True)) == ["CHA24", "CAB23"]
    assert "isn't in the file and will be removed" in notices(run)
    assert run.outcome.endswith("1 removed, in the offer to Estate.")


def test_what_customers_asked_for_is_not_removed(world: World, bring: Bring, now: datetime) -> None:
    item = world.item(world.estate_offer, world.magnum)
    Wish.objects.create(
        customer=world.ben, offer_item=item, kind="request", asked=1, made_at=now, changed_at=now
    )
    with pytest.raises(DomainError, match="is in carts, orders or wishes"):
        bring("offer-items", "Sku,Max\nCAB23,3\n", offer=world.estate_offer.reference, replace=True)
    assert OfferItem.objects.filter(pk=item.pk).exists()
    assert world.item(world.estate_offer, world.cabernet).purchase_maximum == 3


def test_the_builders_rules_hold(world: World, now: datetime) -> None:
    content = (
        "Sku,Min,Max,Default,Multiple\nCAB23,4,2,0,1\nCHA24,0,5,0,3\nSYR23-3,0,2,3,1\nNONE,0,1,0,1\n"
        "CAB23-MAG,0,2,0,1\nCAB23-MAG,0,1,0,1\n"
    )
    run = upload("offer-items", content, now, offer=world.estate_offer.reference)
    run = check_import(reference=run.reference, actor=system(), now=now)
    assert [(row, column) for row, column, _ in reasons(run)] == [
        (2, "Max"),
        (3, "Max"),
        (4, "Default"),
        (5, "Sku"),
        (7, "Sku"),
    ]


def test_rules_no_cart_can_meet_are_flagged(world: World, now: datetime) -> None:
    run = upload(
        "offer-items", "Sku,Max,Default\nCHA24,3,3\n", now, offer=world.welcome_offer.reference, replace=True
    )
    run = check_import(reference=run.reference, actor=system(), now=now)
    assert run.bad == 0 and run.notice_count == 2
    assert "6" in notices(run) and "will be removed" in notices(run)


def test_the_offer_has_to_be_named(world: World, bring: Bring) -> None:
    with pytest.raises(DomainError, match="There is no offer OFR-NONE"):
        bring("offer-items", "Sku,Max\nCHA24,3\n", offer="OFR-NONE")
