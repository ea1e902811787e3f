"""The black box says what the shop showed at that moment: found by driving the shop through a release day by chance."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client

from tests.web.conftest import ClientAs
from tests.web.storefront.conftest import SignedIn
from tests.web.storefront.pages import counted, take, words_of
from tests.world import World
from tirage.checkout.models import Recording
from tirage.checkout.recorded import minute_of
from tirage.checkout.recording import write_recordings
from tirage.core.clock import read_clock
from tirage.customers.models import Customer
from tirage.inventory.models import Hold, Stock
from tirage.staff.states import Role

SEED = os.environ.get("TIRAGE_SEED", "black box")


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a page said, and what was true of the cellar by the tables themselves: free and in carts."""

    at: datetime
    words: str
    cellar: dict[int, tuple[int, int]]


def witness(answer: Any, at: datetime) -> Witnessed:
    cellar = {}
    for stock in Stock.objects.select_related("sku"):
        live = Hold.objects.filter(stock=stock, expires_at__gt=at).aggregate(sum=Sum("quantity"))["sum"] or 0
        cellar[stock.sku_id] = (stock.on_hand - stock.sold - live, live)
    return Witnessed(at, words_of(answer), cellar)


def act_by_chance(luck: random.Random, client: Client, items: list[int]) -> Any:
    act = luck.choice(["look", "look", "hold", "hold", "all", "empty", "retake", "checkout"])
    if act == "look":
        return client.get("/offer/")
    if act == "checkout":
        return client.get("/checkout/")
    chosen = {f"bottles_{item}": str(luck.choice([0, 1, 2, 3, 6, 99])) for item in items}
    sent = {"act": act, "had_cart": "1", **(chosen if act == "hold" else {})}
    return client.post("/cart/", sent)


def test_a_random_release_day_is_told_as_it_was_shown(shop: World, signed_in: SignedIn) -> None:
    print(f"TIRAGE_SEED={SEED}")
    luck = random.Random(SEED)
    Stock.objects.filter(sku=shop.cabernet).update(on_hand=9)
    people = {
        shop.ana: [item.pk for item in shop.premier_offer.items.all()],
        shop.ben: [item.pk for item in shop.estate_offer.items.all()],
        shop.clara: [],
    }
    clients = {customer.pk: signed_in(customer) for customer in people}
    seen: dict[int, list[Witnessed]] = {customer.pk: [] for customer in people}
    pressed: dict[int, list[datetime]] = {customer.pk: [] for customer in people}
    with time_machine.travel(read_clock(), tick=False) as clock:
        for _ in range(60):
            clock.shift(timedelta(seconds=luck.choice([1, 7, 45, 130, 900])))
            customer = luck.choice(list(people))
            answer = act_by_chance(luck, clients[customer.pk], people[customer])
            now = read_clock()
            if answer.wsgi_request.method == "POST":
                pressed[customer.pk].append(now)
            if answer.context and answer.wsgi_request.path in {"/offer/", "/cart/"}:
                seen[customer.pk].append(witness(answer, now))
        begun = min(one.at for told in seen.values() for one in told)
        for customer in people:
            for _ in range(8):
                minute = begun + timedelta(minutes=luck.randrange(0, 240))
                minute = minute.replace(second=0, microsecond=0)
                assert_told(customer, minute, seen, pressed[customer.pk])


def assert_told(
    customer: Customer, minute: datetime, seen: dict[int, list[Witnessed]], pressed: list[datetime]
) -> None:
    end = minute + timedelta(minutes=1)
    told = minute_of(customer, minute)
    around = [at for at in pressed if minute - timedelta(minutes=10) <= at < end + timedelta(minutes=10)]
    assert [press.at for press in told.presses] == around
    if told.page is None:
        assert not [one for one in seen[customer.pk] if one.at < end]
        return
    if told.page.name != "offer":
        return
    last = [one for one in seen[customer.pk] if one.at < end][-1]
    assert told.page.at == last.at
    assert bool(told.page.wines) is (told.page.status == "open")
    for wine in told.page.wines:
        shown = wine.shown
        assert shown.state in last.words and shown.limit in last.words and shown.problem in last.words
        own = shown.in_cart if shown.is_held else 0
        free, in_carts = last.cellar[shown.sku_id]
        assert (shown.free - own, shown.elsewhere + own) == (free, in_carts)


def test_the_page_of_the_black_box_says_it(
    shop: World, ana: Client, ben: Client, client_as: ClientAs
) -> None:
    Stock.objects.filter(sku=shop.magnum).update(on_hand=3)
    take(ben, shop, shop.estate_offer, magnum=1)
    ana.get("/offer/")
    refused = take(ana, shop, shop.premier_offer, cabernet=99)
    assert refused.status_code == 422
    looking = client_as(Role.READ_ONLY)
    page = words_of(looking.get("/winery/customers/black-box/", {"customer": shop.ana.email}))
    assert "saw the offer of Your autumn allocation" in page
    assert "Take these bottles : 99 × Estate Cabernet" in page and "Refused: “" in page
    assert "1.5 l 2 1 " in page.partition("What was left for everybody")[2]
    report = words_of(looking.get(f"/winery/releases/{shop.release.reference}/report/"))
    assert "Black box" in report
    assert looking.get("/winery/customers/black-box/", {"customer": "nobody@example.com"}).status_code == 400
    assert client_as(Role.FULFILMENT).get("/winery/customers/black-box/").status_code == 403


def test_no_page_sends_a_statement_more_and_it_is_written_many_at_once(
    shop: World, ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.get("/offer/")
    write_recordings()
    with counted() as looking:
        ana.get("/offer/")
        take(ana, shop, shop.premier_offer, cabernet=1)
    assert not [sent for sent in looking if "checkout_recording" in sent]
    for _ in range(40):
        ana.get("/offer/")
    with counted() as writing:
        assert write_recordings() == 42
    assert len([sent for sent in writing if "INSERT" in sent]) == 1 and len(writing) == 3
    assert write_recordings() == 0


def test_staff_who_look_as_a_customer_are_no_customers(shop: World, owner_client: Client) -> None:
    owner_client.post(f"/winery/customers/{shop.ana.reference}/see/")
    page = words_of(owner_client.get("/offer/"))
    assert "Your autumn allocation" in page
    assert write_recordings() == 0 and not Recording.objects.exists()
