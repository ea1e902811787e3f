"""Discounts from before they named lines."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from tests.rooms.changes.journey import bought
from tests.world import World
from tirage.orders.models import OrderCharge

pytestmark = pytest.mark.once


def test_discounts_that_named_a_wine_name_its_line(world: World) -> None:
    """What its words count, or all of the wine's bottles; what fits no line is for the whole order."""
    order = bought(world, world.ben, {"CAB23": 2})
    refund = order.changes.create(
        number=2, kind="refund", at=world.now, actor_label="Olive", difference_minor=-120_00
    )
    placing = order.changes.get(number=1)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
    old = [
        (refund, -120_00, "1 × Estate Cabernet Sauvignon 2023 (Corked)", world.cabernet),
        (placing, -24_00, "Scratched", world.cabernet),
        (refund, 12_00, "Scratched", world.cabernet),
        (placing, -240_01, "Too much", world.cabernet),
        (placing, -1_00, "Not here", world.magnum),
    ]
    for change, minor, words, sku in old:
        OrderCharge.objects.create(
            order=order, change=change, kind="discount", amount_minor=minor, description=words, sku=sku
        )
    import_module("tirage.orders.migrations.0005_discounts_name_lines").name_lines(apps, None)
    found = OrderCharge.objects.filter(kind="discount").order_by("id")
    assert list(found.values_list("sku_id", "unit_price_minor", "pieces")) == [
        (world.cabernet.pk, 120_00, 1),
        (world.cabernet.pk, 120_00, 2),
        (world.cabernet.pk, 120_00, 0),
        (None, None, None),
        (None, None, None),
    ]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    connection.check_constraints()
