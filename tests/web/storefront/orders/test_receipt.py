"""The receipt: when the wine leaves, what is wished for besides, days for the calendar, and the page on paper."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery, local_time
from tirage.offers.models import OfferItem, Release
from tirage.orders.models import Order
from tirage.parts.wording import say_day
from tirage.wishes.models import Wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet."""
    return bought(shop, shop.ben, {"CAB23": 2})


def path_of(order: Order, more: str = "receipt/") -> str:
    return f"/orders/{order.reference}/{more}"


def pack_in(days: int) -> None:
    day = local_time(read_clock()).date() + timedelta(days=days)
    Release.objects.update(packing_on=day)


def said_day(days: int) -> str:
    day = local_time(read_clock()).date() + timedelta(days=days)
    return say_day(day, "UTC", "en_US", width="full")


def test_it_says_when_the_wine_leaves_as_far_as_anybody_knows(shop: World, ben: Client, order: Order) -> None:
    assert "We write to you when it leaves, with its tracking number." in words_of(ben.get(path_of(order)))
    pack_in(9)
    assert f"It leaves our cellar from {said_day(9)} on." in words_of(ben.get(path_of(order)))
    pack_in(-1)
    assert "It is being made ready." in words_of(ben.get(path_of(order)))
    order.requested_ship_on = local_time(read_clock()).date() + timedelta(days=20)
    order.save()
    for more in ("", "receipt/"):
        words = words_of(ben.get(path_of(order, more)))
        assert f"It leaves our cellar on {said_day(20)}, as you asked." in words


def test_the_calendar_has_its_days_and_is_the_customers_alone(
    shop: World, ana: Client, ben: Client, order: Order
) -> None:
    assert ben.get(path_of(order, "calendar/")).status_code == 404
    assert "calendar" not in words_of(ben.get(path_of(order)))
    Winery.objects.update(change_days=3)
    forget_winery()
    pack_in(9)
    assert "Add the days to your calendar" in words_of(ben.get(path_of(order)))
    answer = ben.get(path_of(order, "calendar/"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{order.reference}.ics"'
    text = answer.content.decode().replace("\r\n ", "")
    assert f"UID:{order.reference}-change@" in text and f"UID:{order.reference}-leaves@" in text
    day = local_time(read_clock()).date() + timedelta(days=9)
    assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in text and "2 × " in text
    assert "Valencia" not in text and "Ben" not in text
    assert ana.get(path_of(order, "calendar/")).status_code == 404
    assert Client().get(path_of(order, "calendar/")).status_code == 302


def test_what_has_left_keeps_no_days(shop: World, ben: Client, order: Order) -> None:
    pack_in(9)
    Order.objects.filter(pk=order.pk).update(state="shipped", shipped_at=read_clock())
    assert ben.get(path_of(order, "calendar/")).status_code == 404
    assert "cellar from" not in words_of(ben.get(path_of(order, "")))


def test_wishes_stand_beside_the_order(shop: World, ben: Client, order: Order) -> None:
    assert "wish for besides" not in words_of(ben.get(path_of(order)))
    now = read_clock()
    Wish.objects.create(
        reference="WSH-TRYIT1",
        customer=shop.ben,
        offer_item=OfferItem.objects.get(offer=order.offer_id, sku=shop.cabernet),
        kind="request",
        asked=3,
        granted=1,
        made_at=now,
        changed_at=now,
    )
    words = words_of(ben.get(path_of(order)))
    assert "What you wish for besides 2 × " in words and "We decide after the offer closes" in words


def test_on_paper_it_names_seller_buyer_and_day(shop: World, ben: Client, order: Order) -> None:
    Winery.objects.update(legal_name="Ridge & Sons LLC", postal_address="1 Hill Road, Napa, CA 94558")
    forget_winery()
    for more in ("", "receipt/"):
        words = words_of(ben.get(path_of(order, more)))
        assert f"Receipt {order.reference} Date {said_day(0)} Sold by Ridge & Sons LLC" in words
        assert f"Sold to {shop.ben.name} {shop.ben.email}" in words
