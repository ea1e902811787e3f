"""The map as the team uses it: figures as they were counted, ways between map, ranking, trend and lists."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from tests.rooms.insights.crowd import bought, buys
from tests.rooms.insights.places import neighbour, seattle, settle_at
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.insights.models import Placement
from tirage.insights.rules.metrics import METRICS, Metric
from tirage.orders.models import Order
from tirage.segments.models import SavedPlace
from tirage.segments.places import save_place
from tirage.staff.states import Role

URL = "/winery/insights/"


def page_of(client: Client, **asked: str) -> str:
    answer = client.get(URL, asked)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def ranking(page: str) -> dict[str, str]:
    """Each area's figure."""
    rows = re.findall(r'<tr[^>]*data-key="[^"]*">(.*?)</tr>', page, re.S)
    found = {}
    for row in rows:
        name, value = re.findall(r"<(?:th|td)[^>]*>(.*?)</(?:th|td)>", row, re.S)[:2]
        found[re.sub(r"<[^>]+>", "", name).strip()] = re.sub(r"<[^>]+>", "", value).strip()
    return found


def shapes(page: str) -> dict[str, str]:
    """Tone by area."""
    return {
        key: tone for tone, key in re.findall(r'atlas-area tone-([a-z0-9-]+)[^"]*" data-key="([^"]*)"', page)
    }


def test_nobody_is_placed_yet(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    page = page_of(owner_client)
    assert "Nobody is on the map yet" in page


def test_one_customer(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    settle_at(world, world.ana, "98101")
    page = page_of(owner_client, metric="customers")
    assert ranking(page) == {"Seattle-Tacoma-Bellevue, WA": "1"}
    assert shapes(page) == {"metro-42660": "up-3"}


def test_customers_abroad_only(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    settle_at(
        world, world.ana, "98101", country="FR", state="", zip_code="", county="", metro="",
        latitude=44.84, longitude=-0.58, precision="city",
    )  # fmt: skip
    page = page_of(owner_client, metric="customers")
    assert "1 of them live where this map ends" in page and ranking(page) == {}
    world_page = page_of(owner_client, metric="customers", layer="countries")
    assert ranking(world_page) == {"France": "1"} and shapes(world_page) == {"country-FR": "up-3"}
    assert "country-FR" not in shapes(page_of(owner_client, metric="customers", layer="cities"))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("states", {"Washington": "8", "New York": "1"}),
        (
            "metros",
            {
                "Seattle-Tacoma-Bellevue, WA": "7",
                "Olympia-Lacey-Tumwater, WA": "1",
                "New York-Newark-Jersey City, NY-NJ": "1",
            },
        ),
        ("counties", {"King County, WA": "7", "Thurston County, WA": "1", "New York County, NY": "1"}),
        ("countries", {"United States": "9"}),
    ],
)
def test_each_layer_ranks_its_areas(
    owner_client: Client, world: World, layer: str, expected: dict[str, str]
) -> None:
    Placement.objects.all().delete()
    seattle(world)
    assert ranking(page_of(owner_client, metric="customers", layer=layer)) == expected


def test_points_are_ranked_by_zip_and_drawn_together(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    seattle(world)
    page = page_of(owner_client, metric="customers", layer="points")
    found = ranking(page)
    assert found["98101 Seattle, WA"] == found["98004 Bellevue, WA"] == "2" and len(found) == 7
    assert "and around: " in page and len(shapes(page)) < 7
    close = page_of(owner_client, metric="customers", layer="points", view="95,40,12")
    assert "zip-98004" in shapes(close)


def test_hexagons_hold_everybody(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    seattle(world)
    found = ranking(page_of(owner_client, metric="customers", layer="hexagons"))
    assert sum(map(int, found.values())) == Placement.objects.count()


def test_an_area_is_chosen_and_everything_follows(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    people = seattle(world)
    page = page_of(owner_client, metric="customers", area="metro-42660")
    count = Placement.objects.filter(metro="42660").count()
    assert f"{count} customers</a>" in page and "<h2>Seattle-Tacoma-Bellevue, WA</h2>" in page
    links = re.findall(r'href="(/winery/customers/\?filter=[^"]+)"', page)
    listed = unescape(owner_client.get(links[0]).content.decode())
    names = {
        one.first_name for one in people.values() if Placement.objects.filter(customer=one, metro="42660")
    }
    assert all(name in listed for name in names) and "Hal Neighbor" not in listed
    assert "/winery/customers/segments/new/?filter=lives(area:metro-42660)" in page
    inside = ranking(page_of(owner_client, metric="customers", area="metro-42660", layer="counties"))
    assert set(inside) == {"King County, WA"}


def test_a_drawn_place_is_a_part_of_the_map(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    seattle(world)
    around = [(47.0, -123.0), (48.0, -123.0), (48.0, -121.5), (47.2, -121.5)]
    kept = save_place(name="Puget Sound", outline=around, actor=world.staff, now=world.now)
    page = page_of(owner_client, metric="customers", place=kept.reference)
    assert "<h2>Puget Sound</h2>" in page and f"place(place:{kept.reference})" in page
    assert "New York" not in "".join(ranking(page))


def test_a_filter_holds_for_everything(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    seattle(world)
    page = page_of(owner_client, metric="customers", filter="lives(area:county-53033)", layer="states")
    assert set(ranking(page)) == {"Washington"}
    assert "everybody who lives in King County, WA" in page


def test_a_filter_that_cant_be_read_means_nobody(owner_client: Client, world: World) -> None:
    seattle(world)
    page = page_of(owner_client, filter="nonsense(")
    assert "notice-warning" in page and ranking(page) == {}


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_says_how_it_is_worked_out(owner_client: Client, world: World, metric: Metric) -> None:
    seattle(world)
    page = page_of(owner_client, metric=metric.value, layer="states")
    assert METRICS[metric].formula in page
    assert METRICS[metric].numerator_words in page
    assert "atlas-legend" in page or "Nothing to color" in page


@pytest.mark.parametrize(
    "asked",
    [
        {"view": "0,0,1"},
        {"view": "-99999,5,3"},
        {"view": "nowhere"},
        {"area": "metro-00000"},
        {"area": "planet-earth"},
        {"place": "MAP-NOBODYS"},
        {"from": "2026-02-30", "to": "2026-03-01"},
        {"from": "1990-01-01", "to": "1999-12-31"},
        {"period": "never", "against": "nothing", "layer": "oceans", "metric": "luck"},
        {"layer": "hexagons", "view": "90,40,20"},
        {"layer": "cities", "view": "400,50,100"},
    ],
)
def test_odd_addresses_show_a_map(owner_client: Client, world: World, asked: dict[str, str]) -> None:
    seattle(world)
    page_of(owner_client, **asked)


def test_who_may_only_look_is_shown_no_way_to_act(client_as: ClientAs, world: World) -> None:
    seattle(world)
    page = page_of(client_as(Role.READ_ONLY), area="metro-42660", metric="customers")
    assert "segments/new" not in page and Customer.objects.exists()


def test_where_to_go_names_areas_with_their_reasons(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    Order.objects.all().delete()
    for code, minor, names in (
        ("98101", 900_00, "Ada Bo Cy Di Ed"),
        ("10013", 300_00, "Flo Gus Hal Ida Joe"),
    ):
        people = [neighbour(world, name, code) for name in names.split()]
        bought([buys(one, read_clock() - timedelta(days=30), minor) for one in people])
    page = unescape(owner_client.get(f"{URL}where-to-go/").content.decode())
    assert (
        "5 customers bought for $900 each, 50% more than everywhere; nothing came back, against 0%." in page
    )
    assert page.count('class="bubble bubble-go"') == 1 and page.count('class="bubble bubble-win"') == 1
    assert "/winery/insights/?area=metro-42660" in page
    empty = unescape(
        owner_client.get(f"{URL}where-to-go/", {"from": "2001-01-01", "to": "2001-02-01"}).content.decode()
    )
    assert "Nothing to compare yet" in empty


def test_files_have_what_the_page_shows_and_hide_small_areas_from_others(
    owner_client: Client, world: World
) -> None:
    Placement.objects.all().delete()
    seattle(world)

    def areas(**asked: str) -> list[str]:
        answer = owner_client.get(f"{URL}export/csv/", {"metric": "customers", "layer": "states", **asked})
        text = b"".join(answer).decode("utf-8-sig")
        return [line.split(",")[0] for line in text.splitlines()[1:]]

    assert areas() == ["Washington", "New York"]
    assert areas(**{"for": "others"}) == ["Washington"]
    picture = owner_client.get(f"{URL}export/svg/", {"metric": "customers", "layer": "states"})
    assert picture["Content-Type"] == "image/svg+xml"
    drawn = picture.content.decode()
    assert drawn.count('stroke-width="4"') == 1 and "fewer than 5 customers" in drawn
    # The one of New York is in no range of the legend either.
    assert ">8</text>" in drawn and ">1</text>" not in drawn
    assert "<script" not in drawn and "style=" not in drawn
    page = page_of(owner_client, metric="customers", layer="states")
    assert f"{URL}export/csv/?metric=customers&layer=states" in page
    assert owner_client.get(f"{URL}export/exe/").status_code == 404


def test_a_place_is_drawn_named_looked_at_and_deleted(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    seattle(world)
    drawn = "80.0,30.0 120.0,30.0 120.0,70.0 80.0,70.0"
    form = unescape(owner_client.get(f"{URL}places/new/", {"drawn": drawn, "of": "country"}).content.decode())
    corners = re.search(r"<textarea[^>]*>(.*?)</textarea>", form, re.S)
    assert corners and len(corners[1].split()) == 8
    answer = owner_client.post(f"{URL}places/new/", {"name": "Our coast", "corners": corners[1]})
    kept = SavedPlace.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"{URL}?place={kept.reference}"
    assert "<h2>Our coast</h2>" in page_of(owner_client, place=kept.reference)
    listed = unescape(owner_client.get(f"{URL}places/").content.decode())
    assert "8 customers" in listed
    owner_client.post(f"{URL}places/{kept.reference}/delete/")
    assert not SavedPlace.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "A"}, "Type a ZIP and miles"),
        ({"name": "A", "zip": "00000", "miles": "5"}, "that is on the map"),
        ({"name": "A", "zip": "98101"}, "how many miles"),
        ({"name": "A", "corners": "here\nthere"}, "Type each corner on a line"),
        ({"name": "A", "corners": "1, 2\n3, 4"}, "3 to 80 corners"),
        ({"name": "", "zip": "98101", "miles": "5"}, "Name the place"),
    ],
)
def test_a_place_that_cant_be_kept_says_why(
    owner_client: Client, world: World, typed: dict[str, str], said: str
) -> None:
    answer = owner_client.post(f"{URL}places/new/", typed)
    assert said in unescape(answer.content.decode()) and not SavedPlace.objects.exists()


def test_a_circle_around_a_zip(owner_client: Client, world: World) -> None:
    Placement.objects.all().delete()
    seattle(world)
    owner_client.post(f"{URL}places/new/", {"name": "Near us", "zip": "98101", "miles": "20"})
    kept = SavedPlace.objects.get()
    assert "<h2>Near us</h2>" in page_of(
        owner_client, place=kept.reference, metric="customers", layer="points"
    )
    assert "7 customers" in unescape(owner_client.get(f"{URL}places/").content.decode())
