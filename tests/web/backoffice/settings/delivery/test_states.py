"""Every state on one page: what may go where, and with which tax."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.winery import local_time
from tirage.delivery.models import Destination, Method, Zone

PATH = "/winery/settings/delivery/states"


def typed(client: Client, **changes: str) -> dict[str, str]:
    """What the page sends when nothing but ``changes`` was touched; an empty value unticks."""
    grid = client.get(PATH).context["grid"]
    sent = {"new_zone": grid.new_zone}
    for row in grid.rows():
        sent |= {f"zone-{row.code}": row.zone, f"tax-{row.code}": row.tax}
        if row.is_open:
            sent[f"open-{row.code}"] = "on"
        if row.taxes_shipping:
            sent[f"shipping-{row.code}"] = "on"
    sent |= {name.replace("_", "-", 1): value for name, value in changes.items() if name != "new_zone"}
    if "new_zone" in changes:
        sent["new_zone"] = changes["new_zone"]
    return {name: value for name, value in sent.items() if value or name.startswith(("zone", "tax"))}


def test_states_are_opened_with_their_tax_and_a_new_zone(owner_client: Client, world: World) -> None:
    answer = owner_client.post(
        PATH,
        typed(owner_client, open_ME="on", tax_ME="5.5%", open_VT="on", tax_VT="0", new_zone="New England"),
    )
    assert answer["Location"] == "/winery/settings/delivery/"
    maine, vermont = Destination.objects.get(state="ME"), Destination.objects.get(state="VT")
    today = local_time(read_clock()).date()
    assert (maine.name, maine.is_open, maine.tax_rate_ppm, maine.checked_on) == ("Maine", True, 55_000, today)
    assert (vermont.tax_rate_ppm, vermont.checked_on) == (0, today)
    assert maine.zone == vermont.zone == Zone.objects.get(name="New England")


def test_an_empty_tax_is_not_looked_up_and_the_settings_say_so(owner_client: Client, world: World) -> None:
    owner_client.post(PATH, typed(owner_client, open_ME="on"))
    maine = Destination.objects.get(state="ME")
    assert (maine.tax_rate_ppm, maine.checked_on) == (0, None)
    page = owner_client.get("/winery/settings/delivery/")
    assert page.context["unchecked"] == Destination.objects.filter(is_open=True, checked_on=None).count()
    assert "hasn’t been looked up" in page.content.decode()


def test_what_was_not_touched_is_not_written(owner_client: Client, world: World) -> None:
    before = list(Destination.objects.order_by("id").values())
    events = Event.objects.count()
    owner_client.post(PATH, typed(owner_client))
    assert list(Destination.objects.order_by("id").values()) == before
    assert Event.objects.count() == events


@pytest.mark.parametrize("tax", ["eight", "101", "-1", "NaN"])
def test_a_tax_that_is_none_is_named_and_nothing_is_saved(
    owner_client: Client, world: World, tax: str
) -> None:
    answer = owner_client.post(PATH, typed(owner_client, open_ME="on", tax_ME=tax, open_VT="on"))
    assert answer.status_code == 400
    assert answer.context["grid"].faults[0].label == "Maine"
    assert f'value="{tax}"' in answer.content.decode()
    assert not Destination.objects.filter(state__in=["ME", "VT"]).exists()


def test_a_state_is_closed_and_its_tax_stays(owner_client: Client, world: World) -> None:
    place = Destination.objects.filter(is_open=True, country="US").exclude(state="").first()
    assert place is not None
    owner_client.post(PATH, typed(owner_client, **{f"open_{place.state}": ""}) | {"closes": "on"})
    after = Destination.objects.get(pk=place.pk)
    assert (after.is_open, after.tax_rate_ppm, after.zone_id) == (False, place.tax_rate_ppm, place.zone_id)


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
