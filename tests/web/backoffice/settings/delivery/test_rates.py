"""Rates that begin on a day: on their pages, and from files with a look before."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.hands import Hand
from tests.world import World
from tirage.delivery.models import BEGINNING, Rate, RateTable

NEXT = "2031-01-01"


def at(world: World, day: str = "") -> str:
    return f"/winery/settings/delivery/methods/{world.ground.reference}/rates{day and '/' + day}"


def begin(client: Client, world: World, day: str = NEXT) -> None:
    answer = client.post(at(world, "new"), {"first_day": day})
    assert answer.status_code == 302 and answer["Location"].endswith(f"/rates/{day}")


def prices(world: World, day: date) -> list[int]:
    found = Rate.objects.filter(table__method=world.ground, table__first_day=day, zone=world.west)
    return list(found.order_by("up_to_milli").values_list("price_minor", flat=True))


def test_next_years_rates_begin_as_a_copy_and_wait(owner_client: Client, world: World) -> None:
    begin(owner_client, world)
    assert prices(world, date(2031, 1, 1)) == prices(world, BEGINNING) == [18_00, 24_00, 36_00]
    page = owner_client.get(at(world, NEXT)).content.decode()
    assert "From January 1, 2031" in page and "Waits" in page and "In force" in page
    sent = Hand.open(owner_client, at(world, NEXT), "backoffice:delivery_rates_from").send(
        {"price-1-0": "19"}
    )
    assert sent.status_code == 302
    assert prices(world, date(2031, 1, 1))[0] == 19_00 and prices(world, BEGINNING)[0] == 18_00
    assert owner_client.post(at(world, "new"), {"first_day": NEXT}).status_code == 400
    assert owner_client.post(at(world, "new"), {"first_day": "1999-01-01"}).status_code == 400
    assert owner_client.post(at(world, f"{NEXT}/remove")).status_code == 302
    assert list(RateTable.objects.filter(method=world.ground).values_list("first_day", flat=True)) == [
        BEGINNING
    ]


def test_days_that_are_none_are_not_found(owner_client: Client, world: World) -> None:
    for day in ("2031-01-02", "2031-13-01", "soon"):
        assert owner_client.get(at(world, day)).status_code == 404


def test_without_a_day_the_page_shows_what_is_in_force(owner_client: Client, world: World) -> None:
    today = world.now.date()
    begin(owner_client, world, (today - timedelta(days=3)).isoformat())
    assert owner_client.get(at(world)).context["table"].first_day == today - timedelta(days=3)


FILE = (
    "Method;In force from;Zone;Up to bottles;Price\n"
    "Ground;;West;3;18.00\nGround;;West;6;25.00\nGround;;East;3;28.00\nGround;;East;6;36.00\n"
    "Ground;;East;12;52.00\nGround;2031-01-01;West;12;40.00\n"
)


def read(client: Client, text: str = FILE) -> Any:
    file = SimpleUploadedFile("rates.csv", text.encode())
    return client.post("/winery/settings/delivery/rates/import", {"file": file})


def shown_in(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_file_is_shown_as_what_it_changes_before_anything_is(owner_client: Client, world: World) -> None:
    before = list(Rate.objects.order_by("pk").values())
    answer = read(owner_client)
    told = [
        (
            row["since"],
            row["cell"].zone.name,
            row["cell"].up_to_milli,
            row["cell"].stands,
            row["cell"].becomes,
        )
        for row in answer.context["changes"]
    ]
    assert told == [
        ("", "West", 6_000, 24_00, 25_00),
        ("", "West", 12_000, 36_00, None),
        ("from January 1, 2031", "West", 12_000, None, 40_00),
    ]
    assert answer.context["same"] == 4 and list(Rate.objects.order_by("pk").values()) == before
    shown = shown_in(answer.content.decode())
    owner_client.post("/winery/settings/delivery/rates/take", {"shown": shown, "take": ["0", "2"]})
    assert prices(world, BEGINNING) == [18_00, 25_00, 36_00], "what wasn't ticked stays"
    assert prices(world, date(2031, 1, 1)) == [40_00]


def test_what_somebody_changed_since_the_look_is_not_taken_over(owner_client: Client, world: World) -> None:
    shown = shown_in(read(owner_client).content.decode())
    Rate.objects.filter(table__method=world.ground, zone=world.west, up_to_milli=6_000).update(price_minor=1)
    take = {"shown": shown, "take": ["0", "1", "2"]}
    answer = owner_client.post("/winery/settings/delivery/rates/take", take, follow=True)
    assert "Somebody changed the rates of Ground into West meanwhile" in answer.content.decode()
    assert prices(world, BEGINNING) == [18_00, 1, 36_00]
    assert not RateTable.objects.filter(first_day=date(2031, 1, 1)).exists()


def test_a_file_with_two_prices_for_one_step_is_refused(owner_client: Client, world: World) -> None:
    answer = read(owner_client, FILE + "ground;;west;3;99\n")
    assert answer.status_code == 400 and "another price" in answer.content.decode()
    assert read(owner_client, FILE + "Ground;1999-01-01;West;3;9\n").status_code == 400
