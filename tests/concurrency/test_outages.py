"""A database that is busy or was restarted: pages give up in time, say so calmly, and go on by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from tests.web.storefront.pages import words_of
from tests.world import World, build_world
from tirage.core.clock import read_clock
from tirage.core.models import Winery
from tirage.core.winery import forget_winery
from tirage.inventory.models import Hold, Stock
from tirage.parts.outages import drop_ended_connection

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@contextmanager
def another_session() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else's connection to the same database."""
    facts = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    session = psycopg.connect(**{name: facts[name] for name in names if facts.get(name)})
    try:
        yield session
    finally:
        session.close()


@pytest.fixture
def shop(transactional_db: None) -> World:
    world = build_world(read_clock())
    Winery.objects.update(staff_second_factor=False)
    forget_winery()
    return world


@pytest.fixture
def staff(shop: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(shop.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_forgotten_transaction_doesnt_stop_the_shop(shop: World, staff: Client) -> None:
    """Somebody's open transaction on a wine's row: who wants that wine is told to wait, and nothing is half-done."""
    with another_session() as other, connection.cursor() as cursor:
        other.execute("SELECT * FROM inventory_stock WHERE sku_id = %s FOR UPDATE", [shop.cabernet.pk])
        cursor.execute("SET lock_timeout = 50")
        path = f"/winery/cellar/skus/{shop.cabernet.code}/stock/"
        answer = staff.post(path, {"what": "in received", "quantity": "6", "note": "A pallet"})
        assert answer.status_code == 503 and answer["Retry-After"] == "15"
        assert "Please try again in a minute" in words_of(answer)
        assert staff.get("/winery/orders/").status_code == 200, "everything else goes on"
        cursor.execute("RESET lock_timeout")
    assert Stock.objects.get(sku=shop.cabernet).on_hand == 100
    assert not Hold.objects.exists()


def test_a_transaction_that_does_nothing_is_ended(shop: World) -> None:
    """The limit itself, as every page's connection has it, made short."""
    with another_session() as forgetful:
        forgetful.execute("SET idle_in_transaction_session_timeout = 20")
        forgetful.execute("SELECT * FROM inventory_stock FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 5000")
            cursor.execute("SELECT count(*) FROM (SELECT 1 FROM inventory_stock FOR UPDATE) s")
            assert cursor.fetchone() == (4,)
            cursor.execute("RESET lock_timeout")


def test_after_a_restart_no_request_fails(shop: World, staff: Client) -> None:
    """The server ended the connection that the thread kept; control: kept on, it fails."""
    assert staff.get("/winery/orders/").status_code == 200
    end_kept_connection()
    assert staff.get("/winery/orders/").status_code == 200


def test_control_without_a_look_the_kept_connection_fails(
    shop: World, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tirage.parts.outages.drop_ended_connection", lambda: None)
    assert staff.get("/winery/orders/").status_code == 200
    end_kept_connection()
    answer = staff.get("/winery/orders/")
    assert answer.status_code == 503 and "Nothing is lost" in words_of(answer)
    connection.close()


def end_kept_connection() -> None:
    """What a restart does to it."""
    connection.ensure_connection()
    with another_session() as other:
        own = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [own])


def test_a_live_connection_is_kept(shop: World) -> None:
    connection.ensure_connection()
    kept = connection.connection
    drop_ended_connection()
    assert connection.connection is kept
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] > 0


def test_what_fails_before_the_page_is_said_as_calmly(
    shop: World, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is read for a middleware: no view has begun."""

    def away(*_: object) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr("tirage.staff.session_store.SessionStore.load", away)
    answer = staff.get("/winery/orders/")
    assert answer.status_code == 503 and answer["Retry-After"] == "15"
    assert "Please try again in a minute" in words_of(answer)
