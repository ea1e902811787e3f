"""A person led through what the gateway's list and the books disagree about."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.rooms.payments.comparing import compare, paid_order, stray_charge, the_finding
from tests.rooms.payments.owing import owing_order
from tests.web.conftest import client_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.money import Money
from tirage.integrations.test_gateway.models import TestCharge
from tirage.orders.models import Order
from tirage.payments.gateways import gateway_for
from tirage.payments.models import Comparison, Payment
from tirage.staff.states import Role


def page_of(client: Client) -> str:
    return client.get(f"/winery/payments/findings/{the_finding().reference}/").content.decode()


def press(client: Client, act: str, **sent: str) -> Any:
    """The page after a form of the finding's page was sent."""
    return client.post(f"/winery/payments/findings/{the_finding().reference}/{act}", sent, follow=True)


@pytest.fixture
def manager(world_today: World) -> Client:
    return client_of(Role.MANAGER)


def test_home_the_tab_and_the_list_tell_of_it(world_today: World, manager: Client) -> None:
    assert "gateway’s list" not in manager.get("/winery/").content.decode()
    stray_charge(world_today.ben_card, 50_00)
    compare(read_clock())
    assert "1 line of the gateway’s list doesn’t fit the books." in manager.get("/winery/").content.decode()
    fulfilment = client_of(Role.FULFILMENT)
    assert "gateway’s list" not in fulfilment.get("/winery/").content.decode()
    page = manager.get("/winery/payments/findings/?state=open").content.decode()
    assert "Charge without a payment" in page and "$50.00" in page and "Last compared" in page
    assert "1 line of" not in page and "1 lines since" in page


def test_a_charge_is_attached_to_the_order_that_it_names(world_today: World, manager: Client) -> None:
    order = owing_order(world_today, world_today.ben, read_clock())
    stray_charge(world_today.ben_card, 50_00, order=order.reference)
    compare(read_clock())
    page = page_of(manager)
    assert (
        f"Attach to {order.reference}" in page and "named by the charge" in page and "$50.00 to pay" in page
    )
    after = press(manager, "attach", order=order.reference).content.decode()
    assert (
        f"You attached it to {order.reference} as PAY-QQQQQQQQ." in after and "Attached to an order" in after
    )
    order.refresh_from_db()
    assert order.balance_minor == 0


def test_of_an_order_that_isnt_here_it_says_why(world_today: World, manager: Client) -> None:
    owing = owing_order(world_today, world_today.ben, read_clock())
    stray_charge(world_today.ben_card, 50_00, order="ORD-ZZZZZZZZ")
    compare(read_clock())
    page = page_of(manager)
    assert "ORD-ZZZZZZZZ" in page and "after the backup" in page
    assert f"Attach to {owing.reference}" in page and "owes this much" in page
    refused = press(manager, "attach", order="ORD-ZZZZZZZZ")
    assert refused.status_code == 400 and "no placed or shipped order" in refused.content.decode()


def test_it_is_given_back(world_today: World, manager: Client) -> None:
    stray_charge(world_today.ben_card, 50_00)
    compare(read_clock())
    assert press(manager, "give-back", reason="").status_code == 400
    after = press(manager, "give-back", reason="Nobody’s").content.decode()
    assert "You refunded $50.00 to the card." in after and "Nobody’s" in after
    assert "Attach to this order" not in after and "It is all right" not in after
    assert press(manager, "give-back", reason="Again").status_code == 400


def test_a_refund_is_booked(world_today: World, manager: Client) -> None:
    order, payment = paid_order(world_today)
    gateway_for("test").refund(
        gateway_reference=payment.gateway_reference, amount=Money(25_00, "USD"), idempotency_key="by-hand"
    )
    compare(read_clock())
    assert order.reference in page_of(manager)
    assert press(manager, "book", reason="Corked").status_code == 400
    assert "You booked it as PAY-" in press(manager, "book", reason="Corked", owed="less").content.decode()
    order.refresh_from_db()
    assert order.balance_minor == 0 and order.paid_minor == payment.amount_minor - 25_00


def test_money_that_came_after_all_is_booked(world_today: World, manager: Client) -> None:
    order, _ = paid_order(world_today)
    Payment.objects.update(state="voided", settled_at=None)
    Order.objects.update(paid_minor=0)
    compare(read_clock())
    assert "It came after all" in page_of(manager)
    assert "You booked it as PAY-" in press(manager, "book").content.decode()
    order.refresh_from_db()
    assert order.balance_minor == 0


def test_it_was_looked_into(world_today: World, manager: Client) -> None:
    paid_order(world_today)
    TestCharge.objects.update(captured_minor=1_00)
    compare(read_clock())
    page = page_of(manager)
    assert "tells of $1.00, the books of" in page and "Refund it" not in page
    assert press(manager, "looked-into", reason="").status_code == 400
    assert "Looked into" in press(manager, "looked-into", reason="Their clerk says so").content.decode()


def test_compare_now_hands_it_to_the_worker_and_shows_how_far_it_is(
    world_today: World, manager: Client
) -> None:
    page = manager.post("/winery/payments/findings/compare", follow=True).content.decode()
    assert "Comparing with the gateway’s list since" in page and "0 lines so far" in page
    assert "Compare now" not in page and Comparison.objects.count() == 1
    manager.post("/winery/payments/findings/compare")
    assert Comparison.objects.count() == 1


def test_who_may_only_look_finds_nothing_to_press(world_today: World) -> None:
    stray_charge(world_today.ben_card, 50_00)
    compare(read_clock())
    client = client_of(Role.HOSPITALITY)
    page = page_of(client)
    assert "Charge without a payment" in page and '<form method="post" action="/winery/payments' not in page
    assert press(client, "give-back", reason="x").status_code == 403
