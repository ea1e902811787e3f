"""Figures are for who brings the token, and for nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import Client, RequestFactory

from tests.rooms.cli.test_jobs import make_job
from tests.web.conftest import ClientAs
from tests.world import World
from tirage.core.clock import read_clock
from tirage.core.heartbeats import note_failure, note_success, write_notes
from tirage.health import metrics
from tirage.inventory.models import Hold
from tirage.staff.states import Role

TOKEN = "t" * 40


@pytest.fixture
def token(settings: LazySettings) -> str:
    settings.TIRAGE_METRICS_TOKEN = TOKEN
    return TOKEN


@pytest.mark.django_db
def test_without_a_token_set_there_is_no_such_page(client: Client) -> None:
    for brought in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
        assert client.get("/metrics", headers=brought).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
@pytest.mark.parametrize(
    "brought", ["", "Bearer", "Bearer " + TOKEN[:-1], "Basic " + TOKEN, TOKEN, "Bearer " + TOKEN + "ü"]
)
def test_strangers_are_told_nothing(client: Client, token: str, brought: str, address: str) -> None:
    """This machine's own neither: a proxy on it brings everybody's requests from there."""
    answer = client.get("/metrics", HTTP_AUTHORIZATION=brought, REMOTE_ADDR=address)
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
    assert b"tirage" not in answer.content


@pytest.mark.django_db
def test_the_owner_without_the_token_is_a_stranger_too(client_as: ClientAs, token: str) -> None:
    assert client_as(Role.OWNER).get("/metrics").status_code == 401


def figures(client: Client) -> dict[str, float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain")
    assert "no-store" in answer["Cache-Control"]
    found = re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", answer.content.decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


@pytest.mark.django_db
def test_what_the_database_knows(client: Client, token: str, world_today: World) -> None:
    now = read_clock()
    make_job("READY", run_after=now - timedelta(minutes=5), priority=50)
    stock = world_today.stock(world_today.cabernet)
    for holder, minutes in (("CRT-1", 5), ("CRT-2", -5)):
        Hold.objects.create(
            stock=stock, holder=holder, quantity=3, expires_at=now + timedelta(minutes=minutes)
        )
    note_success("worker", now)
    note_success("mail", now)
    note_failure("mail", "SMTPConnectError", now - timedelta(minutes=1))
    note_success("call stripe charge no answer", now)
    write_notes()
    found = figures(client)
    assert found["tirage_database_up"] == 1
    assert found['tirage_jobs_waiting{urgency="urgent"}'] == 1
    assert 300 <= found['tirage_job_oldest_seconds{urgency="urgent"}'] < 900
    assert (found["tirage_holds"], found["tirage_held_pieces"]) == (1, 3)
    assert found['tirage_part_late{part="worker"}'] == 0 and found['tirage_part_late{part="queue"}'] == 1
    assert found['tirage_mails_total{result="sent"}'] == 1
    assert found['tirage_mails_total{result="failed"}'] == 1
    assert found['tirage_gateway_calls_total{call="charge",gateway="stripe",result="no answer"}'] == 1
    assert 0 <= found['tirage_part_age_seconds{part="worker"}'] < 600


@pytest.mark.django_db
def test_requests_count_under_their_pages_name(client: Client, token: str) -> None:
    """Never under an address: those are without number, and some let somebody in."""
    from django.http import HttpResponse
    from django.urls import resolve

    def page(request: object) -> HttpResponse:
        return HttpResponse(status=410)

    request = RequestFactory().get("/sign-in/a-token-of-somebody/")
    request.resolver_match = resolve("/sign-in/a-token-of-somebody/")
    before = figures(client)
    metrics.MetricsMiddleware(page)(request)
    unknown = RequestFactory().get("/none-such/")
    unknown.resolver_match = None
    metrics.MetricsMiddleware(page)(unknown)
    found = figures(client)
    for view in ("storefront:sign_in_link", ""):
        name = f'tirage_request_seconds_count{{status="410",view="{view}"}}'
        assert found[name] == before.get(name, 0) + 1
    assert not [name for name in found if "a-token" in name]


def test_a_database_that_is_away_is_a_figure(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(metrics, "_facts", away)
    monkeypatch.setattr("tirage.health.metrics.connection.close", lambda: None)
    assert {name for name in figures(client) if not name.startswith("tirage_request")} == {
        "tirage_database_up"
    }
