"""Settling a release in the back office: previewed, asked, watched, called off."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from django.test import Client

from tests.rooms.futures.campaign import begin, buy
from tests.rooms.futures.settled import arrive
from tests.web.backoffice.settings.delivery.test_limits import carried
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.futures.models import Settlement


def test_who_can_be_asked_is_shown_asked_and_called_off(owner_client: Client, world: World) -> None:
    futures = begin(world)
    buy(futures, world.ben, 12)
    url = f"/winery/releases/{futures.release.reference}/settling/"
    assert "No order’s wine is there" in unescape(owner_client.get(url).content.decode())
    arrive(futures, 12)
    page = unescape(owner_client.get(url).content.decode())
    assert "Ben Baker" in page and "Ask them by mail" in page
    due = (local_time(read_clock()).date() + timedelta(days=30)).isoformat()
    typed = {"shown": carried(page), "precedence": "oldest", "due_on": due}
    page = unescape(owner_client.post(url, typed, follow=True).content.decode())
    assert "You asked 1 customer where the wine goes" in page and "Waits for the customer" in page
    again = owner_client.post(url, typed)
    assert again.status_code == 400 and "Something has changed since this was shown." in unescape(
        again.content.decode()
    )
    off = f"/winery/releases/settlements/{Settlement.objects.get().reference}/off"
    assert "Called off" in unescape(owner_client.post(off, follow=True).content.decode())


def test_an_allocation_is_not_settled(owner_client: Client, world: World) -> None:
    assert owner_client.get(f"/winery/releases/{world.release.reference}/settling/").status_code == 404
