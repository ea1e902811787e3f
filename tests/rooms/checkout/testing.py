"""The shortest ways through a test order: Ben's group is a test group, and he pays with a test card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.rooms.checkout.journey import checkout_arguments, customer_actor, hold
from tests.world import World
from tirage.checkout.operations import Placing, place_order
from tirage.customers.models import Customer, Group
from tirage.orders.models import Order
from tirage.payments.models import PaymentMethod
from tirage.payments.operations import save_card

WORKS, DECLINED, ASKS = "4242424242424242", "4000000000000341", "4000002760003184"


def make_test(group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(is_test=True)


def give_test_card(customer: Customer, number: str, now: datetime) -> PaymentMethod:
    return save_card(
        customer=customer,
        details={
            "card_number": number,
            "card_expiry": "12/40",
            "card_cvc": "123",
            "card_name": customer.name,
        },
        make_default=False,
        keep=False,
        test=True,
        actor=customer_actor(customer),
        now=now,
    )


def try_out(
    world: World, customer: Customer, wanted: dict[str, int], number: str = WORKS, **changes: Any
) -> Placing:
    """Holds and checks out in one go, with a test card."""
    now = changes.pop("now", world.now)
    hold(customer, wanted, now)
    card = give_test_card(customer, number, now)
    return place_order(**checkout_arguments(world, customer, now, card_reference=card.reference, **changes))


def tried(world: World, customer: Customer, wanted: dict[str, int], **changes: Any) -> Order:
    placed = try_out(world, customer, wanted, **changes)
    assert placed.status == "placed", placed
    return Order.objects.get(reference=placed.order_reference)
