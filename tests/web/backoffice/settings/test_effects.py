"""What a setting would change of what is there already is said and asked before it is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.backoffice.settings.test_settings import money_values, winery_values
from tests.web.hands import Hand
from tests.world import World, acting
from tirage.changes.operations import edit_draft, open_draft
from tirage.core.clock import read_clock
from tirage.core.models import Event
from tirage.core.winery import current_winery
from tirage.customers.models import Customer, Group
from tirage.delivery.models import Destination, Method
from tirage.orders.models import Order

WINERY, MONEY = "/winery/settings/", "/winery/settings/payments/"
DELIVERY = "/winery/settings/delivery"


def order_of(world: World, customer: Customer, method: Method, **facts: str) -> Order:
    return Order.objects.create(
        customer=customer,
        offer=world.estate_offer,
        release=world.release,
        state="placed",
        currency="USD",
        made_at=world.now,
        placed_at=world.now,
        method=method,
        **facts,
    )


# The legal age


@pytest.mark.parametrize(("answer", "asked_again"), [("again", {"Ana", "Clara"}), ("stands", {"Clara"})])
def test_a_higher_age_asks_what_confirmations_of_the_lower_one_are_worth(
    owner_client: Client, world: World, answer: str, asked_again: set[str]
) -> None:
    """Ana gave no birth date, Ben is old enough by his, Clara is too young by hers."""
    year = read_clock().year
    Customer.objects.update(adult_confirmed_at=None)
    for name, born in (("Ana", None), ("Ben", date(year - 40, 1, 1)), ("Clara", date(year - 23, 1, 1))):
        Customer.objects.filter(first_name=name).update(adult_confirmed_at=world.now, birth_date=born)
    page = owner_client.post(WINERY, winery_values(legal_age=25))
    assert page.status_code == 400 and current_winery().legal_age == 21
    assert "2 customers have confirmed to be 21 or older" in page.content.decode()
    assert owner_client.post(WINERY, winery_values(legal_age=25, adults=answer)).status_code == 302
    assert current_winery().legal_age == 25
    left = Customer.objects.filter(adult_confirmed_at=None, first_name__in=["Ana", "Ben", "Clara"])
    assert set(left.values_list("first_name", flat=True)) == asked_again
    said = Event.objects.filter(name="settings.saved").latest("pk").text
    many = "2 customers" if len(asked_again) == 2 else "1 customer"
    assert said == f"had {many} confirm again to be 25 or older"


def test_a_lower_age_asks_nothing(owner_client: Client, world: World) -> None:
    assert owner_client.post(WINERY, winery_values(legal_age=18)).status_code == 302
    assert current_winery().legal_age == 18
    assert Customer.objects.filter(adult_confirmed_at__isnull=False).count() == 4


# Changes by customers


def test_changes_that_customers_have_begun_are_said_before_they_are_ended(
    owner_client: Client, world: World
) -> None:
    order = order_of(world, world.ben, world.ground, ship_state="NY")
    facts: dict[str, Any] = {"actor": acting(world.ben), "now": read_clock()}
    draft = open_draft(order_reference=order.reference, **facts)
    edit_draft(draft_reference=draft.reference, gift_note="For Clara", **facts)
    values = money_values()
    del values["customers_change_orders"]
    page = owner_client.post(MONEY, values)
    assert page.status_code == 400 and current_winery().customers_change_orders
    assert "a change that a customer has begun" in page.content.decode()
    assert owner_client.post(MONEY, values | {"ends_changes": "on"}).status_code == 302
    assert not current_winery().customers_change_orders


# Groups


def test_a_group_that_becomes_a_test_says_what_leaves_the_figures(owner_client: Client, world: World) -> None:
    order_of(world, world.ben, world.ground)
    path = f"/winery/customers/groups/{world.estate.reference}/edit/"
    page = Hand.open(owner_client, path, "backoffice:edit_group").send({"is_test": "on"})
    assert page.status_code == 200 and not Group.objects.get(pk=world.estate.pk).is_test
    assert "Leave its order out of the figures of Home" in page.content.decode()
    sent = Hand.open(owner_client, path, "backoffice:edit_group")
    assert sent.send({"is_test": "on", "leaves_figures": "on"}).status_code == 302
    assert Group.objects.get(pk=world.estate.pk).is_test


# Places


@pytest.fixture
def on_its_way(world: World) -> Order:
    """An order to New York that isn't sent yet, where Ben lives; another one is picked up, a third one was sent."""
    order_of(world, world.ana, world.pickup, ship_state="NY")
    sent = order_of(world, world.ana, world.ground, ship_state="NY")
    Order.objects.filter(pk=sent.pk).update(state="shipped", shipped_at=world.now)
    return order_of(world, world.ben, world.ground, ship_state="NY")


SAID = (
    "New York: 1 order is still to be sent there and stays as it is; "
    "1 customer lives there and can’t have wine sent home."
)


@pytest.mark.usefixtures("on_its_way")
def test_closing_a_state_says_what_is_under_way_there(owner_client: Client) -> None:
    def new_york() -> bool:
        return Destination.objects.get(country="US", state="NY").is_open

    grid = Hand.open(owner_client, f"{DELIVERY}/states", "backoffice:delivery_states")
    answer = grid.send({"open-NY": None, "zone-CA": "East"})
    assert answer.status_code == 400 and new_york() and SAID in answer.content.decode()
    again = grid.go_on(answer)
    assert again.value("zone-CA") == "East" and again.value("closes") is None
    assert again.send({"closes": "on"}).status_code == 302 and not new_york()
    Destination.objects.filter(state="NY").update(is_open=True)
    page = Hand.open(owner_client, f"{DELIVERY}/places/US/NY/", "backoffice:delivery_destination")
    assert SAID in page.send({"is_open": None}).content.decode() and new_york()
    page = Hand.open(owner_client, f"{DELIVERY}/places/US/NY/", "backoffice:delivery_destination")
    assert page.send({"is_open": None, "closes": "on"}).status_code == 302 and not new_york()


@pytest.mark.usefixtures("on_its_way")
def test_a_file_that_closes_states_says_so(owner_client: Client) -> None:
    file = SimpleUploadedFile("places.csv", b"Country,State,Name,Zone,Open\nUS,NY,New York,East,no\n")
    page = owner_client.post(f"{DELIVERY}/import/destinations", {"file": file}, follow=True)
    assert f"They close places with something under way. {SAID}" in page.content.decode()


def test_a_state_without_anything_under_way_is_closed_at_once(owner_client: Client, world: World) -> None:
    Customer.objects.filter(pk=world.dora.pk).update(status="suspended")
    grid = Hand.open(owner_client, f"{DELIVERY}/states", "backoffice:delivery_states")
    assert grid.send({"open-FL": None}).status_code == 302
    assert not Destination.objects.get(country="US", state="FL").is_open


# Ways of delivery


def test_the_kind_of_a_way_that_orders_go_by_stays(owner_client: Client, world: World) -> None:
    def page() -> Hand:
        path = f"{DELIVERY}/methods/{world.ground.reference}/"
        return Hand.open(owner_client, path, "backoffice:delivery_method")

    order_of(world, world.ben, world.ground, ship_state="NY")
    answer = page().send({"kind": "pickup", "handover": "US-CA"})
    assert answer.status_code == 400 and "Orders go by Ground, so its kind stays." in answer.content.decode()
    Order.objects.all().delete()
    assert page().send({"kind": "pickup", "handover": "US-CA"}).status_code == 302
    assert Method.objects.get(pk=world.ground.pk).kind == "pickup"
