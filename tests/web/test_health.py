"""Is the process up, and can it do its work?"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from tirage.config import health


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_seen_complete", False)


def test_healthz_asks_no_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_when_all_is_well(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_when_migrations_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "missing_migrations", lambda: ["orders.0002_tags"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"migrations are missing\n")


@pytest.mark.django_db
def test_readyz_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(health, "_ping", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"the database doesn't answer\n")


@pytest.mark.django_db
def test_readyz_while_the_database_hangs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is answered, again and again, by one thread that waits."""
    answers = threading.Event()
    monkeypatch.setattr(health, "_ping", answers.wait)
    monkeypatch.setattr(health, "DEADLINE", 0.01)
    for _ in range(3):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.content) == (503, b"the database doesn't answer in time\n")
    assert threading.active_count() < 10
    answers.set()
    monkeypatch.setattr(health, "DEADLINE", 30)
    assert client.get("/readyz").status_code == 200


def test_a_form_is_refused(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
