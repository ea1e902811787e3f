"""Two people at the tables of delivery: cells, rows and names that others change meanwhile."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.hands import Hand
from tests.world import World
from tirage.backoffice.settings.delivery.forms import PercentField
from tirage.core.models import Event
from tirage.delivery.models import Destination, Method, Rate, Zone

STATES = "/winery/settings/delivery/states"


def states(client: Client) -> Hand:
    return Hand.open(client, STATES, "backoffice:delivery_states")


def test_a_state_that_somebody_closed_stays_closed(world: World, owner_client: Client) -> None:
    mine, theirs = states(owner_client), states(owner_client)
    assert theirs.send({"open-NY": None, "closes": "on"}).status_code == 302
    assert mine.send({"zone-CA": "East"}).status_code == 302
    assert not Destination.objects.get(country="US", state="NY").is_open
    california = Destination.objects.get(country="US", state="CA")
    assert california.zone == world.east and california.is_open
    said = list(Event.objects.filter(name="delivery.saved").order_by("pk").values_list("text", flat=True))[
        -2:
    ]
    assert said[0] == "closed New York"
    assert said[1].startswith("changed California: ") and "New York" not in said[1]


def test_what_both_made_of_a_zone_stands_side_by_side(world: World, owner_client: Client) -> None:
    Zone.objects.create(name="Islands")
    mine, theirs = states(owner_client), states(owner_client)
    assert theirs.send({"zone-CA": "East"}).status_code == 302
    answer = mine.send({"zone-CA": "Islands", "zone-NY": "West"})
    page = answer.content.decode()
    assert answer.status_code == 400 and "East" in page and "Islands" in page
    again = mine.go_on(answer)
    assert (again.value("zone-CA"), again.value("zone-NY")) == ("Islands", "West")
    assert Destination.objects.get(state="CA").zone == world.east
    assert again.send({"zone-CA": "East"}).status_code == 302
    assert Destination.objects.get(state="CA").zone == world.east
    assert Destination.objects.get(state="NY").zone == world.west


@pytest.fixture
def ground(world: World) -> Method:
    return Method.objects.filter(rate_tables__isnull=False).distinct().first() or Method.objects.all()[0]


def rates_of(client: Client, method: Method) -> Hand:
    return Hand.open(
        client, f"/winery/settings/delivery/methods/{method.reference}/rates", "backoffice:delivery_rates"
    )


def test_rates_of_a_zone_that_somebody_added_stay_and_prices_keep_their_zones(
    world: World, owner_client: Client, ground: Method
) -> None:
    mine = rates_of(owner_client, ground)
    first = Zone.objects.order_by("name")[0]
    # Before all others by its name: every row moves down by one.
    added = Zone.objects.create(name="AAA")
    step = Rate.objects.filter(table__method=ground)[0].up_to_milli
    Rate.objects.create(table=ground.rate_tables.get(), zone=added, up_to_milli=step, price_minor=77_00)
    assert mine.send({"price-0-0": "41"}).status_code == 302
    assert Rate.objects.get(table__method=ground, zone=added).price_minor == 77_00
    lowest = Rate.objects.filter(table__method=ground, zone=first).order_by("up_to_milli")[0]
    assert lowest.price_minor == 41_00


def test_a_zone_with_another_name_is_found_and_one_that_is_gone_gives_back_what_was_typed(
    world: World, owner_client: Client
) -> None:
    zone = Zone.objects.create(name="Islands")
    at = "/winery/settings/delivery/zones/Islands/"
    mine, late = (Hand.open(owner_client, at, "backoffice:delivery_zone") for _ in range(2))
    Zone.objects.filter(pk=zone.pk).update(name="Isles")
    answer = mine.send({"name": "Outer islands"})
    assert answer.status_code == 400 and "Isles" in answer.content.decode()
    assert mine.go_on(answer).send({}).status_code == 302
    assert Zone.objects.get(pk=zone.pk).name == "Outer islands"
    zone.delete()
    gone = late.send({"name": "Far islands"})
    assert gone.status_code == 410 and "Far islands" in gone.content.decode()


def test_a_territory_that_somebody_added_meanwhile_stays_open(world: World, owner_client: Client) -> None:
    """The page that was open had no line for it, so it can't have been closed there."""
    mine = states(owner_client)
    Destination.objects.create(country="US", state="PR", name="Puerto Rico", zone=world.east, is_open=True)
    assert mine.send({"zone-CA": "East"}).status_code == 302
    added = Destination.objects.get(state="PR")
    assert (added.is_open, added.zone) == (True, world.east)
    assert Destination.objects.get(state="CA").zone == world.east


def test_a_table_of_many_steps_keeps_them_all(world: World, owner_client: Client, ground: Method) -> None:
    """Also those of ten, twenty, thirty bottles."""
    Rate.objects.bulk_create(
        Rate(
            table=ground.rate_tables.get(), zone=world.west, up_to_milli=step * 1000, price_minor=step * 1000
        )
        for step in range(20, 65)
    )
    before = set(Rate.objects.filter(table__method=ground).values_list("zone", "up_to_milli"))
    assert rates_of(owner_client, ground).send({"price-0-0": "1.00"}).status_code == 302
    assert set(Rate.objects.filter(table__method=ground).values_list("zone", "up_to_milli")) == before
    assert Rate.objects.filter(table__method=ground, price_minor=1_00).count() == 1


@pytest.mark.parametrize(
    ("ppm", "typed"), [(100_000, "10"), (200_000, "20"), (94_300, "9.43"), (1_000_000, "100")]
)
def test_a_round_tax_is_shown_whole(ppm: int, typed: str) -> None:
    assert PercentField().prepare_value(ppm) == typed
