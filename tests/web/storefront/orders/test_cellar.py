"""My cellar: everything bought, by wine, with what is still to come; and the list of orders with its wines."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.web.storefront.pages import counted, words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.delivery.models import Method
from tirage.offers.models import Release
from tirage.orders.cellar import cellar_of
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet and a magnum."""
    return bought(shop, shop.ben, {"CAB23": 2, "CAB23-MAG": 1})


def counts(shop: World) -> list[tuple[int, int, int, int, int]]:
    return [
        (one.bought, one.received, one.to_come, one.in_bond, one.stored) for one in cellar_of(shop.ben.pk)
    ]


def test_each_wine_says_what_of_it_is_where(shop: World, ben: Client, order: Order) -> None:
    assert counts(shop) == [(2, 0, 2, 0, 0), (1, 0, 1, 0, 0)]
    words = words_of(ben.get("/cellar/"))
    assert "3 still to come." in words and "Estate Cabernet Sauvignon 2023 Last ordered" in words
    assert "2 bought 2 to come" in words
    Release.objects.update(kind="en_primeur")
    assert counts(shop)[0] == (2, 0, 0, 2, 0) and "2 in bond until released" in words_of(ben.get("/cellar/"))
    Order.objects.update(state="shipped", shipped_at=read_clock())
    assert counts(shop)[0] == (2, 2, 0, 0, 0) and "still to come" not in words_of(ben.get("/cellar/"))
    Method.objects.filter(pk=shop.pickup.pk).update(kind="storage")
    Order.objects.update(method=shop.pickup)
    assert counts(shop)[0] == (2, 0, 0, 0, 2) and "2 in storage" in words_of(ben.get("/cellar/"))


def test_what_was_given_back_or_is_somebody_elses_is_not_there(
    shop: World, ana: Client, order: Order
) -> None:
    assert "Nothing here yet" in words_of(ana.get("/cellar/"))
    Order.objects.update(state="cancelled")
    assert counts(shop) == []


def test_it_asks_once_however_much_there_is(shop: World, ben: Client, order: Order) -> None:
    ben.get("/cellar/")
    with counted() as few:
        ben.get("/cellar/")
    assert len(few) <= 3, few


def test_all_of_it_is_a_file(shop: World, ben: Client, order: Order) -> None:
    answer = ben.get("/cellar/file/")
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["Bought"], rows[0]["Still to come"]) == ("2", "2")
    assert ben.get("/cellar/file/?as=xlsx").getvalue().startswith(b"PK")
    assert ben.get("/cellar/file/?as=pdf").status_code == 404


def test_the_list_of_orders_names_their_wines(shop: World, ben: Client, order: Order) -> None:
    words = words_of(ben.get("/orders/"))
    assert "1 × Estate Cabernet Sauvignon 2023" in words and "2 × Estate Cabernet Sauvignon 2023" in words
    assert "My cellar" in words
    ben.get("/orders/")
    with counted() as one:
        ben.get("/orders/")
    Order.objects.update(placed_at=read_clock() - timedelta(days=1))
    bought(shop, shop.ben, {"CAB23": 1})
    with counted() as two:
        ben.get("/orders/")
    assert len(one) == len(two)
