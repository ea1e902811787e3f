"""The page of a release's report: what it says, where its figures lead, what is taken along, goals."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote, urlencode

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.web.conftest import ClientAs
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.offers.models import Offer, Release
from tirage.reports.models import Goal
from tirage.staff.states import Role


@pytest.fixture
def place(world_today: World) -> str:
    """Ben bought two bottles of Cabernet, Ana none."""
    bought(world_today, world_today.ben, {"CAB23": 2})
    return f"/winery/releases/{world_today.release.reference}/report/"


def test_it_says_how_the_release_sells(owner_client: Client, place: str, world_today: World) -> None:
    page = words_of(owner_client.get(place))
    assert "Bottles sold 2 of 36 offered" in page
    assert "Customers who bought 1 of 2" in page
    assert words_of(owner_client.get(place[: -len("report/")])).count("Report") == 1


def test_each_figure_of_people_leads_to_its_list(
    owner_client: Client, place: str, world_today: World
) -> None:
    html = owner_client.get(place).content.decode()
    links = re.findall(
        r'<a href="([^"]*filter=[^"]*)">([A-Za-z ]+)</a><strong class="figures">(\d+)</strong>', html
    )
    assert [(label, count) for _, label, count in links] == [
        ("Offered", "2"), ("Invited", "0"), ("Saw it", "0"), ("In the cart now", "0"), ("Bought", "1"),
        ("Not yet", "1"),
    ]  # fmt: skip
    for href, _, count in links:
        found = words_of(owner_client.get(unescape(href)))
        assert f"{count} customer" in found or count == "0"
    bought_by = words_of(owner_client.get(unescape(links[4][0])))
    not_yet = words_of(owner_client.get(unescape(links[5][0])))
    assert world_today.ben.name in bought_by and world_today.ana.name not in bought_by
    assert world_today.ana.name in not_yet and world_today.ben.name not in not_yet


def test_it_looks_again_by_itself_while_it_is_open(owner_client: Client, place: str) -> None:
    assert 'hx-trigger="every 30s"' in owner_client.get(place).content.decode()
    part = owner_client.get(place, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "Bottles sold" in part
    Offer.objects.update(closes_at=read_clock())
    assert 'hx-trigger="every 30s"' not in owner_client.get(place).content.decode()


def test_it_stands_beside_another_release(owner_client: Client, place: str, world_today: World) -> None:
    other = Release.objects.create(name="Spring before", made_at=read_clock())
    opens = read_clock() - timedelta(days=200)
    Offer.objects.create(
        release=other, group=world_today.estate, is_active=True, activated_at=opens, opens_at=opens,
        closes_at=opens + timedelta(days=7),
    )  # fmt: skip
    page = words_of(owner_client.get(place))
    assert "Against Spring before" in page
    assert "Against Spring before" in words_of(owner_client.get(f"{place}?against={other.reference}"))
    assert owner_client.get(f"{place}?against=none-such").status_code == 200


def test_files_by_wine_and_by_day(owner_client: Client, place: str) -> None:
    answer = owner_client.get(place + "wines.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    whole = rows[-1]
    assert (whole["wine"], whole["bought"], whole["offered"]) == ("everything, after discounts", "2", "36")
    mine = next(row for row in rows if row["group"] == "Estate" and row["sku"] == "CAB23")
    assert (mine["bought"], mine["left"]) == ("2", "1")
    days = list(
        csv.DictReader(io.StringIO(b"".join(owner_client.get(place + "days.csv")).decode("utf-8-sig")))
    )
    assert [row["so far"] for row in days][-1] == "2"
    assert owner_client.get(place + "days.xlsx").getvalue().startswith(b"PK")
    assert owner_client.get(place + "people.csv").status_code == 404
    assert Event.objects.filter(name=EventName.EXPORT_MADE.value).count() == 3


def test_goals_show_how_far_they_are_reached(owner_client: Client, place: str, world_today: World) -> None:
    form = owner_client.get(place + "goals/")
    assert "The whole release" in words_of(form)
    owner_client.post(
        place + "goals/", {"bottles-0": "8", "money-0": "", f"bottles-{world_today.cabernet.pk}": "0"}
    )
    assert not Goal.objects.exists(), "a goal of no bottles is refused"
    owner_client.post(place + "goals/", {"bottles-0": "8", "money-0": "1000"})
    assert Goal.objects.get().bottles == 8
    assert "The whole release 2 of 8 bottles 25%" in words_of(owner_client.get(place))


def test_who_may_not_see_customers_gets_no_links(client_as: ClientAs, place: str) -> None:
    assert client_as(Role.READ_ONLY).get(place + "goals/").status_code == 403
    assert client_as(Role.FULFILMENT).get(place).status_code == 403


def test_it_is_of_some_customers_by_a_filter(
    owner_client: Client, client_as: ClientAs, place: str, world_today: World
) -> None:
    text = f"group(group:{world_today.premier.reference})"
    answer = owner_client.get(place, {"filter": text})
    page, html = words_of(answer), unescape(answer.content.decode())
    assert "Only everybody who is in Premier" in page and "Customers who bought 0 of 1" in page
    assert "Bottles sold 0 of" in page
    assert f"all(offered(release:{world_today.release.reference}),{text})" in unquote(html)
    assert (
        f"/wines/csv/?{urlencode({'filter': text})}" in html or f"csv?{urlencode({'filter': text})}" in html
    )
    others = words_of(owner_client.get(place, {"filter": f"not({text})"}))
    assert "Bottles sold 2 of" in others and "Customers who bought 1 of 1" in others
    assert "can’t be read" in words_of(owner_client.get(place, {"filter": "group("}))
