"""The mail about wine that has left: where it goes, its number, and what was taken from the card now."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail as outbox

from tests.rooms.checkout.journey import buy
from tests.rooms.payments.shipment import set_aside
from tests.world import World
from tirage.fulfilment.operations import ship_order
from tirage.notifications import sending
from tirage.notifications.models import SentMail
from tirage.orders.models import Order


def shipped_mail(world: World, order: Order, **changes: Any) -> str:
    """The body of what the customer gets."""
    facts: dict[str, Any] = {"order_reference": order.reference, "actor": world.staff, "now": world.now}
    ship_order(**(facts | changes))
    queued = SentMail.objects.get(kind="order_shipped")
    assert sending.send_one(queued.pk, world.now) is None
    message = outbox.outbox[-1]
    assert message.to == ["ben@example.com"]
    assert message.subject == f"Your order {order.reference} from Halcyon Ridge has left"
    return str(message.body)


def test_it_says_where_it_goes_and_the_number(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    body = shipped_mail(world, Order.objects.get(), tracking="1Z999")
    left = "Your wine left our cellar on Tuesday, October 6, 2026."
    assert f"{left} It goes to Ben Baker, 3 Prince Street, New York, NY 10012." in body
    assert "Tracking number: 1Z999" in body and "Follow it" not in body and "set aside" not in body


def test_it_leads_to_the_carrier_where_that_is_known(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    body = shipped_mail(world, Order.objects.get(), tracking="1Z999AA10123456784")
    assert "Follow it at UPS:\nhttps://www.ups.com/track?tracknum=1Z999AA10123456784" in body


def test_it_says_what_was_taken_now(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    body = shipped_mail(world, order)
    amount = f"${order.owed_minor / 100:.2f}"
    assert f"{amount}, set aside on your card when you ordered, have been charged now." in body
    assert "Tracking number" not in body


def test_picked_up_wine_goes_nowhere(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now, method_reference=world.pickup.reference)
    assert "handed over to you on Tuesday, October 6" in shipped_mail(world, Order.objects.get())


@pytest.mark.parametrize(("tell", "mails"), [(True, 1), (False, 0)])
def test_staff_decide_whether_the_customer_is_told(world: World, tell: bool, mails: int) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    reference = Order.objects.get().reference
    ship_order(order_reference=reference, tell_customer=tell, actor=world.staff, now=world.now)
    assert SentMail.objects.filter(kind="order_shipped").count() == mails


def receipt_of(world: World, order: Order) -> str:
    queued = SentMail.objects.get(kind="order_receipt")
    assert sending.send_one(queued.pk, world.now) is None
    return str(outbox.outbox[-1].body)


def test_the_receipt_says_that_money_is_only_set_aside(world: World) -> None:
    order = set_aside(world, world.ben, {"CAB23": 2}, world.now)
    assert "set aside on your card, and taken when the wine ships." in receipt_of(world, order)


def test_the_receipt_of_a_charged_order_says_nothing_of_it(world: World) -> None:
    buy(world, world.ben, {"CAB23": 2}, world.now)
    assert "set aside" not in receipt_of(world, Order.objects.get())
