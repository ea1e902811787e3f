"""Of several groups' discounts the best one holds, and the order's page says which."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from tests.rooms.checkout.journey import buy
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.operations import add_to_group, remove_from_group
from tirage.orders.models import Order, OrderCharge


def test_the_best_discount_holds_and_is_explained(owner_client: Client, world_today: World) -> None:
    world, now = world_today, read_clock()
    add_to_group(customer=world.ana, group=world.employees, actor=world.staff, now=world.now)
    buy(world, world.ana, {"CAB23": 2}, now)
    order = Order.objects.get()
    discount = OrderCharge.objects.get(order=order, kind="discount")
    assert (discount.amount_minor, discount.description) == (
        -order.lines.get().unit_price_minor // 2,
        "25 % off",
    )
    remove_from_group(customer=world.ana, group=world.employees, actor=world.staff, now=read_clock())
    page = words_of(owner_client.get(reverse("backoffice:order", args=[order.reference])))
    assert (
        "the best one holds, never their sum" in page and "Employees 25 % off Holds Premier 10 % off" in page
    )
