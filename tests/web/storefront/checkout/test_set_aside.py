"""What customers read where the winery charges at shipment, from the checkout to the parcel."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.payments.shipment import charge_at_shipment, set_aside
from tests.web.storefront.pages import form_of, take, words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.fulfilment.operations import ship_order
from tirage.orders.models import Order

# The gateway writes its own books and refuses to do so inside a transaction of ours.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed."""
    return build_world(read_clock())


def dollars(minor: int) -> str:
    return f"${minor / 100:.2f}"


def test_the_checkout_says_when_the_card_is_charged(shop: World, ana: Client) -> None:
    take(ana, shop, shop.premier_offer, cabernet=2)
    assert "set aside" not in words_of(ana.get("/checkout/"))
    charge_at_shipment()
    assert "set aside on your card now, and taken when the wine ships" in words_of(ana.get("/checkout/"))


def test_the_receipt_and_the_order_call_it_set_aside_and_nothing_unpaid(shop: World, ana: Client) -> None:
    charge_at_shipment()
    take(ana, shop, shop.premier_offer, cabernet=2)
    fields = form_of(ana.get("/checkout/"), "/checkout/place/")
    receipt = words_of(ana.post("/checkout/place/", fields, follow=True))
    order = Order.objects.get()
    amount = dollars(order.owed_minor)
    assert f"{amount} by Visa ending in 4242, set aside now and taken when the wine ships" in receipt
    page = words_of(ana.get(f"/orders/{order.reference}/"))
    assert f"Set aside: {amount}, taken when the wine ships" in page and "not paid yet" not in page


def test_after_shipping_it_is_paid_and_the_number_is_told(shop: World, ana: Client) -> None:
    order = set_aside(shop, shop.ana, {"CAB23": 2}, shop.now)
    ship_order(order_reference=order.reference, tracking="1Z999", actor=shop.staff, now=read_clock())
    page = words_of(ana.get(f"/orders/{order.reference}/"))
    assert f"Paid: {dollars(order.owed_minor)}" in page and "Set aside" not in page
    assert "Handed over for delivery, tracking number 1Z999" in page and "On its way" in page


def test_what_was_picked_up_was_handed_over(shop: World, ana: Client) -> None:
    order = set_aside(shop, shop.ana, {"CAB23": 2}, shop.now, method_reference=shop.pickup.reference)
    ship_order(order_reference=order.reference, actor=shop.staff, now=read_clock())
    page = words_of(ana.get(f"/orders/{order.reference}/"))
    assert "Handed over to you" in page and "On its way" not in page
    assert "Handed over" in words_of(ana.get("/orders/"))


def test_only_what_is_missing_is_called_unpaid(shop: World, ana: Client) -> None:
    order = set_aside(shop, shop.ana, {"CAB23": 2}, shop.now)
    Order.objects.update(owed_minor=order.owed_minor + 25_00)
    assert "$25.00 of this order is not paid yet." in words_of(ana.get(f"/orders/{order.reference}/"))
