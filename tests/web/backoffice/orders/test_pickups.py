"""Pickups in the back office: marked as ready once, and not handed over when they are sent by now."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.fulfilment.test_pickups import pickup_order
from tests.world import World
from tirage.fulfilment.models import Pickup
from tirage.notifications.models import SentMail
from tirage.orders.models import Order


@pytest.fixture
def order(world_today: World) -> Order:
    return pickup_order(world_today, remind_first_days=7, send_after_days=21)


def page(client: Client, order: Order, act: str = "") -> str:
    answer = client.get(f"/winery/orders/{order.reference}/{act}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_marked_as_ready_from_its_page(owner_client: Client, order: Order) -> None:
    assert "Mark as ready and tell the customer" in page(owner_client, order)
    answer = owner_client.post(f"/winery/orders/{order.reference}/ready", follow=True)
    text = answer.content.decode()
    assert "Lies ready" in text and "Sent to the customer instead from" in text
    assert "Mark as ready and tell" not in text and "Mark as handed over" in text
    assert SentMail.objects.filter(kind="pickup_ready").count() == 1


def test_twice_is_said_once(owner_client: Client, order: Order) -> None:
    for _ in range(2):
        answer = owner_client.post(f"/winery/orders/{order.reference}/ready", follow=True)
    assert "lies ready already" in answer.content.decode() and Pickup.objects.count() == 1


def test_handing_over_what_is_sent_by_now_is_refused(
    owner_client: Client, order: Order, world_today: World
) -> None:
    form = {"way": world_today.pickup.reference, "tell_customer": "on"}
    assert f'value="{world_today.pickup.reference}"' in page(owner_client, order, "ship")
    Order.objects.filter(pk=order.pk).update(method=world_today.ground)
    answer = owner_client.post(f"/winery/orders/{order.reference}/ship", form, follow=True)
    assert "The order goes by Ground by now" in answer.content.decode()
    order.refresh_from_db()
    assert order.state == "placed"
