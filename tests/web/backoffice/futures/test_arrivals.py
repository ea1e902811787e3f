"""Arrivals of lots in the back office: recorded, shown with what they cost, taken back."""

from __future__ import annotations

from html import unescape

from django.test import Client

from tests.rooms.futures.campaign import begin, buy
from tests.rooms.futures.settled import ask
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.futures.models import Arrival, Lot


def test_a_lot_comes_in_part_and_one_that_was_wrong_is_taken_back(owner_client: Client, world: World) -> None:
    lot = begin(world).lot
    url = f"/winery/cellar/lots/{lot.reference}/"
    today = local_time(read_clock()).date().isoformat()
    assert "60 of 60 are still to come" in unescape(owner_client.get(f"{url}arrival/").content.decode())
    typed = {"pieces": "20", "arrived_on": today, "cost": "412.50", "note": "First truck"}
    page = unescape(owner_client.post(f"{url}arrival/", typed, follow=True).content.decode())
    assert "You booked 20 of Barrels 1 to 4 in." in page and "$412.50" in page and "First truck" in page
    answer = owner_client.post(f"{url}arrival/", typed | {"pieces": "41"})
    assert answer.status_code == 400 and "40 of this lot are still to come." in unescape(
        answer.content.decode()
    )
    back = f"/winery/cellar/arrivals/{Arrival.objects.get().reference}/back/"
    page = unescape(owner_client.post(back, follow=True).content.decode())
    assert "You took 20 of Barrels 1 to 4 back." in page and "Taken back" in page
    assert Lot.objects.get().arrived == 0


def test_what_customers_were_asked_about_isnt_taken_back(owner_client: Client, world: World) -> None:
    futures = begin(world)
    buy(futures, world.ben, 12)
    typed = {"pieces": "60", "arrived_on": local_time(read_clock()).date().isoformat()}
    owner_client.post(f"/winery/cellar/lots/{futures.lot.reference}/arrival/", typed)
    ask(futures)
    back = f"/winery/cellar/arrivals/{Arrival.objects.get().reference}/back/"
    page = unescape(owner_client.post(back, follow=True).content.decode())
    assert "Call those settlements off first." in page and Arrival.objects.get().taken_back_at is None


def test_the_lists_say_what_they_are(owner_client: Client, world: World) -> None:
    for path, title in (("lots", "Lots en primeur"), ("commitments", "Commitments")):
        page = unescape(owner_client.get(f"/winery/cellar/{path}/").content.decode())
        assert f"<title>{title} ·" in page and page.count(f">{title}</h1>") == 1
