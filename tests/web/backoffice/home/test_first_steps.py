"""What a winery that begins is led through."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.catalog.models import Sku, Vintage, Wine
from tirage.core.models import Winery
from tirage.core.winery import current_winery, forget_winery
from tirage.customers.models import Customer
from tirage.delivery.models import Destination, Method, Rate, RateTable, Zone
from tirage.offers.models import Offer, Release
from tirage.staff.states import Role

pytestmark = pytest.mark.django_db


def done(client: Client) -> list[str]:
    return [step.title for step in client.get("/winery/").context["steps"] if step.done]


def test_an_empty_winery_is_shown_what_to_do_and_what_is_done(owner_client: Client) -> None:
    forget_winery()
    winery = current_winery()
    page = owner_client.get("/winery/").content.decode()
    assert "Before your first release" in page and "Bring in the list" in page
    assert done(owner_client) == []
    Winery.objects.update(postal_address="2200 Greenwood Road, Philo", accent="#335522")
    assert done(owner_client) == ["Dress the shop"]
    Winery.objects.update(support_email="hello@hollowoak.example")
    zone = Zone.objects.create(name="West")
    Destination.objects.create(country="US", state="CA", name="California", zone=zone, is_open=True)
    ground = Method.objects.create(name="Ground")
    assert done(owner_client) == ["Say who you are", "Dress the shop", "Say where wine may go"]
    Rate.objects.create(
        table=RateTable.objects.create(method=ground), zone=zone, up_to_milli=6_000, price_minor=20_00
    )
    vintage = Vintage.objects.create(wine=Wine.objects.create(name="Hill Block"), year=2022)
    Sku.objects.create(vintage=vintage, code="HB-22", name="Hill Block 2022", price_minor=58_00)
    Customer.objects.create(email="ana@example.com", signed_up_at="2026-01-01T00:00:00Z")
    Release.objects.create(name="Autumn", made_at="2026-01-01T00:00:00Z")
    assert len(done(owner_client)) == 7
    assert winery.name == "Your winery"


def test_whoever_may_not_set_up_is_not_asked_to(client_as: ClientAs) -> None:
    page = client_as(Role.READ_ONLY).get("/winery/")
    assert page.context["steps"] == []
    assert "Nothing is selling yet" in page.content.decode()


def test_the_list_goes_once_an_offer_is_active(owner_client: Client, world: World) -> None:
    assert owner_client.get("/winery/").context["steps"] == []
    Offer.objects.update(is_active=False)
    assert "Before your first release" in owner_client.get("/winery/").content.decode()
