"""What customers read of their change window, and what the pages do once it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought, one_more
from tests.web.storefront.orders.test_cancelling import is_cancelled, path_of, switch
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.winery import local_time
from tirage.offers.models import Release
from tirage.orders.models import Order
from tirage.parts.wording import say_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed; customers may cancel, and changes end three days before packing."""
    world = build_world(read_clock())
    switch(customers_cancel_orders=True, change_days=3)
    return world


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet."""
    return bought(shop, shop.ben, {"CAB23": 2})


def pack_in(days: int) -> None:
    """Packing begins so many days from today on the winery's clock."""
    Release.objects.update(packing_on=local_time(read_clock()).date() + timedelta(days=days))


def last_day_in_words(days: int) -> str:
    return say_day(read_clock() + timedelta(days=days - 3), "America/Los_Angeles", "en_US", width="full")


def test_the_order_and_its_receipt_say_until_when(shop: World, ben: Client, order: Order) -> None:
    pages = (f"/orders/{order.reference}/", f"/orders/{order.reference}/receipt/")
    for page in pages:
        assert "ntil it leaves" in words_of(ben.get(page))
    pack_in(10)
    for page in pages:
        assert f"ntil the end of {last_day_in_words(10)}" in words_of(ben.get(page))


def test_once_it_is_over_the_page_says_whom_to_write_to(shop: World, ben: Client, order: Order) -> None:
    draft = one_more(shop, order)
    pack_in(2)
    page = words_of(ben.get(f"/orders/{order.reference}/"))
    assert "being made ready" in page and "Change this order" not in page and "Cancel this order" not in page
    assert "You have begun to change" not in page
    for path in (f"/orders/{order.reference}/change/", f"/orders/change/{draft.reference}/", path_of(order)):
        assert "being made ready" in words_of(ben.post(path, {}, follow=True)), path
    assert not is_cancelled(order)
    assert "You can change" not in words_of(ben.get(f"/orders/{order.reference}/receipt/"))


def test_bottles_are_no_longer_added_to_an_order_that_is_made_ready(
    shop: World, ben: Client, order: Order
) -> None:
    words = f"Add to my order {order.reference}"
    assert words in words_of(ben.get("/offer/"))
    pack_in(2)
    assert words not in words_of(ben.get("/offer/"))
    ben.post("/cart/", {"act": "add_all"}, follow=True)
    assert sum(line.quantity for line in order.lines.all()) == 2
