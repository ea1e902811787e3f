"""What every test gets: no network, a fresh memory of the winery, a fixed day, a small world."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

import tirage.core.winery as kept_winery
from tests.emptying import empty_tables, tables_with_rows
from tests.handler import share_middleware
from tests.kept_world import KeptWorld
from tests.tables import open_tables
from tests.world import OPENING_DAY, World, build_world
from tirage.checkout import recording as black_box
from tirage.core.clock import read_clock
from tirage.core.heartbeats import forget_notes
from tirage.core.models import Winery
from tirage.core.winery import current_winery, forget_winery

#: Properties are tried with the same examples in every run, and never against the clock;
#: TIRAGE_HYPOTHESIS=thorough tries twenty times as many, drawn anew each time.
_STEADY = hypothesis_settings(derandomize=True, deadline=None, database=None, max_examples=80)
_THOROUGH = hypothesis_settings(deadline=None, database=None, max_examples=1600, print_blob=True)
hypothesis_settings.register_profile("steady", _STEADY)
hypothesis_settings.register_profile("thorough", _THOROUGH)
hypothesis_settings.load_profile(os.environ.get("TIRAGE_HYPOTHESIS", "steady"))


#: A process reads the winery anew when its copy is five seconds old, whatever else it does then: a page's statements
#: would be one more on a busy machine. Tests say themselves when it has changed.
kept_winery.FRESH_SECONDS = float("inf")

TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


def on_postgres() -> bool:
    """Whether this run is on PostgreSQL."""
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


def pytest_report_header() -> str:
    if on_postgres():
        return "engine: PostgreSQL"
    return "engine: SQLite; tests marked postgres are left out (set TIRAGE_TEST_ENGINE=postgres to run them)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Races and kills prove nothing on SQLite, which is serial: they belong to the other run."""
    if on_postgres():
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end; looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Instead of pytest-django's, which migrates in every process. On a server that isn't ours nothing is left."""
    share_middleware()
    with django_db_blocker.unblock():
        if "TIRAGE_TEST_TABLES" in os.environ:
            open_tables()
            yield
            connection.close()
        else:
            before = settings.DATABASES["default"]["NAME"]
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            yield
            connection.creation.destroy_test_db(before, verbosity=0)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine can be reached."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_strangers(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_strangers(self, address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)


def _refuse_strangers(used: socket.socket, address: Any) -> None:
    if used.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
        raise RuntimeError(f"a test tried to reach {address[0]}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _fresh_winery() -> Iterator[None]:
    """What one test saved as the winery, another must not remember."""
    forget_winery()
    forget_notes()
    black_box.forget_notes()
    yield
    forget_winery()
    forget_notes()
    black_box.forget_notes()


@pytest.fixture
def now() -> datetime:
    """Tuesday 6 October 2026, 9:00 in California."""
    return OPENING_DAY


@pytest.fixture
def winery(db: None) -> Winery:
    """The winery with nothing set up."""
    return current_winery()


@pytest.fixture(scope="session")
def kept_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> KeptWorld:
    """The fixed world, kept before any test has patched something."""
    with django_db_blocker.unblock():
        return KeptWorld.keep()


@pytest.fixture
def world(kept_world: KeptWorld, db: None, now: datetime) -> World:
    """The fixed world on its fixed day; see tests/world.py."""
    if now != OPENING_DAY or tables_with_rows():
        return build_world(now)
    return kept_world.put()


@pytest.fixture
def world_today(db: None) -> World:
    """The same world around the present moment, for pages that read the real clock."""
    return build_world(read_clock())
