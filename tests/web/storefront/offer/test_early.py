"""The page before an offer opens: its wines if the winery wants it, a calendar entry, a reminder."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.test import Client

from tests.web.storefront.pages import counted, words_of
from tests.world import World
from tirage.checkout.models import OpeningReminder
from tirage.core.clock import read_clock
from tirage.offers.models import Offer, Release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def opens_in_a_day(shop: World) -> None:
    now = read_clock()
    Offer.objects.update(opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=9))


def test_wines_are_shown_only_where_the_winery_wants_it(shop: World, ana: Client) -> None:
    words = words_of(ana.get("/offer/"))
    assert "Opens " in words and "Estate Cabernet" not in words and "What will be yours" not in words
    Release.objects.update(shown_early=True)
    words = words_of(ana.get("/offer/"))
    assert "What will be yours to take" in words and "Estate Cabernet Sauvignon 2023 up to 6 $120.00" in words
    assert "left" not in words and "Sold out" not in words, "stock is nobody's business before"


def test_it_asks_no_more_than_it_has_to(shop: World, ana: Client) -> None:
    Release.objects.update(shown_early=True)
    ana.get("/offer/")
    with counted() as statements:
        ana.get("/offer/")
    assert len(statements) <= 5, statements


def test_the_calendar_has_the_moment(shop: World, ana: Client) -> None:
    answer = ana.get("/offer/calendar/")
    opens = Offer.objects.get(pk=shop.premier_offer.pk).opens_at.astimezone(UTC)
    text = answer.content.decode().replace("\r\n ", "")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"DTSTART:{opens:%Y%m%dT%H%M%SZ}" in text and f"UID:{shop.premier_offer.reference}-opens@" in text
    assert "TRIGGER:-PT10M" in text
    Offer.objects.update(opens_at=read_clock() - timedelta(hours=1))
    assert ana.get("/offer/calendar/").status_code == 404


def test_the_page_says_both_clocks_to_scripts_and_the_winerys_to_all(shop: World, ana: Client) -> None:
    page = ana.get("/offer/").content.decode()
    assert 'data-zone="America/Los_Angeles"' in page and "localtime.js" in page


def test_a_reminder_is_asked_for_and_dropped(shop: World, ana: Client) -> None:
    answer = ana.post("/offer/remind/", {"act": "ask"}, follow=True)
    assert "We write to ana@example.com half an hour before it opens." in words_of(answer)
    assert "We write to you half an hour before." in words_of(ana.get("/offer/"))
    assert OpeningReminder.objects.get().customer == shop.ana
    ana.post("/offer/remind/", {"act": "drop"})
    assert not OpeningReminder.objects.exists() and "Remind me by mail" in words_of(ana.get("/offer/"))


def test_soon_before_it_the_page_counts_down_itself(shop: World, ana: Client) -> None:
    Offer.objects.update(opens_at=read_clock() + timedelta(minutes=20))
    assert "Remind me" not in words_of(ana.get("/offer/"))
    answer = ana.post("/offer/remind/", {"act": "ask"})
    assert answer.status_code == 422 and "It opens in a moment" in words_of(answer)
