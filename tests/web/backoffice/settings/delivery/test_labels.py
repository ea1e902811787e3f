"""Registrations of labels as a file: out, back in beside what stands, and taken over as they were seen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rooms.delivery.limiting import law
from tests.web.backoffice.settings.delivery.test_limits import carried
from tests.world import World
from tirage.core.models import Event
from tirage.delivery.models import LabelRegistration, Law

LAWS = "/winery/settings/delivery/laws"
HEAD = "Country,State,Code,Registered,To\n"


@pytest.fixture
def asks(world: World) -> Law:
    """New York takes only registered labels: Cabernet's is, without an end."""
    found = law(world.new_york, "labels")
    found.registrations.create(vintage=world.cabernet.vintage)
    return found


def read(client: Client, text: str) -> Any:
    return client.post(f"{LAWS}/labels/import", {"file": SimpleUploadedFile("a.csv", text.encode())})


def take(client: Client, page: Any, *ticked: int) -> str:
    sent = {"shown": carried(page.content.decode()), "take": [str(one) for one in ticked]}
    answer = client.post(f"{LAWS}/labels/take", sent, follow=True)
    return str(answer.content.decode())


def registered() -> dict[str, date | None]:
    kept = LabelRegistration.objects.values_list("law__destination__state", "vintage__wine__name", "last_day")
    return {f"{state} {wine}": end for state, wine, end in kept}


def test_what_goes_out_comes_back_unchanged(owner_client: Client, world: World, asks: Law) -> None:
    LabelRegistration.objects.update(last_day=date(2030, 6, 30))
    answer = owner_client.get("/winery/settings/delivery/export/labels.csv")
    text = b"".join(answer).decode("utf-8-sig")
    assert "US,NY,CAB23,yes,2030-06-30," in text and str(world.cabernet.vintage) in text
    page = read(owner_client, text)
    assert page.status_code == 200 and "There is nothing to take over" in page.content.decode()


def test_ticked_rows_are_taken_over_and_told(owner_client: Client, world: World, asks: Law) -> None:
    page = read(owner_client, f"{HEAD}US,ny,cha24,,2031-12-31\nUS,NY,CAB23,no,\n")
    words = page.content.decode()
    assert f"{world.chardonnay.vintage}: registered until December 31, 2031" in words
    assert f"{world.cabernet.vintage}: not registered" in words
    assert "You took 2 registrations over" in take(owner_client, page, 0, 1)
    assert registered() == {f"NY {world.chardonnay.vintage.wine.name}": date(2031, 12, 31)}
    said = Event.objects.filter(subject_kind="law", subject_id=asks.pk).latest("pk").text
    assert said.startswith("changed registered labels of New York by a file: ") and "not registered" in said


def test_next_years_law_has_it_too(owner_client: Client, world: World, asks: Law) -> None:
    law(world.new_york, "labels", first_day=date(2099, 1, 1))
    page = read(owner_client, f"{HEAD}US,NY,CAB23,yes,\n")
    assert "Take over all 1" in page.content.decode(), "this year's has it, next year's doesn't"
    take(owner_client, page, 0)
    assert LabelRegistration.objects.filter(vintage=world.cabernet.vintage, last_day=None).count() == 2


def test_a_magnum_is_of_the_same_label(owner_client: Client, world: World, asks: Law) -> None:
    assert "nothing to take over" in read(owner_client, f"{HEAD}US,NY,CAB23-MAG,yes,\n").content.decode()


def test_unknown_wines_and_places_without_such_a_law_are_named(
    owner_client: Client, world: World, asks: Law
) -> None:
    page = read(owner_client, f"{HEAD}US,NY,NONE,yes,\nUS,OR,CAB23,yes,\n").content.decode()
    assert "Not to be taken over" in page and "there is no wine with the code NONE" in page
    assert "oregon has no law here that asks for registered labels" in page


def test_what_somebody_changed_since_is_refused_all_of_it(
    owner_client: Client, world: World, asks: Law
) -> None:
    page = read(owner_client, f"{HEAD}US,NY,CHA24,yes,\nUS,NY,CAB23,yes,2031-01-01\n")
    LabelRegistration.objects.update(last_day=date(2029, 1, 1))
    assert "Nothing was taken over." in take(owner_client, page, 0, 1)
    assert registered() == {f"NY {world.cabernet.vintage.wine.name}": date(2029, 1, 1)}


def test_bad_rows_are_named_and_nothing_is_shown(owner_client: Client, world: World, asks: Law) -> None:
    answer = read(owner_client, f"{HEAD}US,NY,CAB23,perhaps,\nUS,NY,CAB23,yes,soon\n")
    words = answer.content.decode()
    assert answer.status_code == 400 and "neither yes nor no" in words and "is not a day" in words
