"""Every state on one page: what may go where."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from tests.rooms.taxes.tables import rate
from tests.world import World
from tirage.core.models import Event
from tirage.delivery.models import Destination, Method, Zone

HOME = "/winery/settings/delivery/"
PATH = f"{HOME}states"


def typed(client: Client, **changes: str) -> dict[str, str]:
    """What the page sends when nothing but ``changes`` was touched; an empty value unticks."""
    grid = client.get(PATH).context["grid"]
    sent = {"new_zone": grid.new_zone}
    for row in grid.rows():
        sent |= {f"zone-{row.code}": row.zone}
        if row.is_open:
            sent[f"open-{row.code}"] = "on"
    sent |= {name.replace("_", "-", 1): value for name, value in changes.items() if name != "new_zone"}
    if "new_zone" in changes:
        sent["new_zone"] = changes["new_zone"]
    return {name: value for name, value in sent.items() if value or name.startswith("zone")}


def test_states_are_opened_in_a_new_zone(owner_client: Client, world: World) -> None:
    answer = owner_client.post(PATH, typed(owner_client, open_ME="on", open_VT="on", new_zone="New England"))
    assert answer["Location"] == "/winery/settings/delivery/"
    maine, vermont = Destination.objects.get(state="ME"), Destination.objects.get(state="VT")
    assert (maine.name, maine.is_open) == ("Maine", True)
    assert maine.zone == vermont.zone == Zone.objects.get(name="New England")


def test_a_place_of_which_the_taxes_say_nothing_is_named(owner_client: Client, world: World) -> None:
    """Oregon has no sales tax, and its row says so; of Maine nobody knows."""
    rate(world, "OR", "Oregon", 0)
    assert "says nothing of" not in owner_client.get(HOME).content.decode()
    owner_client.post(PATH, typed(owner_client, open_ME="on"))
    page = owner_client.get(HOME)
    assert page.context["untaxed"] == 1 and "says nothing of 1 open place" in page.content.decode()
    rate(world, "ME", "Maine", 5.5, last_day=world.now.date() - timedelta(days=400))
    assert owner_client.get(HOME).context["untaxed"] == 1, "it has ended"
    rate(world, "", "United States", 0)
    assert owner_client.get(HOME).context["untaxed"] == 0


def test_what_was_not_touched_is_not_written(owner_client: Client, world: World) -> None:
    before = list(Destination.objects.order_by("id").values())
    events = Event.objects.count()
    owner_client.post(PATH, typed(owner_client))
    assert list(Destination.objects.order_by("id").values()) == before
    assert Event.objects.count() == events


def test_a_state_is_closed_and_its_zone_stays(owner_client: Client, world: World) -> None:
    place = Destination.objects.filter(is_open=True, country="US").exclude(state="").first()
    assert place is not None
    owner_client.post(PATH, typed(owner_client, **{f"open_{place.state}": ""}) | {"closes": "on"})
    after = Destination.objects.get(pk=place.pk)
    assert (after.is_open, after.zone_id) == (False, place.zone_id)


def test_a_method_without_rates_into_an_open_zone_says_so(owner_client: Client, world: World) -> None:
    owner_client.post(PATH, typed(owner_client, open_ME="on", new_zone="New England"))
    page = owner_client.get("/winery/settings/delivery/").content.decode()
    assert "No rates into New England" in page


def test_a_method_is_made_before_any_place_is(owner_client: Client, db: None) -> None:
    path = "/winery/settings/delivery/methods/new"
    page = owner_client.get(path)
    assert "closed" not in page.context["form"].fields
    assert "open the winery" in page.context["form"].fields["handover"].help_text
    sent = {"name": "Ground", "kind": "ship", "visibility": "all", "position": "0", "is_active": "on"}
    owner_client.post(path, sent)
    assert Method.objects.get().name == "Ground"
