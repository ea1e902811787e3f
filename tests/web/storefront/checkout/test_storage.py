"""Wine that goes into storage: the customer's account is asked where such a way is chosen, and kept for next time."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.storefront.pages import form_of, take, words_of
from tests.world import World, build_world
from tirage.backoffice.frame.lists import ALL_COLUMNS
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.delivery.models import Method
from tirage.orders.models import Order

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


@pytest.fixture
def stores(shop: World) -> Method:
    return Method.objects.create(name="Storage in Napa", kind="storage", handover=shop.california, position=9)


@pytest.fixture
def held(shop: World, ana: Client) -> Client:
    """Ana with two bottles in her cart."""
    take(ana, shop, shop.premier_offer, cabernet=2)
    return ana


def chosen(client: Client, shop: World, way: Method) -> dict[str, str]:
    """The form of the checkout with a way chosen."""
    facts = {"act": "update", "address": shop.ana_home.reference, "method": way.reference}
    return form_of(client.post("/checkout/", facts), "/checkout/place/")


def test_the_account_is_asked_for_storage_only_and_kept(
    shop: World, held: Client, stores: Method, owner_client: Client
) -> None:
    assert "storage_account" not in chosen(held, shop, shop.ground)
    form = chosen(held, shop, stores)
    assert (form["storage_warehouse"], form["storage_account"]) == ("", "")
    typed = form | {"storage_warehouse": " Napa Wine Storage ", "storage_account": "4711"}
    again = words_of(held.post("/checkout/", typed | {"act": "update"}))
    assert "Your account number there" in again
    placed = held.post("/checkout/place/", typed)
    assert placed.status_code == 302, words_of(placed)
    ana = Customer.objects.get(pk=shop.ana.pk)
    assert ana.stored_at == "Napa Wine Storage, account 4711"
    order = Order.objects.get()
    assert ana.stored_at in words_of(owner_client.get(f"/winery/orders/{order.reference}/"))
    assert ana.stored_at in words_of(owner_client.get(f"/winery/customers/{ana.reference}/"))
    assert ana.stored_at in words_of(held.get(f"/orders/{order.reference}/"))
    listed = owner_client.get("/winery/orders/", {"export": "csv", "columns": ALL_COLUMNS})
    assert ana.stored_at in b"".join(listed).decode()


def test_what_is_known_stands_there_and_what_is_too_long_is_refused(
    shop: World, held: Client, stores: Method
) -> None:
    Customer.objects.filter(pk=shop.ana.pk).update(storage_warehouse="Vault", storage_account="9")
    form = chosen(held, shop, stores)
    assert (form["storage_warehouse"], form["storage_account"]) == ("Vault", "9")
    refused = held.post("/checkout/place/", form | {"storage_account": "9" * 41})
    assert refused.status_code == 422 and not Order.objects.exists()
    assert "9" * 41 in form_of(refused, "/checkout/place/")["storage_account"], "what was typed stays"
    assert Customer.objects.get(pk=shop.ana.pk).storage_account == "9"


def test_an_order_without_an_account_is_named_to_the_team(
    shop: World, held: Client, stores: Method, owner_client: Client
) -> None:
    held.post("/checkout/place/", chosen(held, shop, stores))
    order = Order.objects.get()
    page = words_of(owner_client.get(f"/winery/orders/{order.reference}/"))
    assert "named no warehouse and no account" in page
