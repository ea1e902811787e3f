"""Choose before nine: planned while an offer isn't open, taken and ordered by one press once it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.web.storefront.pages import form_of, item_id, words_of
from tests.world import World, build_world
from tirage.checkout.models import OpeningPlan
from tirage.core.clock import read_clock
from tirage.inventory.models import Stock
from tirage.offers.models import Offer, Release
from tirage.orders.models import Order
from tirage.payments.models import Payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> World:
    """The world, committed; everything opens in an hour and is shown already."""

    world, now = build_world(read_clock()), read_clock()
    Offer.objects.update(opens_at=now + timedelta(hours=1), closes_at=now + timedelta(days=3))
    Release.objects.update(shown_early=True)
    return world


def keep(ana: Client, shop: World, **wanted: int) -> None:
    fields = form_of(ana.get("/plan/"), "/plan/")
    fields = {name: "0" if name.startswith("bottles_") else value for name, value in fields.items()}
    fields |= {f"bottles_{item_id(shop, shop.premier_offer, name)}": str(n) for name, n in wanted.items()}
    answer = ana.post("/plan/", {**fields, "act": "keep"})
    assert answer.status_code == 302, words_of(answer)


def opens() -> None:
    Offer.objects.update(opens_at=read_clock() - timedelta(seconds=1))


def press(ana: Client) -> Any:
    fields = form_of(ana.get("/plan/"), "/plan/take/")
    return ana.post("/plan/take/", {**fields, "act": "order"})


def test_it_is_planned_seen_and_ordered_by_one_press(shop: World, ana: Client) -> None:
    assert "Plan what to take" in words_of(ana.get("/offer/"))
    keep(ana, shop, cabernet=2)
    words = words_of(ana.get("/plan/"))
    assert "Until then nothing is held and nothing is charged." in words and "Your plan is kept" in words
    assert "Total, as of now" in words
    assert "See or change my plan" in words_of(ana.get("/offer/"))
    assert not Order.objects.exists() and shop.stock(shop.cabernet).held == 0
    opens()
    assert ana.get("/offer/").headers["location"] == "/plan/"
    assert "Take and order 2 bottles · $" in words_of(ana.get("/plan/"))
    answer = press(ana)
    order = Order.objects.get()
    assert answer.headers["location"] == f"/orders/{order.reference}/receipt/"
    assert order.state == "placed" and order.bottle_count == 2
    assert Payment.objects.get().payment_method == shop.ana_card
    assert ana.get("/offer/").status_code == 200, "it is used, and leads nowhere any more"


def test_pressed_twice_it_orders_once(shop: World, ana: Client) -> None:
    keep(ana, shop, cabernet=2)
    opens()
    fields = {**form_of(ana.get("/plan/"), "/plan/take/"), "act": "order"}
    ana.post("/plan/take/", fields)
    again = ana.post("/plan/take/", fields, follow=True)
    assert "There is no plan to take any more" in words_of(again)
    assert Order.objects.count() == 1 and shop.stock(shop.cabernet).held == 0


def test_what_is_gone_is_said_and_nothing_is_ordered(shop: World, ana: Client) -> None:
    keep(ana, shop, cabernet=2, magnum=2)
    Stock.objects.filter(sku=shop.magnum).update(on_hand=0)
    opens()
    fields = form_of(ana.get("/plan/"), "/plan/take/")
    answer = ana.post("/plan/take/", {**fields, "act": "order"}, follow=True)
    words = words_of(answer)
    assert "none could be held; the wine is sold out." in words
    assert "The rest is held for you. Nothing is ordered yet." in words and "Place order" in words
    assert not Order.objects.exists() and shop.stock(shop.cabernet).held == 2


def test_everything_gone_leads_to_the_wines(shop: World, ana: Client) -> None:
    keep(ana, shop, magnum=2)
    Stock.objects.filter(sku=shop.magnum).update(on_hand=0)
    opens()
    fields = form_of(ana.get("/plan/"), "/plan/take/")
    answer = ana.post("/plan/take/", {**fields, "act": "order"}, follow=True)
    assert "sold out" in words_of(answer) and answer.redirect_chain[-1][0].startswith("/offer/")


def test_another_price_than_the_page_showed_is_asked_about(shop: World, ana: Client) -> None:
    keep(ana, shop, cabernet=2)
    opens()
    fields = form_of(ana.get("/plan/"), "/plan/take/")
    type(shop.cabernet).objects.filter(pk=shop.cabernet.pk).update(price_minor=150_00)
    answer = ana.post("/plan/take/", {**fields, "act": "order"})
    assert answer.status_code == 422 and "The total has changed since you saw it" in words_of(answer)
    assert not Order.objects.exists() and shop.stock(shop.cabernet).held == 2


def test_the_wines_can_be_seen_instead_and_the_plan_forgotten(shop: World, ana: Client) -> None:
    keep(ana, shop, cabernet=2)
    opens()
    assert ana.get("/offer/?wines=1").status_code == 200
    ana.post("/plan/", {"act": "drop"})
    assert not OpeningPlan.objects.exists() and ana.get("/offer/").status_code == 200


def test_beyond_the_allocation_is_said_beside_the_wine(shop: World, ana: Client) -> None:
    fields = form_of(ana.get("/plan/"), "/plan/")
    cab = item_id(shop, shop.premier_offer, "cabernet")
    answer = ana.post("/plan/", {**fields, f"bottles_{cab}": "9", "act": "keep"})
    assert answer.status_code == 422 and "Your allocation of this wine is 6." in words_of(answer)


def test_where_the_wines_arent_shown_there_is_no_plan(shop: World, ana: Client) -> None:
    Release.objects.update(shown_early=False)
    assert ana.get("/plan/").headers["location"] == "/offer/"
    assert "Plan what to take" not in words_of(ana.get("/offer/"))
