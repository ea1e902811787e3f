"""What can be done with a change by the team that sends wine where it may not go."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.rooms.delivery.limiting import limited
from tests.web.backoffice.changes.changing import open_change, page_of, pieces, send, text_of
from tests.world import World
from tirage.changes.models import ChangeDraft
from tirage.customers.models import Address
from tirage.offers.models import OfferItem

WHY = "New York takes at most 4 bottles for one person in one order"


@pytest.fixture
def draft(owner_client: Client, world_today: World) -> ChangeDraft:
    """Two bottles of Ben's become six, where New York takes four."""
    OfferItem.objects.filter(sku=world_today.cabernet).update(purchase_maximum=12)
    order = bought(world_today, world_today.ben, {"CAB23": 2})
    limited(world_today.new_york, 4, period="order")
    parts = {"line1": "1 Pine Street", "city": "Portland", "state": "OR", "postal_code": "97204"}
    Address.objects.create(customer=world_today.ben, recipient="Ben Baker", phone="503 555 0100", **parts)
    found = open_change(owner_client, order)
    send(owner_client, found, **pieces(order, world_today.cabernet, 6))
    return found


def offered(page: str) -> list[str]:
    return re.findall(r'name="instead" value="([^"]+)"', page)


def test_each_choice_leaves_nothing_against_it(
    owner_client: Client, world_today: World, draft: ChangeDraft
) -> None:
    page = page_of(owner_client, draft)
    assert WHY in text_of(page) and "Add 2 bottles instead of 4" in text_of(page)
    found = offered(page)
    assert {one.partition("=")[0] for one in found} == {"pieces", "method", "address"}
    for sent in found:
        back = {"address": "", "method": world_today.ground.reference}
        send(owner_client, draft, **back, **pieces(draft.order, world_today.cabernet, 6))
        assert WHY in text_of(page_of(owner_client, draft))
        assert send(owner_client, draft, instead=sent).status_code == 302
        after = text_of(page_of(owner_client, draft))
        assert WHY not in after and "What can be done" not in after, sent


def test_without_anything_against_it_nothing_is_offered(owner_client: Client, world_today: World) -> None:
    order = bought(world_today, world_today.ben, {"CAB23": 2})
    assert offered(page_of(owner_client, open_change(owner_client, order))) == []
