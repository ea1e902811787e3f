"""Deleting drafts from their pages."""

from __future__ import annotations

import re

from django.test import Client

from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.offers.models import Offer, Release


def test_a_draft_is_deleted_from_its_page_after_saying_what_goes(owner_client: Client, world: World) -> None:
    Offer.objects.update(is_active=False, activated_at=None)
    offer = f"/winery/releases/offers/{world.estate_offer.reference}/"
    assert "Delete this draft" in words_of(owner_client.get(offer))
    page = owner_client.get(offer + "delete/")
    count = world.estate_offer.items.count()
    assert f"Wines in them {count}" in words_of(page)
    seen = re.findall(r'name="seen" value="([^"]+)"', page.content.decode())[0]
    stale = owner_client.post(offer + "delete/", {"seen": "1.0.0"}, follow=True)
    assert "Look again at what would be deleted." in words_of(stale)
    answer = owner_client.post(offer + "delete/", {"seen": seen}, follow=True)
    assert "You deleted the offer to Estate." in words_of(answer)
    release = f"/winery/releases/{world.release.reference}/"
    assert "Delete this release" in words_of(owner_client.get(release))
    seen = re.findall(r'name="seen" value="([^"]+)"', owner_client.get(release + "delete/").content.decode())[
        0
    ]
    owner_client.post(release + "delete/", {"seen": seen})
    assert not Release.objects.exists()


def test_what_was_open_has_no_button(owner_client: Client, world: World) -> None:
    for path in (
        f"/winery/releases/offers/{world.estate_offer.reference}/",
        f"/winery/releases/{world.release.reference}/",
    ):
        assert "Delete this" not in words_of(owner_client.get(path))
        page = owner_client.get(path + "delete/")
        assert "It stays in the books" in words_of(page) and 'name="seen"' not in page.content.decode()
