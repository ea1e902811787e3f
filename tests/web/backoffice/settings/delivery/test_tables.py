"""Places, ways and rates: on their pages, and in and out as files."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.world import World
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.delivery.models import Destination, Method, Rate, Zone
from tirage.orders.models import Order


def test_a_destination_is_made_and_changed(owner_client: Client, world: World) -> None:
    values = {
        "country": "us",
        "state": "wa",
        "name": "Washington",
        "zone": "West",
        "is_open": "on",
    }
    owner_client.post("/winery/settings/delivery/places/new", values)
    washington = Destination.objects.get(state="WA")
    assert (washington.country, washington.zone) == ("US", world.west)
    owner_client.post("/winery/settings/delivery/places/US/WA/", values | {"zone": "East", "is_open": ""})
    washington.refresh_from_db()
    assert (washington.zone, washington.is_open) == (world.east, False)
    assert Event.objects.filter(name=EventName.DELIVERY_SAVED.value).count() == 2


def test_a_state_that_is_none_is_refused(owner_client: Client, world: World) -> None:
    answer = owner_client.post(
        "/winery/settings/delivery/places/new", {"country": "US", "state": "ZZ", "name": "Nowhere"}
    )
    assert answer.status_code == 400
    assert "state" in answer.context["form"].errors


def test_rates_are_a_grid(owner_client: Client, world: World) -> None:
    path = f"/winery/settings/delivery/methods/{world.overnight.reference}/rates"
    page = owner_client.get(path)
    assert [value for _, value in page.context["grid"].heads()] == ["3", "6", "12", "", ""]
    zones = page.context["grid"].zones
    east, west = zones.index(world.east), zones.index(world.west)
    values = {
        "columns": "2",
        "step-0": "6",
        "step-1": "12.5",
        f"price-{west}-0": "40",
        f"price-{east}-1": "99.50",
    }
    assert owner_client.post(path, values).status_code == 302
    found = Rate.objects.filter(table__method=world.overnight).order_by("up_to_milli")
    assert [(rate.zone, rate.up_to_milli, rate.price_minor) for rate in found] == [
        (world.west, 6_000, 40_00),
        (world.east, 12_500, 99_50),
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"step-0": "some", "price-0-0": "4"},
        {"step-0": "3", "price-0-0": "four"},
        {"step-0": "", "price-0-0": "4"},
        {"step-0": "3", "step-1": "3", "price-0-0": "4", "price-0-1": "5"},
        {"step-0": "-3", "price-0-0": "4"},
    ],
)
def test_rates_that_make_no_sense_are_refused(
    owner_client: Client, world: World, values: dict[str, str]
) -> None:
    path = f"/winery/settings/delivery/methods/{world.overnight.reference}/rates"
    before = Rate.objects.filter(table__method=world.overnight).count()
    answer = owner_client.post(path, {"columns": "2", **values})
    assert answer.status_code == 400
    assert Rate.objects.filter(table__method=world.overnight).count() == before


def test_a_method_says_which_special_addresses_it_takes_wine_to(owner_client: Client, world: World) -> None:
    values = {"name": "Boat", "kind": "ship", "visibility": "all", "position": "7", "is_active": "on"}
    owner_client.post("/winery/settings/delivery/methods/new", values | {"takes_po_boxes": "on"})
    boat = Method.objects.get(name="Boat")
    assert (boat.takes_po_boxes, boat.takes_military, boat.takes_territories) == (True, False, False)
    page = owner_client.get(f"/winery/settings/delivery/methods/{boat.reference}/").content.decode()
    assert "Delivers to military addresses" in page


def test_a_method_with_a_place_it_does_not_reach(owner_client: Client, world: World) -> None:
    values = {
        "name": "Courier",
        "kind": "ship",
        "visibility": "staff",
        "position": "7",
        "is_active": "on",
        "closed": ["US-FL"],
    }
    owner_client.post("/winery/settings/delivery/methods/new", values)
    courier = Method.objects.get(name="Courier")
    assert list(courier.closed_destinations.all()) == [world.florida]
    answer = owner_client.post(
        "/winery/settings/delivery/methods/new", values | {"name": "Cellar", "kind": "pickup"}
    )
    assert "handover" in answer.context["form"].errors


def test_a_method_that_orders_use_stays(owner_client: Client, world: World) -> None:
    Order.objects.create(customer=world.ana, currency="USD", made_at=world.now, method=world.ground)
    path = f"/winery/settings/delivery/methods/{world.ground.reference}/remove"
    answer = owner_client.post(path, follow=True)
    assert "Orders use this method" in answer.content.decode()
    assert Method.objects.filter(pk=world.ground.pk).exists()


@pytest.mark.parametrize("table", ["destinations", "rates"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_can_be_imported(owner_client: Client, world: World, table: str, kind: str) -> None:
    answer = owner_client.get(f"/winery/settings/delivery/export/{table}.{kind}")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    before = (
        list(Destination.objects.order_by("pk").values()),
        list(
            Rate.objects.order_by("table", "zone", "up_to_milli").values_list(
                "table", "zone", "up_to_milli", "price_minor"
            )
        ),
    )
    Rate.objects.filter(zone=world.east).update(price_minor=1)
    if table == "destinations":
        Destination.objects.update(is_open=False)
    file = io.BytesIO(data)
    file.name = f"{table}.{kind}"
    answer = take_in(owner_client, table, file)
    assert answer.status_code == 302
    if table == "destinations":
        assert list(Destination.objects.order_by("pk").values()) == before[0]
    else:
        after = Rate.objects.order_by("table", "zone", "up_to_milli").values_list(
            "table", "zone", "up_to_milli", "price_minor"
        )
        assert list(after) == before[1]


def take_in(client: Client, table: str, file: Any) -> Any:
    """Sends a file; what rates would become is taken over whole."""
    if table != "rates":
        return client.post(f"/winery/settings/delivery/import/{table}", {"file": file})
    page = client.post("/winery/settings/delivery/rates/import", {"file": file})
    assert page.status_code == 200, page.context["faults"]
    shown = re.search(r'name="shown" value="([^"]+)"', page.content.decode())
    assert shown
    ticked = [str(number) for number in range(len(page.context["changes"]))]
    return client.post("/winery/settings/delivery/rates/take", {"shown": shown[1], "take": ticked})


def test_an_import_takes_all_rows_or_none_and_names_the_bad_ones(owner_client: Client, world: World) -> None:
    text = (
        "Country;State;Name;Zone;Open;Checked\nUS;WA;Washington;North;yes;\n"
        "US;ZZ;Nowhere;;yes;\nUS;NV;Nevada;;perhaps;x\n"
    )
    file = SimpleUploadedFile("places.csv", text.encode())
    page = owner_client.post("/winery/settings/delivery/import/destinations", {"file": file}).content.decode()
    assert "Row 4, Open" in page
    assert "Row 4, Checked on" in page
    file = SimpleUploadedFile("places.csv", text.replace("perhaps;x", "no;").encode())
    page = owner_client.post("/winery/settings/delivery/import/destinations", {"file": file}).content.decode()
    assert "Row 3" in page
    assert not Destination.objects.filter(state__in=["WA", "NV"]).exists()
    assert not Zone.objects.filter(name="North").exists()


def test_rates_for_an_unknown_method_are_refused(owner_client: Client, world: World) -> None:
    file = SimpleUploadedFile("rates.csv", b"Method,Zone,Up to bottles,Price\nDrone,West,3,10\n")
    page = owner_client.post("/winery/settings/delivery/rates/import", {"file": file}).content.decode()
    assert "There is no method Drone." in page
