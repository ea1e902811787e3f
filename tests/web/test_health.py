"""Is the process up, and can it do its work?"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.test import Client

from tirage.config import health
from tirage.core.clock import read_clock
from tirage.core.models import Heartbeat
from tirage.parts import middleware

PARTS = ["worker", "schedule", "queue", "mail", "gateway", "backup"]


def first_line(answer: Any) -> str:
    """The reason."""
    return str(answer.content.decode().splitlines()[0])


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_seen_complete", False)
    monkeypatch.setattr(health, "_asked", None)
    monkeypatch.setattr(health, "KEPT", 0.0)


def test_healthz_asks_no_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_when_all_is_well(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    assert lines[:3] == ["ready", "database: ok", "disk: ok"]
    assert [line.partition(":")[0] for line in lines[3:]] == PARTS
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_what_doesnt_stop_the_shop_is_named_and_decides_nothing(client: Client) -> None:
    """No worker has ever run here, and a gateway failed, in words of its own that are for the team alone."""
    Heartbeat.objects.create(name="gateway test", failed_at=read_clock(), problem="secret words of a library")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "worker: late, never heard of\n" in answer.content.decode()
    assert "gateway: late, it failed 0 seconds ago, and has not answered since\n" in answer.content.decode()
    assert b"secret" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_each_part_is_asked_alone_and_wakes_somebody(client: Client, settings: LazySettings) -> None:
    answer = client.get("/readyz/worker")
    assert (answer.status_code, answer.content) == (503, b"worker: late, never heard of\n")
    Heartbeat.objects.create(name="worker", ok_at=read_clock())
    assert client.get("/readyz/worker").content == b"worker: ok, at work\n"
    assert client.get("/readyz/database").status_code == client.get("/readyz/backup").status_code == 200
    assert client.get("/readyz/kitchen").status_code == 404
    settings.TIRAGE_MOVES_MONEY = False
    assert client.get("/readyz/gateway").content == b"gateway: test, it is for tests, so no card is charged\n"


@pytest.mark.django_db
@pytest.mark.parametrize("probe", ["database_problem", "disk_problem"])
def test_what_the_server_cant_do_without_decides(
    client: Client, monkeypatch: pytest.MonkeyPatch, probe: str
) -> None:
    monkeypatch.setattr(health, probe, lambda *_: "it is full")
    answer = client.get("/readyz")
    name = probe.partition("_")[0]
    assert answer.status_code == 503
    assert answer.content.decode().splitlines()[0] == "it is full"
    assert f"{name}: late, it is full\n" in answer.content.decode()


@pytest.mark.django_db
def test_who_asks_often_is_given_the_same_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying costs the database a write, and anybody may ask."""
    tried: list[datetime] = []

    def note(now: datetime) -> str:
        tried.append(now)
        return ""

    monkeypatch.setattr(health, "KEPT", 60.0)
    monkeypatch.setattr(health, "database_problem", note)
    assert [client.get("/readyz").status_code for _ in range(5)] == [200] * 5
    assert len(tried) == 1


@pytest.mark.django_db
def test_readyz_when_migrations_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "missing_migrations", lambda: ["orders.0002_tags"])
    answer = client.get("/readyz")
    assert (answer.status_code, first_line(answer)) == (503, "migrations are missing")


@pytest.mark.django_db
def test_readyz_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(health, "_ping", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, first_line(answer)) == (503, "the database doesn't answer")


@pytest.mark.django_db
def test_readyz_while_the_database_hangs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is answered, again and again, by one thread that waits."""
    answers = threading.Event()
    monkeypatch.setattr(health, "_ping", answers.wait)
    monkeypatch.setattr(health, "DEADLINE", 0.01)
    for _ in range(3):
        answer = client.get("/readyz")
        assert (answer.status_code, first_line(answer)) == (503, "the database doesn't answer in time")
    assert threading.active_count() < 10
    answers.set()
    monkeypatch.setattr(health, "DEADLINE", 30)
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/readyz/worker", "/metrics"])
def test_a_question_asks_the_database_within_the_deadline_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The winery's words are in the database, which may hang before the deadline begins."""
    monkeypatch.setattr(middleware, "speaking_the_winerys", lambda: pytest.fail("asked for the winery"))
    assert client.get(path).status_code in {200, 404, 503}


def test_a_form_is_refused(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
