"""What customers read of an order that they pick up."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from tests.rooms.fulfilment.test_pickups import pickup_order
from tests.world import World
from tirage.fulfilment.models import Pickup
from tirage.fulfilment.operations import ship_order


def test_the_customer_reads_until_when(ben: Client, shop: World) -> None:
    order = pickup_order(shop, send_after_days=21)
    path = f"/orders/{order.reference}/"
    before = ben.get(path).content.decode()
    assert "We write to you when it is ready" in before and "21 days after it is ready" in before
    Pickup.objects.create(
        order=order,
        ready_at=shop.now,
        changed_at=shop.now,
        send_on=(shop.now + timedelta(days=21)).date(),
    )
    assert "It lies ready for you" in ben.get(path).content.decode()
    ship_order(order_reference=order.reference, actor=shop.staff, now=shop.now)
    assert "It lies ready for you" not in ben.get(path).content.decode()
