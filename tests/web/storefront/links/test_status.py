"""An order's way by the link in its mails: read by whoever has it, and nothing more than that."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.core import signing
from django.test import Client

from tests.rooms.changes.journey import bought
from tests.web.storefront.pages import words_of
from tests.world import World
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.notifications.content import values_of
from tirage.notifications.models import SentMail
from tirage.notifications.rules import Link
from tirage.orders.models import Order
from tirage.orders.status_links import LIFE, order_by_link, status_link
from tirage.storefront.frame.identity import COOKIE

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop: World) -> Order:
    """Ben's two bottles of Cabernet."""
    return bought(shop, shop.ben, {"CAB23": 2})


def path_of(order: Order) -> str:
    return "/status/" + status_link(order).rpartition("/status/")[2]


def test_it_says_where_it_is_and_no_more(shop: World, order: Order) -> None:
    answer = Client().get(path_of(order))
    words = words_of(answer)
    assert order.reference in words and "2 × Estate Cabernet Sauvignon 2023" in words
    assert "It can be changed until it leaves." in words and order.city in words
    for secret in (order.line1, order.postal_code, shop.ben.last_name, shop.ben.email, "$", "4242"):
        assert secret and secret not in words, secret
    assert answer["Referrer-Policy"] == "no-referrer" and "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]


def test_what_has_left_has_its_tracking(shop: World, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(
        state="shipped", shipped_at=read_clock(), tracking="1Z999AA10123456784"
    )
    words = words_of(Client().get(path_of(order)))
    assert "1Z999AA10123456784" in words and "Follow it at UPS" in words and "changed until" not in words


def test_it_leads_to_no_other_order_and_cant_be_made_up(shop: World, order: Order) -> None:
    other = bought(shop, shop.ana, {"CAB23": 1})
    assert other.reference not in words_of(Client().get(path_of(order)))
    token = path_of(order).split("/")[2]
    payload = signing.b64_encode(f'["{other.reference}",0]'.encode()).decode()
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        payload + token[token.index(":") :],
        other.reference,
    ):
        answer = Client().get(f"/status/{wrong}/")
        assert answer.status_code == 404 and other.reference not in words_of(answer)
    assert Client().post(path_of(order)).status_code == 405


def test_it_opens_nothing_else(shop: World, order: Order) -> None:
    browser = Client()
    browser.get(path_of(order))
    assert COOKIE not in browser.cookies and browser.get(f"/orders/{order.reference}/").status_code == 302


def test_it_ends_by_its_days_and_with_signing_out_everywhere(shop: World, order: Order) -> None:
    token = path_of(order).split("/")[2]
    assert order_by_link(token) == order
    later = (read_clock() + LIFE + timedelta(hours=1)).timestamp()
    with mock.patch("django.core.signing.time.time", return_value=later):
        assert order_by_link(token) is None
    Customer.objects.filter(pk=shop.ben.pk).update(session_epoch=shop.ben.session_epoch + 1)
    assert order_by_link(token) is None
    assert "This link has ended" in words_of(Client().get(f"/status/{token}/"))


def test_the_mails_lead_there(shop: World, order: Order) -> None:
    mail = SentMail.objects.get(kind="order_receipt")
    link = values_of(mail, shop.winery)["order.link"]
    assert isinstance(link, Link) and order_by_link(link.href.split("/")[-2]) == order
