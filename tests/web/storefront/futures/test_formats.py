"""A customer looks at another format for wine that isn't bottled yet, and chooses it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.rooms.futures.campaign import CODE, Futures, begin, buy, order_of
from tests.rooms.futures.formats import MAGNUM, magnums
from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.futures.holding import holding_of
from tirage.futures.models import Lot
from tirage.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def futures(transactional_db: None) -> Futures:
    return begin(build_world(read_clock()))


@pytest.fixture
def shop(futures: Futures) -> World:
    return futures.world


@pytest.fixture
def order(futures: Futures) -> Order:
    return order_of(buy(futures, futures.world.ben, 12))


def at(futures: Futures, order: Order) -> str:
    return f"/account/futures/{order.reference}/format/{futures.lot.reference}/"


def held(order: Order) -> list[tuple[str, int]]:
    order.refresh_from_db()
    found = holding_of(order)
    return [(one.lot.sku.code, one.pieces) for one in found.held] if found else []


def test_it_is_shown_and_chosen(futures: Futures, order: Order, ben: Client) -> None:
    assert "Another format" not in words_of(ben.get("/account/futures/"))
    assert ben.get(at(futures, order)).status_code == 404, "there is no other"
    large = magnums(futures)
    assert "Another format, until Monday, June 14, 2027" in words_of(ben.get("/account/futures/"))
    words = words_of(ben.get(at(futures, order)))
    assert "1.5 l, $10.00 a piece more" in words and "12 × 750 ml become 6 × 1.5 l" in words
    assert "Your order costs more by $60.00" in words and "Choose it; charge $60.00" in words
    assert "takes 2 of these at a time" in words_of(ben.get(at(futures, order), {"pieces": "3"}))
    card = futures.world.ben_card.reference
    facts = {"to": large.reference, "pieces": "4", "shown": "100", "card": card}
    answer = ben.post(at(futures, order), facts)
    assert answer.status_code == 422 and "another amount" in words_of(answer)
    words = words_of(ben.post(at(futures, order), facts | {"shown": "2000"}, follow=True))
    assert "Your wine will be bottled as 1.5 l." in words and "2 × Cabernet Sauvignon 2025, 1.5 l" in words
    assert held(order) == [(CODE, 8), (MAGNUM, 2)]


def test_once_it_is_bottled_it_says_so(futures: Futures, order: Order, ben: Client) -> None:
    large = magnums(futures)
    Lot.objects.update(bottling_on=read_clock().date() - timedelta(days=2))
    words = words_of(ben.get(at(futures, order)))
    assert "so its format stays as it is" in words and "Choose it" not in words
    facts = {"to": large.reference, "pieces": "12", "shown": "6000"}
    assert ben.post(at(futures, order), facts).status_code == 422 and held(order) == [(CODE, 12)]
    assert "Another format" not in words_of(ben.get("/account/futures/"))


def test_neighbours_have_no_say(futures: Futures, order: Order, ben: Client, ana: Client) -> None:
    magnums(futures)
    assert ana.get(at(futures, order)).status_code == ana.post(at(futures, order)).status_code == 404
    for typed in ("x", "-4", "9" * 40, "0"):
        assert ben.get(at(futures, order), {"pieces": typed}).status_code in (200, 422)
    assert ben.post(at(futures, order), {"pieces": "12", "shown": "x"}).status_code == 422


def test_the_team_offers_a_format(futures: Futures, owner_client: Client) -> None:
    made = magnums(futures)
    page = f"/winery/cellar/lots/{futures.lot.reference}/"
    words = words_of(owner_client.get(page))
    assert "All of them sell the same wine" in words and "1.5 l" in words
    answer = owner_client.post(f"{page}format/", {"sku": MAGNUM, "supplement": "12.50"}, follow=True)
    assert "may be had as 1.5 l" in words_of(answer)
    made.refresh_from_db()
    assert made.supplement_minor == 12_50
    assert owner_client.post(f"{page}format/", {"sku": CODE, "supplement": "1"}).status_code == 400
