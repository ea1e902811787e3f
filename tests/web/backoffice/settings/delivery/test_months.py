"""Month-end: a month in which nothing left leads to the last one before in which something did."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.fulfilment.operations import ship_order

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/winery/settings/delivery/taxes/months"


def test_an_empty_month_says_when_something_left(owner_client: Client, world_today: World) -> None:
    world = world_today
    # Before the month that is shown, whatever day it is.
    now = world.now - timedelta(days=65)
    order = bought(world, world.ben, {"CAB23": 2})
    empty = owner_client.get(PAGE).content.decode()
    assert (
        "Nothing left in " in empty and "The last wine before" not in empty and "States as CSV" not in empty
    )
    ship_order(order_reference=order.reference, actor=world.staff, now=world.now)
    type(order).objects.filter(pk=order.pk).update(shipped_at=now)
    page = owner_client.get(PAGE).content.decode()
    assert f'<a href="?month={now:%Y-%m}">' in page and "The last wine before left in" in page
