"""A customer buys as a business: the page, its errors, and what orders and the team read of it."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.rooms.taxes.tables import only_rate, rate, setup
from tests.web.storefront.conftest import signed_in_as
from tests.world import World
from tirage.taxes.models import BusinessNumber
from tirage.taxes.protocol import TaxKind

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/account/business/"


def french(world: World) -> None:
    rate(world, "", "France", 20, country="FR", kind=TaxKind.VAT, on_shipping=True)
    only_rate("US", "NY", 0)
    setup(world, "FR", prices_include_vat=True, vat_number="FR40303265045")


def test_only_where_it_makes_a_difference_the_account_leads_there(world: World) -> None:
    client = signed_in_as(world.ben)
    assert "Your business" not in client.get("/account/").content.decode()
    french(world)
    assert "Your business" in client.get("/account/").content.decode()


def test_a_number_is_saved_refused_and_taken_away(world: World) -> None:
    french(world)
    client = signed_in_as(world.ben)
    sent = {"name": "Weinhaus Baker GmbH", "country": "DE", "number": "136695970"}
    refused = client.post(PAGE, sent)
    assert refused.status_code == 422 and "Look at its digits again" in refused.content.decode()
    saved = client.post(PAGE, sent | {"number": "DE 136 695 976"}, follow=True)
    assert "Your next order is taxed by it." in saved.content.decode()
    assert BusinessNumber.objects.get().number == "DE136695976"
    gone = client.post(PAGE, sent | {"number": ""}, follow=True)
    assert "You buy as a private person now." in gone.content.decode()
    assert not BusinessNumber.objects.exists()


def test_the_team_reads_and_changes_it(world: World, owner_client: Client) -> None:
    french(world)
    path = f"/winery/customers/{world.ben.reference}/"
    assert "Buys as a business" in owner_client.get(path).content.decode()
    sent = {"name": "Baker Wines", "country": "DE", "number": "136695976"}
    answer = owner_client.post(f"{path}business/", sent, follow=True).content.decode()
    assert "buys as Baker Wines from the next order on" in answer and "DE136695976" in answer


def test_an_order_of_vat_says_its_numbers(world: World, owner_client: Client) -> None:
    french(world)
    order = bought(world, world.ben, {"CAB23": 1})
    for page in (
        signed_in_as(world.ben).get(f"/orders/{order.reference}/receipt/"),
        owner_client.get(f"/winery/orders/{order.reference}/"),
    ):
        assert "Our VAT number" in page.content.decode() and "FR40303265045" in page.content.decode()
