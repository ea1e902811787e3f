"""An order that still owes something, and cards that say no, for tests about getting the money."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from tests.rooms.checkout.journey import buy
from tests.world import World, save_test_card
from tirage.core.actors import system
from tirage.core.audit import record_event
from tirage.core.events import EventName
from tirage.customers.models import Customer
from tirage.integrations.test_gateway.cards import Behaviour
from tirage.orders.models import Order, OrderChange, OrderCharge
from tirage.payments.models import PaymentMethod

#: The minor units that ``owing_order`` leaves open.
OWED = 50_00


def owing_order(world: World, customer: Customer, now: datetime, minor: int = OWED) -> Order:
    """A placed and paid order of two bottles on which duty was forgotten."""
    placing = buy(world, customer, {"CAB23": 2}, now)
    return owe_more(Order.objects.get(reference=placing.order_reference), minor, now)


@transaction.atomic
def owe_more(order: Order, minor: int, now: datetime) -> Order:
    change = OrderChange.objects.create(
        order=order,
        number=order.changes.count() + 1,
        kind="change",
        at=now,
        actor_label="Olive Owens",
        reason="Duty was forgotten",
        difference_minor=minor,
    )
    OrderCharge.objects.create(
        order=order, change=change, kind="duty", amount_minor=minor, description="Duty"
    )
    Order.objects.filter(pk=order.pk).update(owed_minor=F("owed_minor") + minor)
    record_event(EventName.ORDER_CHANGED, "order", order.pk, text="added the duty", actor=system(), now=now)
    return Order.objects.select_related("customer").get(pk=order.pk)


def card_that(world: World, customer: Customer, behaviour: Behaviour, last4: str = "0001") -> PaymentMethod:
    """The customer's default card from now on."""
    return save_test_card(customer, world.now, behaviour=behaviour, last4=last4)
