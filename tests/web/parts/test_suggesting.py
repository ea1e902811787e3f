"""Towns and ZIPs for whoever types an address: public, the same for everybody, not for machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tirage.parts import suggesting

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_counter(monkeypatch: pytest.MonkeyPatch) -> suggesting.Counter:
    counter = suggesting.Counter(most=5)
    monkeypatch.setattr(suggesting, "counter", counter)
    return counter


def test_a_zip_brings_its_town_and_a_town_its_state(client: Client) -> None:
    assert client.get("/places/?zip=94558").json() == {
        "places": [{"words": "94558 Napa, California", "city": "Napa", "state": "CA", "zip": "94558"}]
    }
    first = client.get("/places/?city=seat").json()["places"][0]
    assert first == {"words": "Seattle, Washington", "city": "Seattle", "state": "WA", "zip": ""}


def test_answers_are_anybodys_and_kept(client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/places/?city=Napa")
    assert not [one for one in asked if ' FROM "customers_' in one["sql"]]
    assert answer["Cache-Control"] == "public, max-age=86400" and not answer.cookies


@pytest.mark.parametrize("query", ["", "?zip=", "?zip=%F0%9F%8D%B7", "?city=" + "x" * 5_000])
def test_whatever_is_sent_is_answered(client: Client, query: str) -> None:
    assert client.get(f"/places/{query}").json() == {"places": []}


def test_who_asks_faster_than_anybody_types_waits(client: Client) -> None:
    answers = [client.get("/places/?zip=94558", REMOTE_ADDR="203.0.113.7") for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert client.get("/places/?zip=94558", REMOTE_ADDR="203.0.113.8").status_code == 200


def test_the_next_minute_is_another() -> None:
    counter = suggesting.Counter(most=1)
    assert [counter.is_too_much("a", NOW) for _ in range(2)] == [False, True]
    assert not counter.is_too_much("a", NOW + timedelta(minutes=1))


def test_only_so_many_networks_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "_REMEMBERED", 2)
    counter = suggesting.Counter(most=1)
    for network in "abc":
        counter.is_too_much(network, NOW)
    assert not counter.is_too_much("a", NOW) and counter.is_too_much("c", NOW)
