"""Building a filter by clicking, and where it goes from there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.world import World
from tirage.segments.measuring import measure_segments
from tirage.segments.models import CustomerList, Segment
from tirage.segments.operations import save_segment

HOUR = timedelta(hours=1)
BUILD = "/winery/customers/segments/build/"


def said(answer: Any) -> str:
    """The page's text in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace(" .", ".")


def test_rows_become_a_sentence_a_count_and_a_link(world: World, owner_client: Client) -> None:
    rows = {
        "join-0": "all",
        "kind-0-0": "tier",
        "join-0-1": "any",
        "kind-0-1-0": "state",
        "v-0-1-0-state": "CA",
        "kind-0-1-1": "suspended",
        "not-0-1-1": "1",
    }
    page = owner_client.get(BUILD, rows)
    assert "Everybody who is in an allocation group and (lives in California or is not suspended)." in said(
        page
    )
    assert "2 customers fit" in said(page)
    link = "all(tier(),any(state(state:CA),not(suspended())))"
    assert f'href="{BUILD}?filter={link}"' in page.content.decode()
    again = owner_client.get(BUILD, {"filter": link})
    assert again.context["text"] == link and "2 customers fit" in said(again)
    found = owner_client.get("/winery/customers/", {"filter": link})
    assert found.context["list"].count == 2
    assert "Who is in an allocation group and (lives in California" in said(found)


@pytest.mark.parametrize(
    ("do", "rows"),
    [
        ("add-0", ["0", "0-0", "0-1"]),
        ("bracket-0", ["0", "0-0", "0-1", "0-1-0", "0-1-1"]),
        ("drop-0-0", ["0"]),
        ("nonsense", ["0", "0-0"]),
    ],
)
def test_buttons_add_and_take_away_rows_without_a_script(
    world: World, owner_client: Client, do: str, rows: list[str]
) -> None:
    page = owner_client.get(BUILD, {"join-0": "all", "kind-0-0": "tier", "do": do})
    assert [row.path for row in page.context["root"].walk()] == rows


def test_what_is_missing_is_said_beside_its_row_and_nobody_is_counted(
    world: World, owner_client: Client
) -> None:
    page = owner_client.get(BUILD, {"join-0": "all", "kind-0-0": "spent", "v-0-0-from": "lots"})
    assert "type an amount such as 5000" in said(page)
    assert "Fill in what is missing" in said(page) and "fit " not in said(page)


def test_a_filter_that_cant_be_read_finds_nobody_and_its_chip_says_why(
    world: World, owner_client: Client
) -> None:
    page = owner_client.get("/winery/customers/", {"filter": "tier(", "state": "CA"})
    assert page.context["list"].count == 0
    assert "This filter can’t be read" in said(page)


def test_it_is_saved_as_a_segment_compared_frozen_and_explained(world: World, owner_client: Client) -> None:
    new = "/winery/customers/segments/new/"
    owner_client.post(new, {"name": "Tiered", "note": "", "definition": "tier()"})
    tiered = Segment.objects.get()
    west = save_segment(
        segment=None,
        name="West",
        note="",
        definition="any(state(state:CA),state(state:OR))",
        actor=world.staff,
        now=world.now,
    )
    measure_segments(now=world.now)
    page = owner_client.get(f"/winery/customers/segments/{tiered.reference}/", {"with": west.reference})
    assert (
        page.context["overlap"].both,
        page.context["overlap"].only_this,
        page.context["overlap"].only_other,
    ) == (1, 2, 1)
    for part, count in (("both", 1), ("only_this", 2), ("only_other", 1)):
        assert owner_client.get(page.context["overlap_urls"][part]).context["list"].count == count
    owner_client.post("/winery/customers/segments/lists/new/", {"name": "Kept", "filter": "tier()"})
    assert CustomerList.objects.get().total == 3
    for parameter, value in (
        ("segment", tiered.reference),
        ("on_list", CustomerList.objects.get().reference),
    ):
        assert owner_client.get("/winery/customers/", {parameter: value}).context["list"].count == 3
    why = owner_client.get(f"/winery/customers/{world.clara.reference}/segments/")
    assert [(one.segment.name, one.holds) for one in why.context["verdicts"]] == [
        ("West", True),
        ("Tiered", False),
    ]
    assert [(line.words, line.holds) for line in why.context["verdicts"][0].reasons] == [
        ("Any of these:", True),
        ("lives in California", False),
        ("lives in Oregon", True),
    ]


def test_a_bulk_move_takes_whom_the_filter_found(world: World, owner_client: Client) -> None:
    sent = {
        "every": "1",
        "query": "filter=not(tier())",
        "found": "1",
        "group": world.employees.reference,
        "act": "add",
    }
    answer = owner_client.post("/winery/customers/moves/", sent, follow=True)
    assert answer.context["preview"].total == 1


def test_who_entered_and_left_is_told_day_by_day(world: World, owner_client: Client) -> None:
    west = save_segment(
        segment=None, name="West", note="", definition="state(state:CA)", actor=world.staff, now=world.now
    )
    address = f"/winery/customers/segments/{west.reference}/"
    measure_segments(now=world.now)
    assert "Who entered and left" not in said(owner_client.get(address))
    for days, definition in ((1, "any(state(state:CA),state(state:NY))"), (2, "state(state:NY)")):
        at = world.now + timedelta(days=days)
        save_segment(
            segment=west, name="West", note="", definition=definition, actor=world.staff, now=at - HOUR
        )
        measure_segments(now=at)
    latest = owner_client.get(address).context["moves"]
    assert [(move.customer, move.entered) for move in latest.rows] == [
        (world.ana, False),
        (world.ben, True),
    ]
    first = latest.days[-1]
    of_day = owner_client.get(address, {"day": first.day.isoformat()}).context["moves"]
    assert [(move.customer, move.entered) for move in of_day.rows] == [(world.ben, True)] and not of_day.more
    assert "+1 −0, definition changed" in said(owner_client.get(address, {"day": "nonsense"}))
