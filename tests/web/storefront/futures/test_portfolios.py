"""Portfolios on a customer's pages, and all of it as a file."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rooms.futures.campaign import Futures, begin, buy, order_of
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.futures.models import Portfolio
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "/account/futures/portfolios/new/"


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()))


@pytest.fixture
def shop(futures: Futures) -> World:
    return futures.world


@pytest.fixture
def order(futures: Futures) -> Order:
    return order_of(buy(futures, futures.world.ben, 12))


def field(futures: Futures, order: Order) -> str:
    return f"pieces-{order.pk}-{futures.lot.pk}"


def test_wine_is_sorted_moved_and_let_go(
    futures: Futures, order: Order, ben: Client, owner_client: Client
) -> None:
    words = words_of(ben.post(NEW, {"name": "For Ida", field(futures, order): "5"}, follow=True))
    assert "“For Ida” is saved." in words and "5 × Cabernet Sauvignon 2025" in words
    assert "Together, in bond $500.00" in words and "In no portfolio 7 × Cabernet Sauvignon 2025" in words
    assert "It cost in bond $1,200.00" in words
    words = words_of(ben.post(NEW, {"name": "For Jon", field(futures, order): "9"}, follow=True))
    assert "2 of its bottles came from others" in words
    kept = Portfolio.objects.get(name="For Ida")
    at = f"/account/futures/portfolios/{kept.reference}/"
    words = words_of(ben.get(at))
    assert "12 in all; 9 in For Jon" in words
    staff = words_of(owner_client.get(f"/winery/customers/{futures.world.ben.reference}/"))
    assert "For Ida: 3 × Cabernet Sauvignon 2025" in staff
    answer = ben.post(at, {"name": "", field(futures, order): "99"})
    assert answer.status_code == 422
    words = words_of(ben.post(at, {"act": "remove"}, follow=True))
    assert "“For Ida” is gone. Its wine is still yours." in words


def test_neighbours_have_none_of_it(futures: Futures, order: Order, ben: Client, ana: Client) -> None:
    ben.post(NEW, {"name": "For Ida", field(futures, order): "5"})
    at = f"/account/futures/portfolios/{Portfolio.objects.get().reference}/"
    assert ana.get(at).status_code == ana.post(at, {"act": "remove"}).status_code == 404
    assert ana.post(NEW, {"name": "Mine", field(futures, order): "5"}).status_code == 302
    assert Portfolio.objects.get(name="Mine").parts.count() == 0


def test_all_of_it_as_a_file(futures: Futures, order: Order, ben: Client, ana: Client) -> None:
    ben.post(NEW, {"name": "For Ida", field(futures, order): "5"})
    answer = ben.get("/account/futures/file/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[1].startswith("For Ida,Cabernet Sauvignon 2025,2025,750 ml,,5,500.00,USD,Barrels 1 to 4")
    assert len(lines) == 3
    answer = ben.get("/account/futures/file/?as=xlsx")
    assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    assert ben.get("/account/futures/file/?as=pdf").status_code == 404
    assert len(b"".join(ana.get("/account/futures/file/").streaming_content).splitlines()) == 1  # type: ignore[attr-defined]
