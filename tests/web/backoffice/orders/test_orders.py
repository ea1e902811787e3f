"""One order's page and what staff may do there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.core.events import EventName
from tirage.core.models import Event
from tirage.inventory.models import Stock
from tirage.notifications.models import SentMail
from tirage.orders.models import Order, OrderChange, OrderCharge, OrderLine
from tirage.payments.models import Payment
from tirage.staff.states import Role


@pytest.fixture
def order(world: World) -> Order:
    """Ana's two Cabernets, paid; 268 dollars with shipping."""
    order = Order.objects.create(
        customer=world.ana,
        release=world.release,
        offer=world.premier_offer,
        group=world.premier,
        state="placed",
        currency="USD",
        made_at=world.now,
        placed_at=world.now,
        method=world.ground,
        recipient="Ana Alvarez",
        line1="1 Valencia Street",
        city="San Francisco",
        ship_state="CA",
        postal_code="94110",
        owed_minor=268_00,
        paid_minor=268_00,
    )
    change = OrderChange.objects.create(
        order=order,
        number=1,
        kind="placing",
        at=world.now,
        actor_label="Ana Alvarez",
        difference_minor=268_00,
    )
    OrderLine.objects.create(
        order=order, change=change, sku=world.cabernet, quantity=2, unit_price_minor=120_00
    )
    OrderCharge.objects.create(
        order=order, change=change, kind="shipping", amount_minor=28_00, description="Ground"
    )
    Stock.objects.filter(sku=world.cabernet).update(sold=2)
    Payment.objects.create(
        order=order,
        payment_method=world.ana_card,
        gateway="test",
        kind="charge",
        state="settled",
        amount_minor=268_00,
        currency="USD",
        idempotency_key="key-1",
        gateway_reference="missing-at-the-gateway",
        made_at=world.now,
        settled_at=world.now,
    )
    return order


def test_the_page_says_on_which_day_the_customer_wants_it_shipped(owner_client: Client, order: Order) -> None:
    assert "Ship on" not in page_of(owner_client, order)
    Order.objects.filter(pk=order.pk).update(requested_ship_on=date(2026, 12, 7))
    assert "<p>Ship on December 7, 2026</p>" in page_of(owner_client, order)


def page_of(client: Client, order: Order) -> str:
    answer = client.get(f"/winery/orders/{order.reference}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_tells_the_whole_story(owner_client: Client, order: Order) -> None:
    page = page_of(owner_client, order)
    for words in (
        "Paid. The bottles wait to be shipped.",
        "Ana Alvarez",
        "Estate Cabernet Sauvignon 2023",
        "$240.00",
        "$28.00",
        "$268.00",
        "Visa 4242",
        "1 Valencia Street",
        "1. Placed",
    ):
        assert words in page


def test_an_unknown_order_is_not_found(owner_client: Client, world: World) -> None:
    assert owner_client.get("/winery/orders/ORD-NOBODYXX/").status_code == 404


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.OWNER, True), (Role.HOSPITALITY, False), (Role.READ_ONLY, False)]
)
def test_only_those_who_may_refund_see_how(client_as: ClientAs, order: Order, role: Role, sees: bool) -> None:
    page = page_of(client_as(role), order)
    assert ("<summary>Refund</summary>" in page) is sees
    assert ("Cancel the order" in page) is sees


def test_a_note_is_kept_in_the_activity(owner_client: Client, order: Order) -> None:
    owner_client.post(f"/winery/orders/{order.reference}/note", {"note": "Ship after the heat"})
    event = Event.objects.get(name=EventName.ORDER_NOTED.value)
    assert event.text == "noted: Ship after the heat"
    assert event.actor_label == "Owner"
    assert "Ship after the heat" in page_of(owner_client, order)


def test_the_receipt_is_mailed_again(owner_client: Client, order: Order) -> None:
    owner_client.post(f"/winery/orders/{order.reference}/receipt")
    assert SentMail.objects.get().data == {"order_id": order.pk}


def test_a_refund_beyond_what_was_paid_is_refused_and_nothing_typed_is_lost(
    owner_client: Client, order: Order
) -> None:
    payment = order.payments.get()
    answer = owner_client.post(
        f"/winery/orders/{order.reference}/refund",
        {"payment": payment.reference, "amount": "300", "reason": "Broken corks"},
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="Broken corks"' in page
    assert 'value="300"' in page
    assert '<details class="story-act" open>' in page
    assert order.payments.count() == 1


def test_what_was_typed_stays_with_its_own_payment(owner_client: Client, order: Order, world: World) -> None:
    """A refusal of one payment's form leaves the others' empty and closed."""
    first = order.payments.get()
    Payment.objects.create(
        order=order,
        gateway="offline",
        offline_kind="cheque",
        kind="charge",
        state="settled",
        amount_minor=10_00,
        currency="USD",
        idempotency_key="key-2",
        made_at=world.now,
        settled_at=world.now,
    )
    answer = owner_client.post(
        f"/winery/orders/{order.reference}/refund",
        {"payment": first.reference, "amount": "300", "reason": "Broken corks"},
    )
    page = answer.content.decode()
    assert page.count("<summary>Refund</summary>") == 2
    assert page.count('<details class="story-act" open>') == 1
    assert page.count('value="Broken corks"') == 1


def test_a_refund_needs_a_payment_of_this_order(owner_client: Client, order: Order, world: World) -> None:
    answer = owner_client.post(
        f"/winery/orders/{order.reference}/refund", {"payment": "PAY-OTHER", "amount": "10", "reason": "x"}
    )
    assert "This payment is not of this order." in answer.content.decode()


def test_a_refund_that_the_bank_refuses_says_so(owner_client: Client, order: Order) -> None:
    payment = order.payments.get()
    answer = owner_client.post(
        f"/winery/orders/{order.reference}/refund",
        {"payment": payment.reference, "amount": "10", "reason": "Broken cork"},
        follow=True,
    )
    assert "The bank refused" in answer.content.decode()
    assert Payment.objects.get(parent=payment).state == "declined"


def test_a_page_of_an_order_takes_few_queries(
    owner_client: Client, order: Order, django_assert_max_num_queries: Any
) -> None:
    owner_client.get("/winery/orders/")
    with django_assert_max_num_queries(18):
        page_of(owner_client, order)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "charge", "decline_code": "stolen_card"}, "The card was reported stolen"),
        (
            {"kind": "refund", "decline_code": "refused", "message": "Unknown at the bank."},
            "Unknown at the bank",
        ),
        ({"kind": "charge", "decline_code": "refused", "message": "x"}, "This card can&#x27;t be charged"),
    ],
)
def test_why_money_did_not_move_is_said_in_the_teams_words(
    owner_client: Client, order: Order, facts: dict[str, str], words: str
) -> None:
    paid = order.payments.get()
    parent = paid if facts["kind"] == "refund" else None
    Payment.objects.create(
        order=order,
        gateway="test",
        state="declined",
        amount_minor=5_00,
        currency="USD",
        idempotency_key="key-2",
        made_at=order.made_at,
        parent=parent,
        **facts,
    )
    page = page_of(owner_client, order)
    assert words in page and f"({facts['decline_code']})" not in page
