"""Home: the live release, its hours and what needs somebody; and the search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import ClientAs
from tests.world import World
from tirage.backoffice.home.live import live_release, needs_attention
from tirage.inventory.models import Hold, Stock
from tirage.offers.models import Offer
from tirage.orders.models import Order, OrderChange, OrderLine
from tirage.payments.models import Payment
from tirage.staff.states import Role


def sell(world: World, pieces: int, minutes: int = 5, state: str = "placed") -> Order:
    at = world.now - timedelta(minutes=minutes)
    order = Order.objects.create(
        customer=world.ana,
        release=world.release,
        state=state,
        currency="USD",
        made_at=at,
        placed_at=at,
        owed_minor=pieces * 120_00,
        paid_minor=pieces * 120_00,
    )
    change = OrderChange.objects.create(
        order=order, number=1, kind="placing", at=at, actor_label="Ana", difference_minor=order.owed_minor
    )
    OrderLine.objects.create(
        order=order, change=change, sku=world.cabernet, quantity=pieces, unit_price_minor=120_00
    )
    return order


def test_sold_held_and_left_per_wine(world: World) -> None:
    sell(world, 3)
    sell(world, 2, state="cancelled")
    stock = world.stock(world.cabernet)
    Stock.objects.filter(pk=stock.pk).update(sold=3, held=4)
    Hold.objects.create(stock=stock, holder="CRT-1", quantity=4, expires_at=world.now + timedelta(minutes=5))
    live = live_release(world.now)
    assert live is not None
    wine = next(wine for wine in live.wines if wine.sku == world.cabernet)
    assert [(part.label, part.value) for part in wine.parts] == [("sold", 3), ("in carts", 4), ("left", 93)]
    assert (live.orders, live.customers, live.bottles, live.money.minor) == (1, 1, 3, 360_00)
    assert live.is_open


def test_orders_and_money_by_hour_on_the_winerys_clock(world: World) -> None:
    sell(world, 1, minutes=5)
    sell(world, 2, minutes=65)
    sell(world, 9, minutes=60 * 30)
    live = live_release(world.now)
    assert live is not None
    assert [bar.label for bar in live.hours.orders[-3:]] == ["7 AM", "8 AM", "9 AM"]
    assert [bar.value for bar in live.hours.orders[-3:]] == [1, 1, 0]
    assert [bar.value for bar in live.hours.money[-3:]] == [240_00, 120_00, 0]
    assert sum(bar.value for bar in live.hours.orders) == 2


def test_an_open_release_before_one_ahead_before_one_gone(world: World) -> None:
    Offer.objects.update(opens_at=world.now + timedelta(days=1), closes_at=world.now + timedelta(days=2))
    ahead = live_release(world.now)
    assert ahead is not None
    assert not ahead.is_open
    Offer.objects.update(is_active=False)
    assert live_release(world.now) is None


def test_what_needs_somebody(world: World) -> None:
    assert needs_attention(world.now) == []
    order = sell(world, 1)
    Payment.objects.create(
        order=order,
        gateway="test",
        kind="charge",
        state="unknown",
        amount_minor=1,
        currency="USD",
        idempotency_key="k",
        made_at=world.now - timedelta(minutes=10),
    )
    Order.objects.filter(pk=order.pk).update(owed_minor=0)
    texts = [attention.text for attention in needs_attention(world.now)]
    assert texts == ["Payments: 1 without an answer from the bank.", "1 order has money to give back."]


def test_the_page_and_the_part_that_lives(owner_client: Client, world_today: World) -> None:
    page = owner_client.get("/winery/").content.decode()
    assert "Autumn 2026" in page
    assert 'hx-trigger="every 10s"' in page
    part = owner_client.get("/winery/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Estate Cabernet Sauvignon 2023" in part


def test_home_takes_few_queries(
    owner_client: Client, world_today: World, django_assert_max_num_queries: Any
) -> None:
    owner_client.get("/winery/")
    with django_assert_max_num_queries(26):
        owner_client.get("/winery/")


def test_home_of_an_empty_winery(owner_client: Client) -> None:
    assert "Before your first release" in owner_client.get("/winery/").content.decode()


# Search


@pytest.mark.parametrize(
    ("text", "title", "label"),
    [
        ("ana alv", "Customers", "Ana Alvarez"),
        ("ben@example.com", "Customers", "Ben Baker"),
        ("cabernet", "Wines", "Estate Cabernet Sauvignon 2023"),
        ("cha24", "Wines", "Ridge Chardonnay 2024"),
        ("autumn", "Releases", "Autumn 2026"),
        ("shipping", "Pages", "Delivery"),
    ],
)
def test_everything_is_found(owner_client: Client, world: World, text: str, title: str, label: str) -> None:
    answer = owner_client.get("/winery/search", {"q": text}, headers={"HX-Request": "true"})
    found = {finds.title: [one.label for one in finds.found] for finds in answer.context["finds"]}
    assert label in found[title]


def test_an_order_by_its_number_is_gone_to_at_once(owner_client: Client, world: World) -> None:
    order = sell(world, 1)
    answer = owner_client.get("/winery/search", {"q": order.reference[4:].lower()})
    assert answer["Location"] == f"/winery/orders/{order.reference}/"


def test_the_search_finds_only_what_the_role_may_see(client_as: ClientAs, world: World) -> None:
    fulfilment = client_as(Role.FULFILMENT)
    assert fulfilment.get("/winery/search", {"q": "team"}).context["finds"] == []
    assert fulfilment.get("/winery/search", {"q": "autumn"}).context["finds"] == []


def test_one_letter_finds_nothing_and_odd_letters_break_nothing(owner_client: Client, world: World) -> None:
    for text in ("a", "", "%", "_'\"", "ORD-%", "\\"):
        assert owner_client.get("/winery/search", {"q": text}).status_code == 200
