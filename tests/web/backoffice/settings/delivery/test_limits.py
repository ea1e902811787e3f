"""Volume limits in the back office: one by one, by file and from what comes with the program, with a look first."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rooms.delivery.limiting import limited
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.delivery.limits.operations import limit_values
from tirage.delivery.models import Destination, VolumeLimit
from tirage.delivery.starting import starting_limits

LIMITS = "/winery/settings/delivery/limits"
TYPED = {
    "place": "US-NY",
    "amount": "36",
    "unit": "case",
    "period": "year",
    "subject": "person",
    "first_day": "2026-01-01",
}


def shown(client: Client, path: str) -> str:
    return unescape(client.get(path).content.decode())


def carried(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]


def known() -> list[Any]:
    return [limit_values(one) for one in VolumeLimit.objects.select_related("destination").order_by("pk")]


def test_a_limit_is_made_said_and_its_change_told(owner_client: Client, world: World) -> None:
    answer = owner_client.post(f"{LIMITS}/new", TYPED, follow=True)
    page = unescape(answer.content.decode())
    assert "You saved the limit of New York." in page
    assert "36 cases for one person in a year, from January 1, 2026 on" in page
    assert "set a limit of New York" in page, "the log of changes"
    saved = VolumeLimit.objects.get()
    assert saved.millilitres == 324_000 and saved.checked_on == local_time(read_clock()).date()
    owner_client.post(f"{LIMITS}/{saved.reference}/", TYPED | {"amount": "4.5", "unit": "litre"})
    saved.refresh_from_db()
    assert (saved.millilitres, saved.unit, saved.destination) == (4_500, "litre", world.new_york)
    owner_client.post(f"{LIMITS}/{saved.reference}/remove")
    assert not VolumeLimit.objects.exists()


def test_what_overlaps_is_refused_beside_its_field(owner_client: Client, world: World) -> None:
    owner_client.post(f"{LIMITS}/new", TYPED)
    answer = owner_client.post(f"{LIMITS}/new", TYPED | {"first_day": "2027-01-01"})
    assert answer.status_code == 400
    assert "Give that one a last day" in answer.context["form"].errors["first_day"][0]
    answer = owner_client.post(f"{LIMITS}/new", TYPED | {"amount": "0.0001", "place": "US-OR"})
    assert answer.status_code == 400 and VolumeLimit.objects.count() == 1


def test_what_comes_with_the_program_counts_only_once_it_is_taken_over(
    owner_client: Client, world: World
) -> None:
    Destination.objects.create(country="US", state="TX", name="Texas")
    page = shown(owner_client, f"{LIMITS}/starting")
    assert not VolumeLimit.objects.exists() and "Not under Delivery yet" in page
    assert "45 bottles for one person in a month" in page and "Starting data, check it" in page
    rows = starting_limits()
    wanted = [number for number, one in enumerate(rows) if one.state in ("TX", "OR")]
    sent = {"shown": carried(page), "take": wanted}
    answer = owner_client.post(f"{LIMITS}/take", sent, follow=True)
    assert "You took 3 limits over." in unescape(answer.content.decode())
    assert known() == [rows[number] for number in wanted]
    again = shown(owner_client, f"{LIMITS}/starting")
    assert again.count("As it stands") == 3
    VolumeLimit.objects.update(millilitres=750, unit="bottle")
    answer = owner_client.post(f"{LIMITS}/take", {"shown": carried(again), "take": wanted}, follow=True)
    assert "Somebody changed this limit of Texas meanwhile" in unescape(answer.content.decode())
    assert set(VolumeLimit.objects.values_list("millilitres", flat=True)) == {750}


def test_a_file_shows_what_it_changes_before_it_is_taken_over(owner_client: Client, world: World) -> None:
    limited(world.new_york, 12, checked_on=date(2026, 5, 1), source="The state")
    limited(world.oregon, 24, "household", "quarter", last_day=date(2030, 1, 31))
    answer = owner_client.get("/winery/settings/delivery/export/limits.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    before = known()
    changed = re.sub(r"12(\.\d+)?([,;])bottle", r"18\2bottle", text)
    assert changed != text
    answer = owner_client.post(f"{LIMITS}/import", {"file": SimpleUploadedFile("a.csv", changed.encode())})
    page = unescape(answer.content.decode())
    assert "12 bottles for one person in a month" in page and "18 bottles for one person in a month" in page
    assert page.count("As it stands") == 1 and known() == before, "nothing is written by looking"
    owner_client.post(f"{LIMITS}/take", {"shown": carried(page), "take": ["0", "1"]})
    assert sorted(VolumeLimit.objects.values_list("millilitres", flat=True)) == [18 * 750, 24 * 750]
    answer = owner_client.post(
        f"{LIMITS}/import", {"file": SimpleUploadedFile("a.csv", changed.replace("bottle", "sack").encode())}
    )
    assert answer.status_code == 400 and "“sack” is none of" in unescape(answer.content.decode())


def test_home_reminds_of_old_and_ending_limits(owner_client: Client, world: World) -> None:
    today = local_time(read_clock()).date()
    fresh = limited(world.new_york, 12, checked_on=today - timedelta(days=300))
    assert "volume limit" not in shown(owner_client, "/winery/")
    limited(world.oregon, 12, checked_on=today - timedelta(days=365))
    assert "1 volume limit ends soon or hasn’t been checked for a year." in shown(owner_client, "/winery/")
    VolumeLimit.objects.filter(pk=fresh.pk).update(last_day=today + timedelta(days=30))
    assert "2 volume limits end soon" in shown(owner_client, "/winery/")
    assert shown(owner_client, LIMITS).count("Look at it") == 2
    VolumeLimit.objects.update(last_day=today - timedelta(days=1))
    assert "volume limit" not in shown(owner_client, "/winery/")
