"""Settling a release in the back office: previewed, asked, watched, called off."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from django.test import Client

from tests.rooms.futures.campaign import begin, buy
from tests.rooms.futures.settled import arrive, ask
from tests.web.backoffice.settings.delivery.test_limits import carried
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.futures.models import Settlement, StorageTerm
from tirage.futures.settling.asking import look_after_settlements


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


def test_terms_of_storage_are_set_and_what_nobody_chose_is_decided(
    owner_client: Client, world: World
) -> None:
    url = "/winery/cellar/storage/"
    today = local_time(read_clock()).date()
    typed = {
        "first_day": today.isoformat(),
        "a_day": "0.0279",
        "per": "case",
        "free_days": "30",
        "charged": "monthly",
        "undecided": "person",
        "transfers": "on",
    }
    page = unescape(owner_client.post(url, typed).content.decode())
    assert "Write what a case costs that goes to another bond." in page
    page = unescape(owner_client.post(url, typed | {"transfer": "9"}, follow=True).content.decode())
    assert "$0.0279 a case and day, free for 30 days, charged each month" in page
    early = typed | {"first_day": (today - timedelta(days=1)).isoformat(), "transfer": "9"}
    assert "days that are over keep what they cost" in unescape(
        owner_client.post(url, early).content.decode()
    )
    StorageTerm.objects.update(first_day=local_time(world.now).date())
    futures = begin(world)
    buy(futures, world.ben, 12)
    arrive(futures, 12)
    (settlement,) = ask(futures)
    look_after_settlements(now=world.now + timedelta(days=32))
    page = f"/winery/releases/{futures.release.reference}/settling/"
    shown = unescape(owner_client.get(page).content.decode())
    assert "Your team decides" in shown and "Ask again" in shown
    assert "needs somebody" in unescape(owner_client.get("/winery/").content.decode())
    decide = f"/winery/releases/settlements/{settlement.reference}/decide"
    assert "Choose what becomes of it." in unescape(owner_client.post(decide, follow=True).content.decode())
    kept = unescape(owner_client.post(decide, {"act": "keep"}, follow=True).content.decode())
    assert "stays in the cellar" in kept
    asked = unescape(owner_client.post(decide, {"act": "ask"}, follow=True).content.decode())
    assert "You asked again about" in asked and "Waits for the customer" in asked
