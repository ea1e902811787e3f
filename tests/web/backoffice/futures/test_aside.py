"""Wine en primeur for a customer on the line: chosen by the team, agreed to by the customer."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from django.test import Client

from tests.rooms.futures.campaign import begin, plan
from tests.world import World
from tirage.checkout.models import Cart
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.offers.models import Offer, OfferItem


def text_of(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def test_it_is_set_aside_seen_and_taken_back(owner_client: Client, world: World) -> None:
    futures = begin(world)
    plan(futures)
    Offer.objects.filter(pk=futures.offer.pk).update(closes_at=read_clock() + timedelta(days=3))
    key = OfferItem.objects.get(offer=futures.offer).pk
    customer = f"/winery/customers/{world.ben.reference}/"
    assert "Set aside of En primeur 2025" in text_of(owner_client.get(customer))
    url = f"{customer}en-primeur/"
    assert "They may have 24 more; 60 are free." in text_of(owner_client.get(url))
    until = (local_time(read_clock()) + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M")
    answer = owner_client.post(url, {f"item-{key}": "25", "kept_until": until})
    assert answer.status_code == 400 and "they may have 24 more" in text_of(answer)
    page = text_of(owner_client.post(url, {f"item-{key}": "6", "kept_until": until}, follow=True))
    assert "Ben Baker" in page and "6 × Cabernet Sauvignon 2025" in page
    assert "Waits for their word" in text_of(owner_client.get(customer))
    back = f"/winery/cellar/aside/{Cart.objects.get(kept_until__isnull=False).reference}/back"
    assert "free again" in text_of(owner_client.post(back, follow=True))
    assert "Nothing waits." in text_of(owner_client.get("/winery/cellar/aside/"))


def test_without_an_open_offer_there_is_nothing_to_set_aside(owner_client: Client, world: World) -> None:
    answer = owner_client.get(f"/winery/customers/{world.ben.reference}/en-primeur/", follow=True)
    assert "No offer en primeur is open" in text_of(answer)
